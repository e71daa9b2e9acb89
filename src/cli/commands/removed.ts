import { oneLine } from '../../shared/printable.ts';
import { ago } from '../frame/ago.ts';
import type { RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { table } from '../frame/table.ts';
import { withGateway } from '../gateway/connect.ts';
import { fields, list, number, text } from '../gateway/payload.ts';
import { clip, type SessionsOptions } from './sessions.ts';

/** `chela sessions removed`: what can be brought back. Only our own Gateway knows the way. */
export const sessionsRemoved: RunCommand<SessionsOptions> = (context, options) =>
  withGateway(context, options, { scopes: ['operator.read'] }, async ({ ask }) => {
    const { out, t, locale } = context;
    const answer = fields(await ask('chela.removed.list', { limit: options.limit }));
    const removed = list(answer.removed);
    out.answer(answer, () => {
      if (removed.length === 0) return [t('calls.sessions.noneRemoved')];
      const heads = ['title', 'removed', 'why', 'name'].map((head) => t(`calls.heads.${head}`));
      const rows = removed.map((one) => [
        clip(text(one.title)),
        ago(number(one.removedAt), Date.now(), locale),
        t(`calls.sessions.why.${text(one.reason)}`),
        text(one.name),
      ]);
      return table(heads, rows);
    });
    return 0;
  });

export const sessionsRestore: RunCommand<GatewayOptions, [name: string]> = (context, options, name) =>
  withGateway(context, options, { scopes: ['operator.admin'] }, async ({ ask }) => {
    const { out, t } = context;
    const answer = fields(await ask('chela.removed.restore', { name }));
    out.answer(answer, () => [t('calls.sessions.restored', { key: oneLine(text(answer.key)) })]);
    return 0;
  });
