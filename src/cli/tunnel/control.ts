import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { withTunnelService } from './service.ts';

/** `chela tunnel restart|stop|start` (R36). */
export function controlTunnel(context: CliContext, action: 'restart' | 'stop' | 'start'): Promise<number> {
  return withTunnelService(context, async (service) => {
    const { out, t } = context;
    const done = await service.control(action);
    if (!done.ok) return out.fail(done.error);
    out.answer({ ok: true, service: done.value }, () => [t(`tunnelService.cli.controlled.${action}`)]);
    return exitCodes.ok;
  });
}
