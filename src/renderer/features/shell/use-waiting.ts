import { useMemo } from 'react';
import { brief } from '../../../shared/printable.ts';
import {
  useAgentQuestions,
  useApprovals,
  usePluginApprovals,
  useSystemApprovals,
} from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';

/**
 * Something that waits for a person: its card's title, and the first line of what the card says. A command or a change is
 * only on its card: it may hold a password, and the system keeps notifications.
 */
type WaitingThing = { id: string; title: string; line: string };

/** All that waits on this page's Gateway. */
export function useWaiting(): readonly WaitingThing[] {
  const { t } = useI18n();
  const commands = useApprovals((state) => state.pending);
  const actions = usePluginApprovals((state) => state.pending);
  const changes = useSystemApprovals((state) => state.pending);
  const questions = useAgentQuestions((state) => state.pending);
  return useMemo(
    () => [
      ...commands.map(({ id }) => ({ id, title: t('approvals.title'), line: '' })),
      ...actions.map(({ id, title }) => ({ id, title: t('approvals.pluginTitle'), line: firstLine(title) })),
      ...changes.map(({ id }) => ({ id, title: t('approvals.systemTitle'), line: '' })),
      ...questions.map(({ id, parts }) => ({
        id,
        title: t('ask.title'),
        line: firstLine(parts[0]?.text ?? ''),
      })),
    ],
    [t, commands, actions, changes, questions],
  );
}

function firstLine(text: string): string {
  const [line = ''] = plainText(text).trim().split('\n', 1);
  return brief(line);
}
