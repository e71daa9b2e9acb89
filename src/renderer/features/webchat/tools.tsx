import { ChevronRight } from 'lucide-react';
import { useCallback, useLayoutEffect, useRef } from 'react';
import { hasFailed, type ToolUse } from '../../stores/chat/chat-state.ts';
import { useI18n } from '../../ui/i18n.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useOpenWhereFound, useTouchedCards } from './open-cards.ts';
import { ToolCard } from './tool-card.tsx';

const apartUpTo = 3;

/**
 * Tools that follow each other: a few as cards, many as one line that opens. What is running, and what a person has
 * opened, stays beside that line.
 */
export function Tools(props: { tools: readonly ToolUse[]; onOpenLink: (url: string) => boolean }) {
  const { tools, onOpenLink } = props;
  const { t } = useI18n();
  const [isOpen, setIsOpen] = useOpenWhereFound(`group:${tools[0]?.id}`, ...tools);
  const { isTouched, closeAll } = useTouchedCards();
  const summary = useRef<HTMLElement>(null);
  const isFocusLost = useRef(false);
  const onFocusLost = useCallback(() => {
    isFocusLost.current = true;
  }, []);
  // Once the line is there: the card with the focus may be one of the first that go into it.
  useLayoutEffect(() => {
    if (isFocusLost.current) summary.current?.focus({ preventScroll: true });
    isFocusLost.current = false;
  });
  const cards = (shown: readonly ToolUse[]) =>
    shown.map((tool) => (
      <ToolCard key={tool.id} tool={tool} onOpenLink={onOpenLink} onFocusLost={onFocusLost} />
    ));
  const isMany = tools.length > apartUpTo;
  const failed = tools.filter(hasFailed).length;
  const running = tools.filter((tool) => tool.status === 'running');
  const apart = tools.filter((tool) => !isMany || tool.status === 'running' || isTouched(tool));
  return (
    <div className="tools">
      {isMany && (
        <details
          className="tool"
          open={isOpen}
          onToggle={(event) => {
            const opens = event.currentTarget.open;
            if (!opens && isOpen) closeAll(tools);
            setIsOpen(opens);
          }}
        >
          <summary ref={summary}>
            <ChevronRight size={14} aria-hidden="true" />
            <StateShape kind={running.length > 0 ? 'working' : failed > 0 ? 'attention' : 'good'} />
            <span className="tool-title">{t('chat.tools', { count: tools.length })}</span>
            {failed > 0 && <span className="tool-state">{t('chat.toolsFailed', { count: failed })}</span>}
          </summary>
          {isOpen && <div className="tool-group">{cards(tools)}</div>}
        </details>
      )}
      {!(isMany && isOpen) && cards(apart)}
    </div>
  );
}
