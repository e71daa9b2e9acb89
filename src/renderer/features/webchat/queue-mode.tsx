import { memo } from 'react';
import { useChat, useChatActions } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { SegmentedChoice } from '../../ui/segmented.tsx';

/** What the next message does to the answer that is being written; shown only while one is. `form`: of the message. */
export const QueueMode = memo(function QueueMode({ form }: { form: string }) {
  const { t } = useI18n();
  const isRunning = useChat((chat) => chat.run !== null);
  const mode = useChat((chat) => chat.queueMode);
  const { setQueueMode } = useChatActions();
  if (!isRunning) return null;
  return (
    <SegmentedChoice
      form={form}
      label={t('chat.queue.label')}
      value={mode}
      options={(['steer', 'followup', 'interrupt'] as const).map((value) => ({
        value,
        label: t(`chat.queue.${value}`),
      }))}
      onChange={setQueueMode}
    />
  );
});
