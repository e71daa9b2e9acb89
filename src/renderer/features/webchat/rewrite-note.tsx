import { Pencil, X } from 'lucide-react';
import { memo } from 'react';
import { useChat, useChatActions } from '../../stores/context.tsx';
import { IconButton } from '../../ui/button.tsx';
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
          <IconButton
            label={t('chat.rewrite.cancel')}
            shortcut="Esc"
            icon={<X size={14} />}
            onClick={() => {
              endRewrite();
              onCancel();
            }}
          />
        </div>
      )}
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
