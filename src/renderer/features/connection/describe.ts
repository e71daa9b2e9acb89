import { assertNever } from '../../../shared/assert-never.ts';
import { connectionText, whereOf } from '../../../shared/connection/connection-text.ts';
import type { Snapshot } from '../../../shared/contract/snapshot.ts';
import type { AppError } from '../../../shared/errors.ts';
import type { BridgeState } from '../../stores/app-store.ts';
import type { useI18n } from '../../ui/i18n.tsx';
import type { MarkShape } from '../../ui/mark.tsx';
import type { StateShapeKind } from '../../ui/state-shape.tsx';

export type ConnectionText = {
  shape: StateShapeKind;
  mark: MarkShape;
  /** One line a person can read aloud: am I connected, and to what? */
  text: string;
  /** The same without what changes every second, for a screen reader and the window's title. */
  spoken: string;
  rttMs: number | null;
  canRetry: boolean;
  /** A person disconnected. */
  isIdle: boolean;
  /** Permanent, or what the connection suffers from now. */
  error: AppError | null;
};

type T = ReturnType<typeof useI18n>['t'];

/** Pure: what the status line says. */
export function describeConnection(
  snapshot: Snapshot,
  bridge: BridgeState,
  nowMs: number,
  t: T,
): ConnectionText {
  const where = whereOf(snapshot, t);
  const base = { rttMs: null, canRetry: false, isIdle: false, error: null, mark: 'open' as const };
  if (bridge !== 'ready') {
    const text = t(bridge === 'lost' ? 'connection.bridge.lostTitle' : 'connection.waiting');
    return { ...base, shape: bridge === 'lost' ? 'stopped' : 'working', text, spoken: text };
  }
  const { connection } = snapshot;
  switch (connection.tag) {
    case 'idle': {
      const text = connectionText(snapshot, t);
      return { ...base, shape: 'stopped', text, spoken: text, isIdle: true };
    }
    case 'connecting': {
      const text = connectionText(snapshot, t);
      return { ...base, shape: 'working', text, spoken: text };
    }
    case 'connected': {
      if (snapshot.tunnel.tag === 'up' && snapshot.tunnel.suspectSinceMs !== null) {
        const text = t('connection.checking', { where });
        return { ...base, shape: 'working', mark: 'closed', text, spoken: text };
      }
      const text = connectionText(snapshot, t);
      const rttMs = snapshot.health?.rttMs ?? null;
      return { ...base, shape: 'good', mark: 'closed', text, spoken: text, rttMs };
    }
    case 'degraded': {
      const text = connectionText(snapshot, t);
      const { error } = connection;
      return { ...base, shape: 'attention', mark: 'attention', text, spoken: text, canRetry: true, error };
    }
    case 'reconnecting': {
      const spoken = connectionText(snapshot, t);
      const leftMs = connection.retryAt === null ? 0 : connection.retryAt - nowMs;
      const seconds = Math.ceil(leftMs / 1000);
      const text = seconds > 0 ? t('connection.reconnectingIn', { where, seconds }) : spoken;
      return { ...base, shape: 'working', text, spoken, canRetry: seconds > 0, error: connection.error };
    }
    case 'failed': {
      const text = connectionText(snapshot, t);
      return { ...base, shape: 'stopped', text, spoken: text, canRetry: true, error: connection.error };
    }
    default:
      return assertNever(connection);
  }
}
