import { assertNever } from '../assert-never.ts';
import type { Snapshot } from '../contract/snapshot.ts';

type Connection = Snapshot['connection'];
type Step = Extract<Connection, { tag: 'connecting' }>['step'];
type Sentence =
  | 'localGateway'
  | 'remoteGateway'
  | Exclude<Connection['tag'], 'connecting'>
  | `connecting.${Step}`;

/** What is needed of a `t`, whether it knows its keys or takes any. */
type TranslateConnection = (key: `connection.${Sentence}`, values?: Record<string, unknown>) => string;

/** The other end as a person calls it. */
export function whereOf({ mode, target }: Pick<Snapshot, 'mode' | 'target'>, t: TranslateConnection): string {
  if (mode === 'local') return t('connection.localGateway');
  return target === '' ? t('connection.remoteGateway') : target;
}

/** Pure. The one line that answers: am I connected, and to what? Without what changes by the second. */
export function connectionText(
  snapshot: Pick<Snapshot, 'mode' | 'target' | 'connection'>,
  t: TranslateConnection,
): string {
  const { connection } = snapshot;
  const where = whereOf(snapshot, t);
  switch (connection.tag) {
    case 'idle':
      return t('connection.idle');
    case 'connecting':
      return t(`connection.connecting.${connection.step}`, { where });
    case 'connected':
    case 'degraded':
    case 'reconnecting':
    case 'failed':
      return t(`connection.${connection.tag}`, { where });
    default:
      return assertNever(connection);
  }
}
