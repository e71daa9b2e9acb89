import { History, Pencil, X } from 'lucide-react';
import { memo, useEffect, useRef } from 'react';
import { useChat, useChatActions } from '../../stores/context.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { RefusalNote } from './refusal-note.tsx';

/** Above the field: what sending does while an earlier message is written again, and why it was refused. */
export const RewriteNote = memo(function RewriteNote({ onCancel }: { onCancel: () => void }) {
  const { t, list } = useI18n();
  const rewrite = useChat((chat) => chat.rewrite);
  const lostFiles = useChat((chat) => chat.lostFiles);
  const error = useChat((chat) => chat.rewriteError);
  const isRewinding = useChat((chat) => chat.isRewinding);
  const { endRewrite, dismissRewriteError } = useChatActions();
  return (
    <div role="status">
      {rewrite && (
        <div className="rewrite-note">
          <Pencil size={14} aria-hidden="true" />
          <p>
            {t('chat.rewrite.note')}
            {rewrite.fileNames.length > 0 &&
              ` ${t('chat.rewrite.files', { names: list(rewrite.fileNames.map(plainText)) })}`}
          </p>
          {!isRewinding && (
            <IconButton
              label={t('chat.rewrite.cancel')}
              shortcut="Esc"
              icon={<X size={14} />}
              onClick={() => {
                endRewrite();
                onCancel();
              }}
            />
          )}
        </div>
      )}
      <AskAgain onDone={onCancel} />
      {!rewrite && <Former onDone={onCancel} />}
      {error && <RefusalNote error={error} onDismiss={dismissRewriteError} />}
      {lostFiles.length > 0 && (
        <div className="composer-refusal">
          <StateShape kind="stopped" />
          <span>{t('chat.rewrite.lost', { names: list(lostFiles.map(plainText)) })}</span>
          <IconButton label={t('chat.dismiss')} icon={<X size={14} />} onClick={endRewrite} />
        </div>
      )}
    </div>
  );
});

/** Before an answer goes for good: what goes, and the way on. */
function AskAgain({ onDone }: { onDone: () => void }) {
  const { t } = useI18n();
  const isAsked = useChat((chat) => chat.again !== null);
  const { confirmAgain, dismissAgain } = useChatActions();
  const confirm = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isAsked) confirm.current?.focus();
  }, [isAsked]);
  if (!isAsked) return null;
  const leave = (act: () => void) => () => {
    act();
    onDone();
  };
  return (
    <div className="rewrite-note">
      <StateShape kind="attention" />
      <p>{t('chat.former.goes')}</p>
      <Button ref={confirm} size="small" onClick={leave(confirmAgain)}>
        {t('chat.answerAgain')}
      </Button>
      <IconButton label={t('chat.former.leave')} icon={<X size={14} />} onClick={leave(dismissAgain)} />
    </div>
  );
}

/** What the conversation was before it was taken back, and the way to it. */
function Former({ onDone }: { onDone: () => void }) {
  const { t } = useI18n();
  const isKept = useChat((chat) => chat.formerLeafId !== null);
  const isFree = useChat((chat) => chat.link.tag === 'open' && chat.run === null && !chat.isRewinding);
  const { bringBack, dismissFormer } = useChatActions();
  if (!isKept) return null;
  const label = t('chat.former.bringBack');
  return (
    <div className="rewrite-note">
      <History size={14} aria-hidden="true" />
      <p>{t('chat.former.kept')}</p>
      <Button
        size="small"
        aria-disabled={!isFree}
        title={isFree ? undefined : t('chat.former.later')}
        aria-label={isFree ? label : `${label}. ${t('chat.former.later')}`}
        onClick={() => {
          if (!isFree) return;
          bringBack();
          onDone();
        }}
      >
        {label}
      </Button>
      <IconButton
        label={t('chat.dismiss')}
        icon={<X size={14} />}
        onClick={() => {
          dismissFormer();
          onDone();
        }}
      />
    </div>
  );
}
