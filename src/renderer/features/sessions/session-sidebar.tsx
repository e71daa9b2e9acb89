import { Archive, MessageSquarePlus, Search, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { describeError } from '../../../shared/errors.ts';
import { useSessions, useSessionsActions } from '../../stores/context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { isForInputMethod } from '../../ui/ime.ts';
import { ScopedFailure } from '../connection/scoped-failure.tsx';
import { shortcutKeys } from '../shell/shortcuts.ts';
import { SessionLine } from './session-line.tsx';
import { menuButtonOf } from './session-menu.tsx';
import { SessionRefusals } from './session-refusals.tsx';
import { UndoBar } from './undo-bar.tsx';
import './sessions.css';

type SessionSidebarProps = {
  /** A session was chosen, for these words in it or for itself: a sheet closes, and the focus goes there. */
  onChosen: (words: string | null) => void;
  /** Where it covers the conversation and has to be left. */
  onClose?: () => void;
};

/** The sessions of the Gateway: found, opened, named, pinned, archived, emptied and deleted here. */
export function SessionSidebar({ onChosen, onClose }: SessionSidebarProps) {
  const { t } = useI18n();
  const query = useSessions((state) => state.query);
  const showsArchived = useSessions((state) => state.showsArchived);
  const error = useSessions((state) => state.error);
  const actions = useSessionsActions();
  const root = useRef<HTMLDivElement>(null);
  /** From what is gone to the list above it; where that has no line, to the search. */
  const focusList = () => {
    const line = root.current?.querySelector<HTMLElement>('[data-session][tabindex="0"]');
    (line ?? root.current?.querySelector('input'))?.focus();
  };
  return (
    <div className="sessions" ref={root}>
      <div className="sessions-head">
        <h2 className="sessions-title">{t(showsArchived ? 'sessions.archived' : 'sessions.title')}</h2>
        <IconButton
          label={t('sessions.showArchived')}
          icon={<Archive size={16} />}
          aria-pressed={showsArchived}
          onClick={() => actions.setShowsArchived(!showsArchived)}
        />
        <IconButton
          label={t('sessions.create')}
          shortcut={shortcutKeys.newSession}
          icon={<MessageSquarePlus size={16} />}
          onClick={() => {
            actions.create();
            onChosen(null);
          }}
        />
        {onClose && <IconButton label={t('sessions.close')} icon={<X size={16} />} onClick={onClose} />}
      </div>
      <div className="sessions-search">
        <Search size={14} aria-hidden="true" />
        <input
          className="input"
          type="search"
          value={query}
          aria-label={t('sessions.search')}
          placeholder={t('sessions.search')}
          onChange={(event) => actions.setQuery(event.target.value)}
          onKeyDown={(event) => {
            // First it ends the search; once more, and it leads out of here.
            if (event.key !== 'Escape' || query === '' || isForInputMethod(event.nativeEvent)) return;
            event.preventDefault();
            event.stopPropagation();
            actions.setQuery('');
          }}
        />
      </div>
      {error && (
        <div className="sessions-error">
          <ScopedFailure error={error} fixes={{ retry: actions.reload }} />
        </div>
      )}
      <SearchNote />
      <SessionList onChosen={onChosen} />
      {onClose && (
        <>
          <UndoBar onFocusLost={focusList} />
          <SessionRefusals onFocusLost={focusList} />
        </>
      )}
    </div>
  );
}

/** Whether the list below is all that there is of the search. */
function SearchNote() {
  const { t, translate } = useI18n();
  const search = useSessions((state) => state.search);
  const { reload } = useSessionsActions();
  return (
    <div role="status" className="sessions-note">
      {search.tag === 'searching' && t('sessions.searching')}
      {search.tag === 'done' && (search.isPartial || search.needsWholeWords) && (
        <div>
          {search.isPartial && <div>{t('sessions.partlySearched')}</div>}
          {search.needsWholeWords && <div>{t('sessions.wholeWords')}</div>}
        </div>
      )}
      {search.tag === 'failed' && (
        <>
          <span>
            {t('sessions.withReason', {
              sentence: t('sessions.searchFailed'),
              reason: describeError(search.error, translate).body,
            })}
          </span>
          <Button size="small" onClick={reload}>
            {t('connection.tryAgain')}
          </Button>
        </>
      )}
    </div>
  );
}

function SessionList({ onChosen }: Pick<SessionSidebarProps, 'onChosen'>) {
  const { t } = useI18n();
  const items = useSessions((state) => state.items);
  const activeKey = useSessions((state) => state.activeKey);
  const isLoaded = useSessions((state) => state.isLoaded);
  const query = useSessions((state) => state.query);
  const isSearched = useSessions(({ search }) => search.tag === 'done');
  const showsArchived = useSessions((state) => state.showsArchived);
  const actions = useSessionsActions();
  const hasMore = useSessions((state) => state.hasMore);
  const isConnected = useSessions((state) => state.isConnected);
  const list = useRef<HTMLUListElement>(null);
  /** Where the rest begins that was asked for. */
  const restAt = useRef<number | null>(null);
  const moreButton = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (restAt.current === null || items.length <= restAt.current) return;
    // Whoever went on meanwhile stays where they are.
    const { activeElement } = document;
    if (activeElement === document.body || activeElement === moreButton.current) {
      sessionButtons(list.current)[restAt.current]?.focus();
    }
    restAt.current = null;
  }, [items.length]);

  /** The arrows move the focus, to a line's menu and back as well; Enter opens, as on any button. */
  const move = (event: KeyboardEvent) => {
    const { activeElement } = document;
    if (!(activeElement instanceof HTMLElement)) return;
    if (event.key === 'ArrowLeft' && activeElement.matches('.sessions-list .session-more')) {
      return activeElement.closest('li')?.querySelector<HTMLElement>('[data-session]')?.focus();
    }
    const buttons = sessionButtons(list.current);
    const at = buttons.indexOf(activeElement);
    if (at === -1) return;
    if (event.key === 'ArrowRight') return menuButtonOf(activeElement)?.focus();
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(to, buttons.length - 1))]?.focus();
  };

  if (items.length === 0) {
    if (!isLoaded) return <p className="sessions-empty" aria-busy="true" />;
    return (
      <div className="sessions-empty">
        {query.trim() === '' ? (
          <p>{t(showsArchived ? 'sessions.noArchived' : 'sessions.none')}</p>
        ) : (
          <>
            {isSearched && <p>{t('sessions.noMatch')}</p>}
            <Button size="small" onClick={() => actions.setQuery('')}>
              {t('sessions.clearSearch')}
            </Button>
          </>
        )}
      </div>
    );
  }
  const hasActive = items.some(({ key }) => key === activeKey);
  return (
    <ul ref={list} className="sessions-list" aria-label={t('sessions.title')} onKeyDown={move}>
      {items.map((item, at) => (
        <SessionLine
          key={item.key}
          item={item}
          isActive={item.key === activeKey}
          isTabStop={hasActive ? item.key === activeKey : at === 0}
          onOpen={() => {
            actions.open(item.key);
            onChosen(item.saidWords);
          }}
        />
      ))}
      {hasMore && (
        <li className="sessions-more">
          <Button
            ref={moreButton}
            look="quiet"
            size="small"
            disabled={!isConnected}
            onClick={() => {
              restAt.current = items.length;
              actions.showMore();
            }}
          >
            {t('sessions.showMore')}
          </Button>
        </li>
      )}
    </ul>
  );
}

function sessionButtons(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('[data-session]') ?? [])];
}
