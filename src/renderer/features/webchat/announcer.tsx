import { describeError } from '../../../shared/errors.ts';
import type { Announcement } from '../../stores/chat/chat-types.ts';
import { useChat } from '../../stores/context.tsx';
import { type I18n, useI18n } from '../../ui/i18n.tsx';

const maxChars = 600;

/** Tells a screen reader once how a run ended, and of a message that was refused; while it streams nothing is said. */
export function Announcer() {
  const i18n = useI18n();
  const announcement = useChat((chat) => chat.announcement);
  return (
    <p className="sr-only" aria-live="polite" data-run={announcement?.runId}>
      {/* An element of its own: a second “Done.” in the same text would change nothing, and not be said. */}
      {announcement && <span key={announcement.nth}>{words(announcement, i18n)}</span>}
    </p>
  );
}

function words(announcement: Announcement, { t, translate }: I18n): string {
  if (announcement.kind === 'unsent') {
    const { error } = announcement;
    const note = error?.code === 'MESSAGE_ENDED' ? 'chat.delivery.ended' : 'chat.delivery.failed';
    return t(note, { reason: error ? describeError(error, translate).body : '' });
  }
  return t(`chat.announce.${announcement.kind}`, { text: plainText(announcement.text) });
}

function plainText(markdown: string): string {
  const text = markdown
    .replace(/[*_`#>|~]+/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
}
