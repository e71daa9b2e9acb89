import { assertNever } from '../assert-never.ts';
import type { Snapshot } from '../contract/snapshot.ts';

type Connection = Snapshot['connection'];
type Step = Extract<Connection, { tag: 'connecting' }>['step'];
type Sentence =
  | 'localGateway'
  | 'directTls'
  | 'directPlain'
  | 'remoteGateway'
  | 'checking'
  | 'reconnectingIn'
  | Exclude<Connection['tag'], 'connecting'>
  | `connecting.${Step}`;

/** What a mode is called: `connection.mode.<key>`. Remote is over SSH, or at the Gateway's own address. */
export function modeKeyOf(
  mode: Snapshot['mode'],
  { remote }: Pick<Snapshot['settings'], 'remote'>,
): Snapshot['mode'] | 'direct' {
  return mode === 'remote' && remote.transport.value === 'direct' ? 'direct' : mode;
}

/** What is needed of a `t`, whether it knows its keys or takes any. */
type TranslateConnection = (key: `connection.${Sentence}`, values?: Record<string, unknown>) => string;

/** The other end as a person calls it. */
export function whereOf(
  { mode, target, via }: Pick<Snapshot, 'mode' | 'target' | 'via'>,
  t: TranslateConnection,
): string {
  if (mode === 'local') return t('connection.localGateway');
  if (target === '') return t('connection.remoteGateway');
  if (via === undefined) return target;
  // R24's break-glass is no TLS, and the line must not claim any.
  return t(via === 'tls' ? 'connection.directTls' : 'connection.directPlain', { target });
}

/**
 * Pure. The one line that answers: am I connected, and to what? With the seconds to the next try at `nowMs`;
 * without any for null, where a line is not drawn anew by the second.
 */
export function connectionText(
  snapshot: Pick<Snapshot, 'mode' | 'target' | 'via' | 'connection' | 'tunnel'>,
  t: TranslateConnection,
  nowMs: number | null = null,
): string {
  const { connection } = snapshot;
  const where = whereOf(snapshot, t);
  switch (connection.tag) {
    case 'idle':
      return t('connection.idle');
    case 'connecting':
      return t(`connection.connecting.${connection.step}`, { where });
    case 'connected':
      return t(isSuspect(snapshot) ? 'connection.checking' : 'connection.connected', { where });
    case 'reconnecting': {
      const seconds = secondsToRetry(connection, nowMs);
      if (seconds > 0) return t('connection.reconnectingIn', { where, seconds });
      return t('connection.reconnecting', { where });
    }
    case 'degraded':
    case 'failed':
      return t(`connection.${connection.tag}`, { where });
    default:
      return assertNever(connection);
  }
}

/** Pure. The path missed a ping, and another one races it. */
export function isSuspect({ tunnel }: Pick<Snapshot, 'tunnel'>): boolean {
  return tunnel.tag === 'up' && tunnel.suspectSinceMs !== null;
}

/** Pure. 0 where nothing is waited for, or nobody counts. */
function secondsToRetry({ retryAt }: { retryAt: number | null }, nowMs: number | null): number {
  return retryAt === null || nowMs === null ? 0 : Math.max(0, Math.ceil((retryAt - nowMs) / 1000));
}
