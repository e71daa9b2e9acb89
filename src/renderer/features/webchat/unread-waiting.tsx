import {
  useAgentQuestions,
  useApprovals,
  usePluginApprovals,
  useStores,
  useSystemApprovals,
} from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { RefusalNote } from './refusal-note.tsx';

/** Said once where this computer may not read what waits for a person, with the way to be allowed it. */
export function UnreadWaiting({ onFocusLost }: { onFocusLost: () => void }) {
  const { t } = useI18n();
  const ofCommands = useApprovals((state) => state.listError);
  const ofPlugins = usePluginApprovals((state) => state.listError);
  const ofSystem = useSystemApprovals((state) => state.listError);
  const ofQuestions = useAgentQuestions((state) => state.listError);
  const { approvals, pluginApprovals, systemApprovals, agentQuestions } = useStores().chat;
  const error = ofCommands ?? ofPlugins ?? ofSystem ?? ofQuestions;
  return (
    <section className="approvals" aria-label={t('approvals.unread')} role="status">
      {error && (
        <>
          <p className="approval-note">{t('approvals.unread')}</p>
          <RefusalNote
            error={error}
            onDismiss={() => {
              for (const list of [approvals, pluginApprovals, systemApprovals, agentQuestions])
                list.dismissListError();
              onFocusLost();
            }}
          />
        </>
      )}
    </section>
  );
}
