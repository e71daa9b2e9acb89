import { reachRunning } from '../core/instance/control-client.ts';
import { portBeside } from '../core/local-gateway/owner-lock.ts';
import { findPortHolder } from '../core/port-holder/find-port-holder.ts';
import { lookAtPort } from '../core/port-holder/look-at-port.ts';
import { type AppError, appError } from '../shared/errors.ts';

const STATUS_WITHIN_MS = 2000;

/**
 * Why no Gateway can be started on the port: GATEWAY_RUNS_ALREADY with who runs it, or a stranger's PORT_IN_USE_BY.
 * Null where the port is free. Never rejects.
 */
export async function anotherGateway(dataDir: string, port: number): Promise<AppError | null> {
  const found = await lookAtPort(port);
  if (found.tag === 'free') return null;
  if (found.tag === 'stranger') return found.error;
  const app = await appThatRuns(dataDir, port);
  const holder = app ?? (await findPortHolder(port)) ?? { command: '?', pid: 0 };
  return appError('GATEWAY_RUNS_ALREADY', `a Gateway listens on port ${port}`, {
    details: { port, command: holder.command, pid: holder.pid, suggestedPort: portBeside(port) },
  });
}

/** The Chela of this data directory, where the Gateway on the port is the one that it started. */
async function appThatRuns(dataDir: string, port: number): Promise<{ command: string; pid: number } | null> {
  const running = await reachRunning(dataDir).catch(() => null);
  if (!running) return null;
  const status = await running.request('status', {}, STATUS_WITHIN_MS);
  running.close();
  if (!status.ok) return null;
  const { gateway, endpoint, pid } = status.value;
  const isIts = gateway?.local?.startedBy === 'chela' && endpoint?.url.endsWith(`:${port}`) === true;
  return isIts ? { command: 'Chela', pid } : null;
}
