import { useChat } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';

const maxChars = 600;

/** Tells a screen reader once that a run ended, and how; while it streams nothing is said. */
export function Announcer() {
  const { t } = useI18n();
  const announcement = useChat((chat) => chat.announcement);
  const text = announcement
    ? t(`chat.announce.${announcement.kind}`, { text: plainText(announcement.text) })
    : '';
  return (
    <p className="sr-only" aria-live="polite" data-run={announcement?.runId}>
      {text}
    </p>
  );
}

function plainText(markdown: string): string {
  const text = markdown
    .replace(/[*_`#>|~]+/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
}
