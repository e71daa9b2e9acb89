import { Pin } from 'lucide-react';
import { memo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useSessions, useSessionsActions } from '../../stores/context.tsx';
import type { SessionItem } from '../../stores/sessions/session-rows.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { isForInputMethod, isSubmitEnter } from '../../ui/ime.ts';
import { lineOf } from '../../ui/markdown/line-of.ts';
import { menuButtonOf, SessionMenu } from './session-menu.tsx';
import { useSessionTitle } from './use-session-title.ts';

type SessionLineProps = { item: SessionItem; isActive: boolean; isTabStop: boolean; onOpen: () => void };

export const SessionLine = memo(function SessionLine({
  item,
  isActive,
  isTabStop,
  onOpen,
}: SessionLineProps) {
  const { t, list } = useI18n();
  const [isNaming, setIsNaming] = useState(false);
  const isConnected = useSessions((state) => state.isConnected);
  const title = useSessionTitle(item);
  // In the archive all of them are.
  const isArchived = useSessions((state) => item.isArchived && !state.showsArchived);
  const marks = [
    ...(isArchived ? [t('sessions.isArchived')] : []),
    ...(item.isPinned ? [t('sessions.pinned')] : []),
    ...(item.isRunning ? [t('sessions.running')] : []),
    ...(item.isUnread ? [t('sessions.unread')] : []),
  ];
  const openButton = useRef<HTMLButtonElement>(null);
  if (isNaming) {
    const endNaming = (isByKey: boolean) => {
      flushSync(() => setIsNaming(false));
      if (isByKey) openButton.current?.focus();
    };
    return <NameField item={item} title={title} onDone={endNaming} />;
  }
  return (
    <li className={isActive ? 'session is-active' : 'session'}>
      <button
        ref={openButton}
        type="button"
        className="session-open"
        data-session={item.key}
        tabIndex={isTabStop ? 0 : -1}
        aria-current={isActive || undefined}
        onClick={onOpen}
        onContextMenu={(event) => {
          event.preventDefault();
          menuButtonOf(event.currentTarget)?.click();
        }}
        onKeyDown={(event) => {
          if (event.key !== 'F2' || !isConnected) return;
          event.preventDefault();
          setIsNaming(true);
        }}
      >
        <span className={item.isUnread ? 'session-title is-unread' : 'session-title'}>{title}</span>
        {item.preview && <span className="session-preview">{lineOf(item.preview)}</span>}
        {marks.length > 0 && <span className="sr-only">{list(marks)}</span>}
      </button>
      <span className="session-marks" aria-hidden="true">
        {item.isRunning && <span className="session-running" title={t('sessions.running')} />}
        {item.isUnread && !item.isRunning && <span className="session-unread" title={t('sessions.unread')} />}
        {item.isPinned && <Pin size={12} />}
        {isArchived && <span className="session-archived">{t('sessions.isArchived')}</span>}
      </span>
      <SessionMenu
        item={item}
        title={title}
        isActive={isActive}
        isTabStop={isTabStop}
        onRename={() => setIsNaming(true)}
      />
    </li>
  );
});

type NameFieldProps = {
  item: SessionItem;
  title: string;
  /** By a key, or as the focus went elsewhere. */
  onDone: (isByKey: boolean) => void;
};

/** Enter keeps the name, Escape what was; an empty one gives it back to the conversation. */
function NameField({ item, title, onDone }: NameFieldProps) {
  const { t } = useI18n();
  const actions = useSessionsActions();
  const before = item.title === null ? '' : title;
  const [name, setName] = useState(before);
  const keep = (isByKey: boolean) => {
    if (name.trim() !== before) actions.rename(item.key, name);
    onDone(isByKey);
  };
  return (
    <li className="session">
      <input
        className="input session-name"
        value={name}
        maxLength={200}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to write here
        autoFocus
        aria-label={t('sessions.nameOf', { title })}
        onChange={(event) => setName(event.target.value)}
        onFocus={(event) => event.target.select()}
        onBlur={() => keep(false)}
        onKeyDown={(event) => {
          if (isSubmitEnter(event.nativeEvent)) {
            // It would press the line that gets the focus.
            event.preventDefault();
            keep(true);
          }
          if (event.key !== 'Escape' || isForInputMethod(event.nativeEvent)) return;
          event.stopPropagation();
          onDone(true);
        }}
      />
    </li>
  );
}
