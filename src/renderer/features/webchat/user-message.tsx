import { Paperclip, Pencil } from 'lucide-react';
import { memo, useEffect, useState } from 'react';
import { describeError } from '../../../shared/errors.ts';
import { type Artifact, namesBeside } from '../../stores/chat/artifact.ts';
import type { UserRow } from '../../stores/chat/rows.ts';
import { useArtifacts, useChat, useChatActions } from '../../stores/context.tsx';
import { IconButton } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { useDelayed } from '../../ui/use-time.ts';
import { AskForScopes } from '../connection/scoped-failure.tsx';
import { AnswerAgain } from './answer-again.tsx';
import { ArtifactView } from './artifact-view.tsx';
import { useIsSettled } from './at-rest.ts';
import { CutNote } from './cut-note.tsx';
import { Folded } from './folded.tsx';
import { NoteButton } from './note-button.tsx';

/** What passes sooner is not worth a line. */
const quickMs = 800;

type NotedDelivery = Exclude<UserRow['delivery'], 'accepted' | null>;
type RowProps = { row: UserRow; onFocusLost: () => void };
/** `isUnanswered`: nothing will answer it any more. `canAskAgain`: nothing does, and it can be asked once more. */
type UserMessageProps = RowProps & { isUnanswered: boolean; canAskAgain: boolean };

export const UserMessage = memo(function UserMessage(props: UserMessageProps) {
  const { row, isUnanswered, canAskAgain, onFocusLost } = props;
  const { t, time } = useI18n();
  const isSettled = useIsSettled();
  const saidAt = isSettled && row.atMs !== null ? time(row.atMs) : null;
  const who = t('chat.you');
  const { delivery } = row;
  const hasWords = row.text !== '';
  const hasFiles = row.attachments.length + row.pictures.length > 0;
  const again = isSettled && canAskAgain && <AnswerAgain question={row} onFocusLost={onFocusLost} />;
  return (
    <article
      className="message is-user"
      data-role="user"
      aria-label={saidAt === null ? who : t('chat.messageAt', { who, time: saidAt })}
    >
      {(hasWords || hasFiles) && (
        <div className="bubble" title={saidAt ?? undefined}>
          {hasWords && <Folded text={plainText(row.text)}>{(part) => <p dir="auto">{part}</p>}</Folded>}
          {hasFiles && <SentFiles row={row} />}
        </div>
      )}
      {isSettled && row.cut && <CutNote ids={row.cut} onFocusLost={onFocusLost} />}
      {isSettled && <EditButton row={row} onFocusLost={onFocusLost} />}
      {isUnanswered ? (
        <div className="delivery is-unanswered">
          <StateShape kind="stopped" />
          <span>{t('chat.run.unanswered')}</span>
          {again}
        </div>
      ) : (
        again
      )}
      {delivery !== null && delivery !== 'accepted' && (
        <DeliveryNote row={row} delivery={delivery} onFocusLost={onFocusLost} />
      )}
    </article>
  );
});

/** Pictures where this page has them, or the Gateway gives them; the names of all else. */
function SentFiles({ row }: { row: UserRow }) {
  const { t } = useI18n();
  const pictures = usePictures(row);
  const shown = pictures.map((artifact, at) => ({ key: `${at}`, artifact }));
  const others = namesBeside(row.attachments, pictures).map((name, at) => ({ key: `${at}`, name }));
  return (
    <>
      {shown.map(({ key, artifact }) => (
        <ArtifactView key={key} artifact={artifact} />
      ))}
      {others.map(({ key, name }) => (
        <p key={key} className="attachment">
          <Paperclip size={14} aria-hidden="true" />
          {t('chat.attachment', { name: plainText(name) })}
        </p>
      ))}
    </>
  );
}

/** What this page sent, or an earlier one, or what the transcript has. */
function usePictures({ sendId, pictures }: UserRow): readonly Artifact[] {
  const artifacts = useArtifacts();
  const [recalled, setRecalled] = useState<readonly Artifact[]>([]);
  const sent = artifacts.sentWith(sendId);
  const isKnown = sent.length + pictures.length > 0;
  useEffect(() => {
    if (isKnown || sendId === null) return;
    let isLeft = false;
    void artifacts.recall(sendId).then((found) => {
      if (!isLeft) setRecalled(found);
    });
    return () => {
      isLeft = true;
    };
  }, [artifacts, sendId, isKnown]);
  return [sent, recalled].find(({ length }) => length > 0) ?? pictures;
}

/** Takes a message that was sent into the field again; where the Gateway can't take it back, there is none. */
function EditButton({ row, onFocusLost }: RowProps) {
  const { t } = useI18n();
  const canRewind = useChat((chat) => chat.offers.has('sessions.rewind'));
  const isFree = useChat((chat) => chat.link.tag === 'open' && chat.run === null && !chat.isRewinding);
  const actions = useChatActions();
  if (!canRewind || row.entryId === null || row.cut) return null;
  const label = t('chat.rewrite.edit');
  return (
    <IconButton
      className="message-edit"
      label={isFree ? label : `${label}. ${t('chat.rewrite.later')}`}
      icon={<Pencil size={14} />}
      aria-disabled={!isFree}
      onClick={() => {
        if (!isFree) return;
        actions.rewrite(row);
        onFocusLost();
      }}
    />
  );
}

/** Says where the message is, as long as that is not plain from the conversation itself. */
function DeliveryNote({ row, delivery, onFocusLost }: RowProps & { delivery: NotedDelivery }) {
  const { t, translate } = useI18n();
  const actions = useChatActions();
  const isOpen = useChat((chat) => chat.link.tag === 'open');
  const stays = delivery === 'failed' || (delivery === 'waiting' && !isOpen);
  const isSlow = useDelayed(!stays, quickMs);
  if (!stays && !isSlow) return null;

  const leave = (act: (key: string) => void) => () => {
    if (row.sendId !== null) act(row.sendId);
    onFocusLost();
  };
  const hasFailed = delivery === 'failed';
  const isUnconfirmed = delivery === 'unconfirmed';
  const reason = row.error ? describeError(row.error, translate).body : '';
  return (
    <div className={hasFailed ? 'delivery is-failed' : 'delivery'}>
      <StateShape kind={hasFailed ? 'stopped' : 'working'} />
      <span>{t(noteOf(row, delivery, isOpen), { reason })}</span>
      {row.error?.code === 'GATEWAY_SCOPE_MISSING' && <AskForScopes />}
      {(hasFailed || (isUnconfirmed && isOpen)) && (
        <NoteButton onPress={leave(actions.sendAgain)} onFocusLost={onFocusLost}>
          {t('chat.delivery.retry')}
        </NoteButton>
      )}
      {delivery !== 'sending' && (delivery !== 'held' || isOpen) && (
        <>
          <NoteButton onPress={leave(actions.edit)} onFocusLost={onFocusLost}>
            {t('chat.delivery.edit')}
          </NoteButton>
          <NoteButton onPress={leave(actions.discard)} onFocusLost={onFocusLost}>
            {t('chat.delivery.discard')}
          </NoteButton>
        </>
      )}
    </div>
  );
}

function noteOf({ error }: UserRow, delivery: NotedDelivery, isOpen: boolean) {
  if (error?.code === 'MESSAGE_ENDED') return 'chat.delivery.ended';
  if (delivery === 'waiting' && isOpen) return 'chat.delivery.soon';
  if (delivery === 'unconfirmed' && !isOpen) return 'chat.delivery.inDoubt';
  return `chat.delivery.${delivery}` as const;
}
