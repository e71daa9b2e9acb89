import { useAppState, useSnapshot } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useNow } from '../../ui/use-time.ts';
import { type ConnectionText, describeConnection } from './describe.ts';

/** What the status line says now; it counts down by itself. */
export function useConnection(): ConnectionText {
  const { t } = useI18n();
  const snapshot = useSnapshot((current) => current);
  const bridge = useAppState((state) => state.bridge);
  const { connection } = snapshot;
  const now = useNow(connection.tag === 'reconnecting' && connection.retryAt !== null);
  return describeConnection(snapshot, bridge, now, t);
}
