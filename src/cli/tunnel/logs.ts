import { oneLine } from '../../shared/printable.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { withTunnel } from './door.ts';

export type LogsOptions = { readonly lines?: number };

/** `chela tunnel logs`: the lines alone on stdout, where they come from on stderr. */
export function tunnelLogs(context: CliContext, { lines = 100 }: LogsOptions): Promise<number> {
  return withTunnel(context, 'look', async (door) => {
    const { out, t } = context;
    const log = await door.request('tunnelService.log', { lines });
    if (!log.ok) return out.fail(log.error);
    const { source } = log.value;
    if (!out.json) out.note(t('tunnelService.log.source', { source }));
    out.answer({ ok: true, ...log.value }, () =>
      log.value.lines.length === 0 ? [t('tunnelService.log.empty')] : log.value.lines.map(oneLine),
    );
    return exitCodes.ok;
  });
}
