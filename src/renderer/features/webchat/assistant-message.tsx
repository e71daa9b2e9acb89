import { memo, type ReactNode } from 'react';
import type { MediaSegment } from '../../stores/chat/artifact.ts';
import type { ToolUse } from '../../stores/chat/chat-state.ts';
import type { AssistantRow, UserRow } from '../../stores/chat/rows.ts';
import type { Segment } from '../../stores/chat/segments.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { Markdown } from '../../ui/markdown/markdown.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { AnswerAgain } from './answer-again.tsx';
import { useIsSettled } from './at-rest.ts';
import { CutNote } from './cut-note.tsx';
import { Folded } from './folded.tsx';
import { Media } from './media.tsx';
import { RunProgress } from './run-progress.tsx';
import { Tools } from './tools.tsx';

type AssistantMessageProps = {
  row: AssistantRow;
  question: UserRow | null;
  onOpenLink: (url: string) => boolean;
  onFocusLost: () => void;
};

export const AssistantMessage = memo(function AssistantMessage(props: AssistantMessageProps) {
  const { row, question, onOpenLink, onFocusLost } = props;
  const { t, time } = useI18n();
  const isSettled = useIsSettled();
  const isWorking = row.status === 'working';
  const who = t(row.isInjected ? 'chat.injected' : 'chat.assistant');
  const parts = partsOf(row.segments);
  const text = row.segments.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n\n');
  return (
    <article
      className="message is-assistant"
      data-role="assistant"
      aria-label={isSettled && row.atMs !== null ? t('chat.messageAt', { who, time: time(row.atMs) }) : who}
      aria-busy={isWorking}
    >
      {row.isInjected && <p className="message-origin">{who}</p>}
      {parts.map((part) => {
        if (part.kind === 'tools') return <Tools key={part.key} tools={part.tools} onOpenLink={onOpenLink} />;
        if (part.kind === 'text') {
          const isGrowing = isWorking && part === parts.at(-1);
          return (
            <Folded key={part.key} text={part.text} isGrowing={isGrowing}>
              {(shown, isCut) => (
                <Markdown
                  text={shown}
                  whole={isCut ? part.text : null}
                  isStreaming={isGrowing || isCut}
                  onOpenLink={onOpenLink}
                />
              )}
            </Folded>
          );
        }
        return <Media key={part.key} segment={part} onOpenLink={onOpenLink} />;
      })}
      {isSettled && row.cut && <CutNote ids={row.cut} onFocusLost={onFocusLost} />}
      {isWorking && row.activity && <RunProgress activity={row.activity} hasText={text !== ''} />}
      {!isWorking && (
        <MessageFoot row={row} text={text} isSettled={isSettled}>
          {question && <AnswerAgain question={question} onFocusLost={onFocusLost} />}
        </MessageFoot>
      )}
    </article>
  );
});

type MessageFootProps = { row: AssistantRow; text: string; isSettled: boolean; children: ReactNode };

function MessageFoot({ row, text, isSettled, children }: MessageFootProps) {
  const { t, time, number } = useI18n();
  const { usage } = row;
  const hasUsage = usage && usage.input + usage.output > 0;
  return (
    <footer className="message-foot">
      {row.status === 'stopped' && (
        <span className="stopped">
          <StateShape kind="stopped" />
          {t('chat.run.stopped')}
        </span>
      )}
      {isSettled && (
        <div className="message-facts">
          {row.atMs !== null && <time className="tabular">{time(row.atMs)}</time>}
          {row.model && <span>{plainText(row.model)}</span>}
          {hasUsage && (
            <span className="tabular">
              {t('chat.usage', { input: number(usage.input), output: number(usage.output) })}
            </span>
          )}
          {text !== '' && !row.cut && <CopyButton text={text} label={t('chat.copyMessage')} />}
          {children}
        </div>
      )}
    </footer>
  );
}

type Part =
  | { kind: 'text'; key: string; text: string }
  | (MediaSegment & { key: string })
  | { kind: 'tools'; key: string; tools: readonly ToolUse[] };

/** Tools that follow each other become one part. */
function partsOf(segments: readonly Segment[]): readonly Part[] {
  const parts: Part[] = [];
  for (const [at, segment] of segments.entries()) {
    const last = parts.at(-1);
    if (segment.kind !== 'tool') parts.push({ ...segment, key: `${segment.kind}-${at}` });
    else if (last?.kind === 'tools') {
      parts[parts.length - 1] = { ...last, tools: [...last.tools, segment.tool] };
    } else parts.push({ kind: 'tools', key: segment.tool.id, tools: [segment.tool] });
  }
  return parts;
}
