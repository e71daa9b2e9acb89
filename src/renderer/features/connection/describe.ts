import { assertNever } from '../../../shared/assert-never.ts';
import { connectionText, isSuspect } from '../../../shared/connection/connection-text.ts';
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
  const base = { rttMs: null, canRetry: false, isIdle: false, error: null, mark: 'open' as const };
  if (bridge !== 'ready') {
    const text = t(bridge === 'lost' ? 'connection.bridge.lostTitle' : 'connection.waiting');
    return { ...base, shape: bridge === 'lost' ? 'stopped' : 'working', text, spoken: text };
  }
  const { connection } = snapshot;
  const spoken = connectionText(snapshot, t);
  const line = { ...base, text: connectionText(snapshot, t, nowMs), spoken };
  switch (connection.tag) {
    case 'idle':
      return { ...line, shape: 'stopped', isIdle: true };
    case 'connecting':
      return { ...line, shape: 'working' };
    case 'connected':
      if (isSuspect(snapshot)) return { ...line, shape: 'working', mark: 'closed' };
      return { ...line, shape: 'good', mark: 'closed', rttMs: snapshot.health?.rttMs ?? null };
    case 'degraded':
      return { ...line, shape: 'attention', mark: 'attention', canRetry: true, error: connection.error };
    case 'reconnecting': {
      const isCountingDown = line.text !== spoken;
      return { ...line, shape: 'working', canRetry: isCountingDown, error: connection.error };
    }
    case 'failed':
      return { ...line, shape: 'stopped', canRetry: true, error: connection.error };
    default:
      return assertNever(connection);
  }
}
