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

/** Above the first row: reads what was before it when that is a window away, or when somebody asks. */
export function EarlierMessages({ scrollRef, firstKey, onFocusLost }: EarlierMessagesProps) {
  const { t } = useI18n();
  const isConnected = useChat((chat) => chat.link.tag === 'open');
  const { loadEarlier } = useChatActions();
  const button = useFocusKept<HTMLButtonElement>(onFocusLost);
  const [progress, setProgress] = useState<'none' | 'reading' | 'failed'>('none');
  const read = useCallback(async () => {
    setProgress('reading');
    setProgress((await loadEarlier()) ? 'none' : 'failed');
  }, [loadEarlier]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at again for each first row
  useEffect(() => {
    if (!isConnected || !button.current) return;
    const observer = new IntersectionObserver(
      ([place]) => {
        if (place?.isIntersecting) void read();
      },
      { root: scrollRef.current, rootMargin: '100% 0px 0px' },
    );
    observer.observe(button.current);
    return () => observer.disconnect();
  }, [isConnected, firstKey, read, scrollRef]);
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
} as const;
