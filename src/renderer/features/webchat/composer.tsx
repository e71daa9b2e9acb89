import { ArrowUp, Paperclip } from 'lucide-react';
import { type KeyboardEvent, type RefObject, useCallback, useId, useRef, useState } from 'react';
import { describeError } from '../../../shared/errors.ts';
import type { LinkFailure } from '../../stores/chat/chat-link.ts';
import { useChat, useChatActions, useSnapshot } from '../../stores/context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { isForInputMethod, isSubmitEnter } from '../../ui/ime.ts';
import { Later } from '../../ui/later.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useDelayed, useNow } from '../../ui/use-time.ts';
import { Attachments } from './attachments.tsx';
import { ContextMeter } from './context-meter.tsx';
import { ModelChoice, ModelRefusal } from './model-choice.tsx';
import { QueueMode } from './queue-mode.tsx';
import { RefusalNote } from './refusal-note.tsx';
import { RewriteNote } from './rewrite-note.tsx';
import { SlashList, useSlashCompletion } from './slash-completion.tsx';
import { StopButton } from './stop-button.tsx';
import { useFileDrop } from './use-file-drop.ts';
import { useInputHistory } from './use-input-history.ts';
import { WaitingElsewhere } from './waiting-elsewhere.tsx';

const offlineNoteAfterMs = 600;
const failureNoteAfterMs = 2000;

/** Word and Excel give a picture of the text that they give as well; a file manager gives names of files as text. */
function filesToAttach(data: DataTransfer): readonly File[] {
  const files = [...data.files];
  const text = data.getData('text/plain');
  return text.trim() === '' || files.every(({ name }) => text.includes(name)) ? files : [];
}

type ComposerProps = { field: RefObject<HTMLTextAreaElement | null>; onSent: () => void };

export function Composer({ field, onSent }: ComposerProps) {
  const { t } = useI18n();
  const draft = useChat((chat) => chat.draft);
  const run = useChat((chat) => chat.run);
  const actions = useChatActions();
  const [isFocused, setIsFocused] = useState(false);
  const attached = useChat((chat) => chat.attached);
  const { files, isReady } = attached;
  const isRefused = attached.problem !== null || files.some(({ state }) => state === 'refused');
  const problemsId = useId();
  const formId = useId();
  const [refusals, setRefusals] = useState(0);
  const isDragged = useFileDrop(actions.attach);
  const picker = useRef<HTMLInputElement>(null);
  const completion = useSlashCompletion(draft, actions.setDraft);
  const recall = useInputHistory();
  const isRewriting = useChat((chat) => chat.rewrite !== null);
  const isRewinding = useChat((chat) => chat.isRewinding);
  const isOpen = useChat((chat) => chat.link.tag === 'open');
  const isKept = useChat((chat) => chat.isKept);
  // A message waits until it can go out; one that takes others back does not.
  const isFree = !isRewinding && (isOpen || !isRewriting);
  const canSend = isReady && isFree && (draft.trim() !== '' || files.length > 0);
  const focusField = useCallback(() => field.current?.focus(), [field]);

  const submit = () => {
    if (isRefused) setRefusals(refusals + 1);
    if (!canSend) return;
    actions.submit();
    field.current?.focus();
    onSent();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const isPlain = !(event.shiftKey || event.altKey || event.ctrlKey || event.metaKey);
    if (isPlain && !isForInputMethod(event.nativeEvent)) {
      if (completion.takeKey(event.key)) return event.preventDefault();
      if (event.key === 'Escape' && isRewriting) {
        event.preventDefault();
        event.stopPropagation();
        return actions.endRewrite();
      }
      const recalled = recall(event.key, draft);
      if (recalled !== null) {
        event.preventDefault();
        completion.dismiss(recalled);
        return actions.setDraft(recalled);
      }
    }
    if (!isSubmitEnter(event.nativeEvent)) return;
    event.preventDefault();
    submit();
  };

  return (
    <div className="composer-area">
      <SlashList completion={completion} />
      <WaitingElsewhere onTaken={focusField} />
      <RewriteNote onCancel={focusField} />
      <Attachments
        problemsId={problemsId}
        attached={attached}
        refusals={refusals}
        onRemove={actions.detach}
      />
      <form
        id={formId}
        className="composer"
        data-dragged={isDragged}
        aria-label={t('chat.composer.label')}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <IconButton
          label={t('chat.files.add')}
          className="attach"
          icon={<Paperclip size={17} />}
          onClick={() => picker.current?.click()}
        />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label={t('chat.files.add')}
          onChange={(event) => {
            actions.attach([...(event.target.files ?? [])]);
            // The same file may be chosen again.
            event.target.value = '';
            field.current?.focus();
          }}
        />
        {/* For browsers that do not give a field the height of its text; see the styles. */}
        <div className="composer-field" data-text={draft}>
          <textarea
            ref={field}
            rows={1}
            value={draft}
            aria-label={t('chat.composer.label')}
            placeholder={t('chat.composer.placeholder')}
            aria-describedby={isRefused ? problemsId : undefined}
            onChange={(event) => actions.setDraft(event.target.value)}
            onFocus={() => setIsFocused(true)}
            onBlur={() => setIsFocused(false)}
            aria-autocomplete="list"
            aria-controls={completion.activeId && completion.listId}
            aria-activedescendant={completion.activeId}
            onKeyDown={onKeyDown}
            onPaste={(event) => {
              const pasted = filesToAttach(event.clipboardData);
              if (pasted.length === 0) return;
              event.preventDefault();
              actions.attach(pasted);
            }}
          />
        </div>
        {run && (
          <StopButton
            stopAskedAtMs={run.stopAskedAtMs}
            isOpen={isOpen}
            onStop={actions.stopRun}
            onFocusLost={focusField}
          />
        )}
        {(!run || canSend) && (
          <button
            type="submit"
            className="send"
            aria-label={t('chat.composer.send')}
            title={t('chat.composer.send')}
            disabled={!canSend}
          >
            <ArrowUp size={18} strokeWidth={2.25} />
          </button>
        )}
      </form>
      {canSend && <QueueMode form={formId} />}
      <ModelRefusal />
      <StopRefusal />
      <div role="status">
        {!isKept && (
          <p className="not-kept">
            <StateShape kind="attention" />
            {t('chat.notKept')}
          </p>
        )}
      </div>
      <div className="composer-foot">
        <Later>
          <ModelChoice />
          <ContextMeter />
          <ComposerNote showHint={isFocused && canSend} />
        </Later>
      </div>
    </div>
  );
}

/** Why the answer goes on although it was to stop. */
function StopRefusal() {
  const error = useChat((chat) => chat.stopError);
  const { dismissStopError } = useChatActions();
  return <div role="status">{error && <RefusalNote error={error} onDismiss={dismissStopError} />}</div>;
}

/** Why the chat does not open although the Gateway is there, and the way not to wait for the next try. */
function NextTry({ error, nextTryAtMs }: LinkFailure) {
  const { t, translate } = useI18n();
  const { retry } = useChatActions();
  const seconds = Math.ceil((nextTryAtMs - useNow(true)) / 1000);
  return (
    <>
      {error && <> · {describeError(error, translate).body}</>}
      {seconds > 0 && (
        <span className="tabular">
          {' · '}
          {t('chat.offline.nextTry', { seconds })}
        </span>
      )}{' '}
      <Button size="small" look="quiet" onClick={retry}>
        {t('connection.retryNow')}
      </Button>
    </>
  );
}

/** One quiet line below the field: what the chat waits for, or how to send. */
function ComposerNote({ showHint }: { showHint: boolean }) {
  const { t } = useI18n();
  const link = useChat((chat) => chat.link.tag);
  const tag = useSnapshot((snapshot) => snapshot.connection.tag);
  const isOffline = useDelayed(link !== 'open' && link !== 'refused', offlineNoteAfterMs);
  const failure = useChat((chat) => chat.linkFailure);
  const isLate = useDelayed(failure !== null, failureNoteAfterMs);
  const isOpening = tag === 'connected' || tag === 'degraded' || tag === 'connecting';
  return (
    <p className="composer-note">
      {isOffline ? (
        <>
          <StateShape kind="working" />
          {t(isOpening ? 'chat.offline.connecting' : 'chat.offline.reconnecting')}
          {isOpening && isLate && failure && <NextTry {...failure} />}
        </>
      ) : (
        showHint && t('chat.composer.hint')
      )}
    </p>
  );
}
