import { useEffect, useRef } from 'react';
import { useStores } from '../../stores/context.tsx';
import { useWaiting } from './use-waiting.ts';
import { useWindows } from './windows.ts';

/** Tells by the system's notifications what begins to wait while nobody sees the page; taken back when it is settled. */
export function WaitingNotices() {
  const { notifier } = useStores();
  const windows = useWindows();
  const waiting = useWaiting();
  /** What was met, by id, with the way to take its notification back. */
  const met = useRef(new Map<string, () => void>());
  useEffect(() => {
    const ids = new Set(waiting.map(({ id }) => id));
    for (const [id, takeBack] of met.current) {
      if (ids.has(id)) continue;
      takeBack();
      met.current.delete(id);
    }
    for (const { id, title, line } of waiting) {
      if (met.current.has(id)) continue;
      const isTold = notifier.permission() === 'granted' && notifier.isAway();
      const takeBack = isTold
        ? notifier.show({ id, title, body: line, onPress: windows.openChat })
        : () => undefined;
      met.current.set(id, takeBack);
    }
  }, [waiting, notifier, windows]);
  return null;
}
