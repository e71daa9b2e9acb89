import { Keyboard, PanelLeft, Settings, Unplug } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import {
  useChat,
  useChatActions,
  useNewestUndoable,
  useRequest,
  useSessionsActions,
  useSnapshot,
} from '../../stores/context.tsx';
import { IconButton } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Later } from '../../ui/later.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { ConnectionBanner } from '../connection/connection-banner.tsx';
import { ModeSwitch, useSwitchMode } from '../connection/mode-switch.tsx';
import { StatusLine } from '../connection/status-line.tsx';
import { FindBar } from '../find/find-bar.tsx';
import { SessionPane, useSessionPane } from '../sessions/session-pane.tsx';
import { SessionRefusals } from '../sessions/session-refusals.tsx';
import { UndoBar } from '../sessions/undo-bar.tsx';
import { KeysSheet } from '../shell/keys-sheet.tsx';
import { shortcutKeys, useShortcuts } from '../shell/shortcuts.ts';
import { useWindows } from '../shell/windows.ts';
import { AddressNotice } from './address-notice.tsx';
import { Announcer } from './announcer.tsx';
import { ApprovalCards } from './approval-cards.tsx';
import { Composer } from './composer.tsx';
import { Conversation, type ConversationHandle } from './conversation.tsx';
import { DiscardedMessages } from './discarded-messages.tsx';
import { NotifyOffer } from './notify-offer.tsx';
import { QuestionCards } from './question-cards.tsx';
import { stopScope } from './stop-button.tsx';
import { UnreadWaiting } from './unread-waiting.tsx';
import { useFirstFocus } from './use-first-focus.ts';
import { WaitingRegion } from './waiting-region.tsx';
import './webchat.css';

export function WebChat() {
  const { t } = useI18n();
  const request = useRequest();
  const actions = useChatActions();
  const sessions = useSessionsActions();
  const windows = useWindows();
  const switchMode = useSwitchMode(windows.askForTarget);
  const notices = useSnapshot((snapshot) => snapshot.notices.length);
  const isIdle = useSnapshot((snapshot) => snapshot.connection.tag === 'idle');
  const sessionKey = useChat((chat) => chat.sessionKey);
  const run = useChat((chat) => chat.run);
  const isOpen = useChat((chat) => chat.link.tag === 'open');
  const undoable = useNewestUndoable();
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const sessionPane = useSessionPane();
  const conversation = useRef<ConversationHandle>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const findField = useRef<HTMLInputElement>(null);

  const focusField = useCallback(() => field.current?.focus(), []);

  useEffect(() => actions.start(), [actions]);
  useFirstFocus(field);
  useEffect(() => {
    const look = () => sessions.setIsVisible(!document.hidden);
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      sessions.setIsVisible(false);
    };
  }, [sessions]);

  const find = (words: string | null) => {
    if (words !== null) actions.find(words);
    else if (!findField.current) actions.find('');
    findField.current?.focus();
    // What was looked for stays, to be looked for again or written over.
    findField.current?.select();
  };

  const stop = (stopAskedAtMs: number | null) => {
    const scope = stopScope(stopAskedAtMs, isOpen, Date.now());
    if (scope) actions.stopRun(scope);
  };

  useShortcuts({
    ...(run && { stop: () => stop(run.stopAskedAtMs) }),
    compose: focusField,
    latest: () => conversation.current?.jumpToLatest(),
    find: () => find(null),
    sessions: sessionPane.toggle,
    newSession: () => {
      sessions.create();
      focusField();
    },
    nextSession: () => sessions.step(1),
    previousSession: () => sessions.step(-1),
    ...(undoable && {
      undo: () =>
        undoable.of === 'removal' ? sessions.undo(undoable.key) : actions.undoDiscard(undoable.key),
    }),
    local: () => switchMode('local'),
    remote: () => switchMode('remote'),
    retry: () => void request('connection.retry', {}),
    settings: windows.openSettings,
    doctor: windows.openDoctor,
    help: () => setIsHelpOpen(true),
    // From the field to the conversation, where the keys scroll.
    back: () => conversation.current?.focus(),
  });

  return (
    <div className="webchat">
      <header className="bar">
        <h1 className="sr-only">{t('chat.title')}</h1>
        <Later>
          <IconButton
            label={t('sessions.toggle')}
            shortcut={shortcutKeys.sessions}
            icon={<PanelLeft size={16} />}
            aria-expanded={sessionPane.isOpen}
            onClick={sessionPane.toggle}
          />
          <StatusLine />
          <div className="bar-tools">
            {notices > 0 && (
              <button type="button" className="button is-quiet is-small" onClick={windows.openSettings}>
                <StateShape kind="attention" />
                <span className="bar-notices">{t('connection.notices', { count: notices })}</span>
              </button>
            )}
            <ModeSwitch onTargetMissing={windows.askForTarget} />
            {!isIdle && (
              <IconButton
                label={t('connection.disconnect')}
                icon={<Unplug size={16} />}
                onClick={() => void request('connection.disconnect', {})}
              />
            )}
            <IconButton
              label={t('chat.keys.open')}
              shortcut={shortcutKeys.help}
              icon={<Keyboard size={16} />}
              className="only-wide"
              onClick={() => setIsHelpOpen(true)}
            />
            <IconButton
              label={t('chat.keys.settings')}
              shortcut={shortcutKeys.settings}
              icon={<Settings size={16} />}
              onClick={windows.openSettings}
            />
          </div>
        </Later>
      </header>
      <ConnectionBanner onOpenSettings={windows.openSettings} />
      <AddressNotice onFocusLost={focusField} />
      <div className="webchat-body">
        <SessionPane
          isNarrow={sessionPane.isNarrow}
          isOpen={sessionPane.isOpen}
          onClose={sessionPane.close}
          onChosen={(words) => (words === null ? focusField() : find(words))}
        />
        <main className="webchat-main">
          <Later before={<div className="conversation" />}>
            <FindBar field={findField} onClose={focusField} />
            <Conversation
              key={sessionKey}
              ref={conversation}
              onOpenLink={windows.openLink}
              onFocusLost={focusField}
              onSuggest={(text) => {
                actions.setDraft(text);
                focusField();
              }}
            />
            <WaitingRegion>
              <ApprovalCards onFocusLost={focusField} />
              <QuestionCards onFocusLost={focusField} />
              <UnreadWaiting onFocusLost={focusField} />
              <NotifyOffer onFocusLost={focusField} />
            </WaitingRegion>
            <UndoBar keys={shortcutKeys.undo} onFocusLost={focusField} />
            <SessionRefusals onFocusLost={focusField} />
            <DiscardedMessages keys={shortcutKeys.undo} onFocusLost={focusField} />
          </Later>
          <Composer field={field} onSent={() => conversation.current?.jumpToLatest()} />
        </main>
      </div>
      <Announcer />
      {isHelpOpen && <KeysSheet onClose={() => setIsHelpOpen(false)} />}
    </div>
  );
}
