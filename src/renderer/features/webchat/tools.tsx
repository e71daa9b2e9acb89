import { ChevronRight } from 'lucide-react';
import { hasFailed, type ToolUse } from '../../stores/chat/chat-state.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useOpenWhereFound } from './found-words.ts';
import { ToolCard } from './tool-card.tsx';

const apartUpTo = 3;

/** Tools that follow each other: a few as cards, many as one line that opens. */
export function Tools(props: { tools: readonly ToolUse[]; onOpenLink: (url: string) => boolean }) {
  const { tools, onOpenLink } = props;
  const { t } = useI18n();
  const [isOpen, setIsOpen] = useOpenWhereFound(...tools);
  const cards = (shown: readonly ToolUse[]) =>
    shown.map((tool) => <ToolCard key={tool.id} tool={tool} onOpenLink={onOpenLink} />);
  if (tools.length <= apartUpTo) return <div className="tools">{cards(tools)}</div>;
  const failed = tools.filter(hasFailed).length;
  const running = tools.filter((tool) => tool.status === 'running');
  return (
    <div className="tools">
      <details className="tool" open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>
          <ChevronRight size={14} aria-hidden="true" />
          <StateShape kind={running.length > 0 ? 'working' : failed > 0 ? 'attention' : 'good'} />
          <span className="tool-title">{t('chat.tools', { count: tools.length })}</span>
          {failed > 0 && <span className="tool-state">{t('chat.toolsFailed', { count: failed })}</span>}
        </summary>
        {isOpen && <div className="tool-group">{cards(tools)}</div>}
      </details>
      {!isOpen && cards(running)}
    </div>
  );
}
