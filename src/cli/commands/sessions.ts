import { ago } from '../frame/ago.ts';
import type { RunCommand } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { table } from '../frame/table.ts';
import { withGateway } from '../gateway/connect.ts';
import { fields, list, number, text } from '../gateway/payload.ts';

export type SessionsOptions = GatewayOptions & { readonly limit: number };

export const sessionsList: RunCommand<SessionsOptions> = (context, options) =>
  withGateway(context, options, { scopes: ['operator.read'] }, async ({ ask }) => {
    const { out, t, locale } = context;
    const answer = fields(await ask('sessions.list', { limit: options.limit, includeDerivedTitles: true }));
    const sessions = list(answer.sessions);
    out.answer(answer, () => {
      if (sessions.length === 0) return [t('calls.sessions.none')];
      const heads = ['session', 'title', 'model', 'updated'].map((head) => t(`calls.heads.${head}`));
      const rows = sessions.map((one) => [
        text(one.key),
        clip(text(one.label) || text(one.displayName) || text(one.derivedTitle)),
        text(one.model),
        one.hasActiveRun === true ? t('calls.running') : ago(number(one.updatedAt), Date.now(), locale),
      ]);
      const more = answer.hasMore === true ? [t('calls.sessions.more', { limit: options.limit })] : [];
      return [...table(heads, rows), ...more];
    });
    return 0;
  });

/** A title may be a whole first message. */
export function clip(title: string): string {
  return title.length > 40 ? `${title.slice(0, 39)}…` : title;
}
