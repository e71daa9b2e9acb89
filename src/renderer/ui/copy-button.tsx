import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from './button.tsx';
import { useI18n } from './i18n.tsx';

const shownForMs = 1600;
const copyIcon = <Copy size={14} />;
const copiedIcon = <Check size={14} />;

/** Copies `text`, which may be put together when it is wanted; the icon tells that it worked, and a screen reader hears it. */
export function CopyButton({ text, label }: { text: string | (() => string); label: string }) {
  const { t } = useI18n();
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), shownForMs);
    return () => clearTimeout(timer);
  }, [isCopied]);

  return (
    <>
      <IconButton
        label={label}
        icon={isCopied ? copiedIcon : copyIcon}
        onClick={() => {
          navigator.clipboard.writeText(typeof text === 'string' ? text : text()).then(
            () => setIsCopied(true),
            () => setIsCopied(false),
          );
        }}
      />
      <span className="sr-only" role="status">
        {isCopied ? t('chat.copied') : ''}
      </span>
    </>
  );
}
