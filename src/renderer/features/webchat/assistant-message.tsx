import { ChevronRight, ImageOff } from 'lucide-react';
import { memo, useDeferredValue } from 'react';
import type { Activity, ToolUse } from '../../stores/chat/chat-state.ts';
import type { AssistantRow, Segment } from '../../stores/chat/rows.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { type MessageKey, useI18n } from '../../ui/i18n.tsx';
import { Markdown } from '../../ui/markdown/markdown.tsx';
import { StateShape } from '../../ui/state-shape.tsx';
import { useNow } from '../../ui/use-time.ts';

type AssistantMessageProps = { row: AssistantRow; onOpenLink: (url: string) => boolean };

export const AssistantMessage = memo(function AssistantMessage({ row, onOpenLink }: AssistantMessageProps) {
  const { t, time } = useI18n();
  const isWorking = row.status === 'working';
  const who = t('chat.assistant');
  const text = row.segments.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n\n');
  return (
    <article
      className="message is-assistant"
      data-role="assistant"
      aria-label={row.atMs === null ? who : t('chat.messageAt', { who, time: time(row.atMs) })}
      aria-busy={isWorking}
    >
      {partsOf(row.segments).map((part) => {
        if (part.kind === 'tools') return <Tools key={part.key} tools={part.tools} />;
        if (part.kind === 'image') {
          return (
            <p key={part.key} className="image-placeholder">
              <ImageOff size={14} aria-hidden="true" />
              {part.name === '' ? t('chat.imageUnnamed') : t('chat.image', { name: part.name })}
            </p>
          );
        }
        return (
          <StreamedText key={part.key} text={part.text} isStreaming={isWorking} onOpenLink={onOpenLink} />
        );
      })}
      {isWorking && row.activity && <Progress activity={row.activity} hasText={text !== ''} />}
      {!isWorking && (
        <footer className="message-foot">
          {row.status === 'stopped' && (
            <span className="stopped">
              <StateShape kind="stopped" />
              {t('chat.run.stopped')}
            </span>
          )}
          {row.atMs !== null && <time className="tabular">{time(row.atMs)}</time>}
          {text !== '' && <CopyButton text={text} label={t('chat.copyMessage')} />}
        </footer>
      )}
    </article>
  );
});

/** Typing goes before drawing: a long answer is parsed when there is time for it. */
function StreamedText(props: { text: string; isStreaming: boolean; onOpenLink: (url: string) => boolean }) {
  return <Markdown {...props} text={useDeferredValue(props.text)} />;
}

type Part =
  | { kind: 'text'; key: string; text: string }
  | { kind: 'image'; key: string; name: string }
  | { kind: 'tools'; key: string; tools: readonly ToolUse[] };

/** Tools that follow each other become one line. */
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

function Tools({ tools }: { tools: readonly ToolUse[] }) {
  const { t } = useI18n();
  const current = tools.findLast((tool) => tool.status === 'running');
  return (
    <details className="tools">
      <summary>
        <ChevronRight size={14} aria-hidden="true" />
        {current ? t('chat.run.tool', { name: current.name }) : t('chat.tools', { count: tools.length })}
      </summary>
      <ul>
        {tools.map((tool) => (
          <li key={tool.id}>
            <StateShape kind={shapeOf(tool.status)} />
            <span className="mono">{tool.title}</span>
            <span className="tool-state">{t(stateKeys[tool.status])}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

const stateKeys = {
  running: 'chat.toolRunning',
  done: 'chat.toolDone',
  failed: 'chat.toolFailed',
} as const satisfies Record<ToolUse['status'], MessageKey>;

function shapeOf(status: ToolUse['status']) {
  return status === 'running' ? 'working' : status === 'done' ? 'good' : 'stopped';
}

const showSecondsFrom = 2;
const phases = [
  'preparing_workspace',
  'preparing_context',
  'starting_model',
  'retrying',
  'approval',
] as const;

/** What the run is doing, in words; the seconds show that it still does. */
function Progress({ activity, hasText }: { activity: Activity; hasText: boolean }) {
  const { t } = useI18n();
  const now = useNow(true);
  const seconds = Math.floor((now - activity.startedAtMs) / 1000);
  const phase = phases.find((known) => known === activity.phase);
  const text = phase ? t(`chat.run.${phase}`) : t(hasText ? 'chat.run.writing' : 'chat.run.waiting');
  return (
    <p className="progress">
      <StateShape kind={phase === 'approval' ? 'attention' : 'working'} />
      {/* Once it writes, the words themselves show that it goes on. */}
      {hasText && phase !== 'retrying' && phase !== 'approval' ? t('chat.run.writing') : text}
      {seconds >= showSecondsFrom && (
        <span className="tabular progress-time">{t('chat.run.seconds', { seconds })}</span>
      )}
    </p>
  );
}
