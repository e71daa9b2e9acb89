import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { withTunnel } from './door.ts';

/** `chela tunnel restart|stop|start` (R36). */
export function controlTunnel(context: CliContext, action: 'restart' | 'stop' | 'start'): Promise<number> {
  return withTunnel(context, 'change', async (door) => {
    const { out, t } = context;
    const done = await door.request('tunnelService.control', { action });
    if (!done.ok) return out.fail(done.error);
    out.answer({ ok: true, service: done.value }, () => [t(`tunnelService.cli.controlled.${action}`)]);
    return exitCodes.ok;
  });
}
