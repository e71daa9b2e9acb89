import { networkInterfaces } from 'node:os';
import { refuseExposed } from '../../shared/config/exposure.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import type { GatewayConfig, GatewayLogger } from '../options.ts';
import { type BindPlan, planBind } from './binds.ts';
import type { Gate } from './gate.ts';
import { isAddressMissing } from './listen.ts';
import type { GatewayServer } from './server.ts';

export type OpenDoor = { readonly port: number; readonly host: string };

/**
 * Listens where the options say (R23). Everything but loopback needs a credential that somebody chose: without one it
 * refuses to start (R25). Rejects with {@link AppErrorException}: SERVER_BIND_NEEDS_AUTH, SERVER_BIND_INVALID, and as
 * {@link GatewayServer.listen}.
 */
export async function openDoor(
  server: GatewayServer,
  config: GatewayConfig,
  gate: Gate,
  logger: GatewayLogger,
): Promise<OpenDoor> {
  const { bind = 'loopback', customBindHost, port } = config;
  const interfaces = networkInterfaces();
  const open = async (plan: BindPlan): Promise<OpenDoor> => {
    if (!plan.ok) {
      throw new AppErrorException(
        appError('SERVER_BIND_INVALID', plan.reason, { details: { reason: plan.reason } }),
      );
    }
    const refusal = plan.isExposed ? refuseExposed(bind, config.auth) : null;
    if (refusal) throw new AppErrorException(refusal);
    const listened = await server.listen(plan.endpoints, port, gate);
    const [first] = plan.endpoints;
    return { port: listened, host: first?.host ?? '127.0.0.1' };
  };
  if (bind !== 'auto') {
    const plan = planBind(bind, { customBindHost, interfaces });
    if (bind === 'tailnet' && plan.ok && !plan.isExposed) {
      logger.warn({ bind }, 'no tailnet address on this computer: loopback only');
    }
    return open(plan);
  }
  try {
    return await open(planBind('loopback', { interfaces }));
  } catch (thrown) {
    if (!isAddressMissing(thrown)) throw thrown;
    logger.warn({ bind }, 'no loopback address on this computer: every address');
    return open(planBind('lan', { interfaces }));
  }
}

/** How programs of this computer reach the Gateway. */
export function urlOf({ host, port }: OpenDoor): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host;
  return `ws://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
