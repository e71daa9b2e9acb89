import { describeError } from '../../../shared/errors.ts';
import type { Announcement } from '../../stores/chat/chat-types.ts';
import { useChat } from '../../stores/context.tsx';
import { type I18n, useI18n } from '../../ui/i18n.tsx';
import { lineOf } from '../../ui/markdown/line-of.ts';

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
  return t(`chat.announce.${announcement.kind}`, { text: spoken(announcement.text) });
}

/** The beginning, without marks; of a long answer no more is read than may be said. */
function spoken(markdown: string): string {
  const text = lineOf(markdown.slice(0, 2 * maxChars));
  return text.length > maxChars || markdown.length > 2 * maxChars ? `${text.slice(0, maxChars)}…` : text;
}
