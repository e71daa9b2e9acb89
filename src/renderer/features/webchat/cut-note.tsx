import { useEffect } from 'react';
import { describeError } from '../../../shared/errors.ts';
import type { Whole } from '../../stores/chat/chat-state.ts';
import type { CutIds } from '../../stores/chat/rows.ts';
import { useChat, useChatActions } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useDelayed } from '../../ui/use-time.ts';
import { NoteButton } from './note-button.tsx';

/** What passes sooner is not worth a line. */
const quickMs = 300;

type CutNoteProps = { ids: CutIds; onFocusLost: () => void };

/** Asks for the rest of what came cut, and says so where that takes long, or does not come. */
export function CutNote({ ids, onFocusLost }: CutNoteProps) {
  const { t, translate } = useI18n();
  const { readWhole } = useChatActions();
  const isOpen = useChat((chat) => chat.link.tag === 'open');
  const unasked = useChat((chat) => ids.filter((id) => !chat.wholes[id]).join('\n'));
  const missing = useChat(({ wholes }) => ids.map((id) => wholes[id]).find(isMissing) ?? null);
  const isSlow = useDelayed(missing === null, quickMs);
  useEffect(() => {
    if (isOpen && unasked !== '') readWhole(unasked.split('\n'));
  }, [readWhole, isOpen, unasked]);
  if (missing === null && !isSlow) return null;

  const reason = missing?.tag === 'failed' ? describeError(missing.error, translate).body : '';
  return (
    <div className="cut-note" role="status">
      <StateShape kind={missing === null ? 'working' : 'attention'} />
      <span>{t(sentenceOf(missing, isOpen), { reason })}</span>
      {missing !== null && isOpen && (
        <NoteButton onPress={() => readWhole(ids)} onFocusLost={onFocusLost}>
          {t('chat.cut.retry')}
        </NoteButton>
      )}
    </div>
  );
}

type Missing = Exclude<Whole, { tag: 'reading' }>;

function isMissing(whole: Whole | undefined): whole is Missing {
  return whole !== undefined && whole.tag !== 'reading';
}

function sentenceOf(missing: Missing | null, isOpen: boolean) {
  if (missing === null) return isOpen ? 'chat.cut.reading' : 'chat.cut.later';
  return `chat.cut.${missing.tag}` as const;
}
