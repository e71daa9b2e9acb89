import { type RefObject, useCallback, useEffect, useState } from 'react';
import { useChat, useChatActions } from '../../stores/context.tsx';
import { Button } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { useFocusKept } from './use-focus-kept.ts';

type EarlierMessagesProps = {
  scrollRef: RefObject<HTMLElement | null>;
  /** Of the first row: another one, and there may still be room above it. */
  firstKey: string | undefined;
  onFocusLost: () => void;
};

type Progress = 'none' | 'reading' | 'failed';

/** Above the first row: reads what was before it when that is a window away, or when somebody asks. */
export function EarlierMessages({ scrollRef, firstKey, onFocusLost }: EarlierMessagesProps) {
  const { t } = useI18n();
  const isConnected = useChat((chat) => chat.link.tag === 'open');
  const { loadEarlier } = useChatActions();
  const button = useFocusKept<HTMLButtonElement>(onFocusLost);
  const [known, setKnown] = useState<{ progress: Progress; firstKey?: string }>({ progress: 'none' });
  const progress = known.firstKey === firstKey ? known.progress : 'none';
  const read = useCallback(async () => {
    setKnown({ progress: 'reading', firstKey });
    const isRead = await loadEarlier();
    setKnown((now) => (now.firstKey === firstKey ? { progress: isRead ? 'none' : 'failed', firstKey } : now));
  }, [loadEarlier, firstKey]);
  useWhenNear(button, scrollRef, isConnected ? read : null);
  const label = isConnected ? labels[progress] : 'chat.earlier.offline';
  return (
    <Button
      ref={button}
      look="quiet"
      size="small"
      className="earlier"
      disabled={!isConnected}
      aria-busy={progress === 'reading'}
      onClick={() => void read()}
    >
      {t(label)}
    </Button>
  );
}

const labels = {
  none: 'chat.earlier.show',
  reading: 'chat.earlier.reading',
  failed: 'chat.earlier.failed',
} as const satisfies Record<Progress, string>;

/** Once the element is a window away, and once for each other thing to do then. */
function useWhenNear(
  element: RefObject<HTMLElement | null>,
  scrollRef: RefObject<HTMLElement | null>,
  act: (() => Promise<void>) | null,
): void {
  useEffect(() => {
    if (!act || !element.current) return;
    const observer = new IntersectionObserver(
      ([place]) => {
        if (place?.isIntersecting) void act();
      },
      { root: scrollRef.current, rootMargin: '100% 0px 0px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, scrollRef, act]);
}
