import { ImageOff } from 'lucide-react';
import { useState } from 'react';
import { useI18n } from '../i18n.tsx';
import { MessageLink } from './message-link.tsx';

type MessageImageProps = { alt: string; src: string; onOpenLink: (url: string) => boolean };

const inlineImage = /^data:image\/(png|jpeg|gif|webp);base64,[a-z0-9+/=]+$/i;

/**
 * A picture that came inside the message is shown. One from elsewhere would tell its server who reads: its name
 * and address stand in its place, and a press opens it in the browser.
 */
export function MessageImage({ alt, src, onOpenLink }: MessageImageProps) {
  const { t } = useI18n();
  const label = alt === '' ? t('chat.imageUnnamed') : t('chat.image', { name: alt });
  const [brokenSrc, setBrokenSrc] = useState<string | null>(null);
  const isInline = inlineImage.test(src);
  if (isInline && src !== brokenSrc) {
    return <img className="message-image" src={src} alt={label} onError={() => setBrokenSrc(src)} />;
  }
  return (
    <span className="image-placeholder">
      <ImageOff size={14} aria-hidden="true" />
      <span>{isInline ? t('chat.artifact.broken', { name: alt || t('chat.imageUnnamed') }) : label}</span>
      {/^https?:/i.test(src) && (
        <span className="image-source">
          <MessageLink href={src} onOpenLink={onOpenLink}>
            {src}
          </MessageLink>
        </span>
      )}
    </span>
  );
}
