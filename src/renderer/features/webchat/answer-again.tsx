import { RefreshCw } from 'lucide-react';
import type { UserRow } from '../../stores/chat/rows.ts';
import { useChatActions } from '../../stores/context.tsx';
import { IconButton } from '../../ui/button.tsx';
import { useI18n } from '../../ui/i18n.tsx';

type AnswerAgainProps = { question: UserRow; onFocusLost: () => void };

/** Asks the last question once more; the answer that is there goes. */
export function AnswerAgain({ question, onFocusLost }: AnswerAgainProps) {
  const { t } = useI18n();
  const { answerAgain } = useChatActions();
  return (
    <IconButton
      label={t('chat.answerAgain')}
      icon={<RefreshCw size={14} />}
      onClick={() => {
        answerAgain(question);
        onFocusLost();
      }}
    />
  );
}
