import { ChevronRight } from 'lucide-react';
import { memo, useMemo } from 'react';
import { type MediaSegment, withNames } from '../../stores/chat/artifact.ts';
import { hasFailed, type ToolUse } from '../../stores/chat/chat-state.ts';
import { argumentsOf, noDetail } from '../../stores/chat/tool-details.ts';
import { type MessageKey, useI18n } from '../../ui/i18n.tsx';
import { Code } from '../../ui/markdown/code.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';
import { StateShape } from '../../ui/state-shape.tsx';
import { useNow } from '../../ui/use-time.ts';
import { Folded } from './folded.tsx';
import { formatDuration } from './format-duration.ts';
import { Media } from './media.tsx';
import { useOpenWhereFound } from './open-cards.ts';
import { useFocusKept } from './use-focus-kept.ts';

const maxReasonChars = 200;

type ToolCardProps = { tool: ToolUse; onOpenLink: (url: string) => boolean };
type FocusLost = { onFocusLost: () => void };

/** One tool call: what it was given, what it gave back, how it ended. The inside is drawn when it is opened. */
export const ToolCard = memo(function ToolCard(props: ToolCardProps & FocusLost) {
  const { tool, onOpenLink, onFocusLost } = props;
  const [isOpen, setIsOpen] = useOpenWhereFound(tool.id, tool);
  const card = useFocusKept<HTMLDetailsElement>(onFocusLost);
  const isFailed = hasFailed(tool);
  const reason = isFailed && !isOpen ? lastLine(tool.detail?.output ?? '') : '';
  return (
    <details
      ref={card}
      className="tool"
      open={isOpen}
      data-status={isFailed ? 'failed' : tool.status}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary>
        <ChevronRight size={14} aria-hidden="true" />
        <StateShape kind={tool.status === 'running' ? 'working' : isFailed ? 'stopped' : 'good'} />
        <span className="tool-title">{plainText(titleOf(tool))}</span>
        <ToolState tool={tool} />
        {reason !== '' && <span className="tool-reason">{reason}</span>}
      </summary>
      {isOpen && <ToolBody tool={tool} onOpenLink={onOpenLink} />}
    </details>
  );
});

/** A call of the past has no title but the tool's name, and many have the same: the command tells them apart. */
function titleOf({ title, name, detail }: ToolUse): string {
  if (title !== '' && title !== name) return title;
  const args = detail?.args;
  const command = typeof args === 'object' && args !== null && 'command' in args ? args.command : null;
  const [line = ''] = typeof command === 'string' ? command.trim().split('\n', 1) : [];
  return line === '' ? name : `${name} ${line}`;
}

function ToolState({ tool }: { tool: ToolUse }) {
  const { t } = useI18n();
  const { exitCode, durationMs, startedAtMs, media } = tool.detail ?? noDetail;
  const pictures = media.filter(isPicture).length;
  const isRunning = tool.status === 'running';
  const now = useNow(isRunning && startedAtMs !== null);
  const tookMs = isRunning && startedAtMs !== null ? Math.max(0, now - startedAtMs) : durationMs;
  const words = [
    exitCode !== null && exitCode !== 0
      ? t('chat.tool.exitCode', { code: exitCode })
      : t(stateKeys[tool.status]),
    ...(pictures === 0 ? [] : [t('chat.tool.pictures', { count: pictures })]),
    ...(tookMs === null ? [] : [formatDuration(tookMs, t)]),
  ];
  return <span className="tool-state tabular">{words.join(' · ')}</span>;
}

const stateKeys = {
  running: 'chat.toolRunning',
  done: 'chat.toolDone',
  failed: 'chat.toolFailed',
} as const satisfies Record<ToolUse['status'], MessageKey>;

function isPicture(segment: MediaSegment): boolean {
  return segment.kind === 'artifact' ? segment.artifact.kind === 'picture' : segment.kind !== 'lost';
}

function ToolBody({ tool, onOpenLink }: ToolCardProps) {
  const { t } = useI18n();
  const { args, output, media, cwd } = tool.detail ?? noDetail;
  const shown = useMemo(
    () => withNames(media, tool.name).map((segment, at) => ({ key: `${segment.kind}-${at}`, segment })),
    [media, tool.name],
  );
  const given = argumentsOf(args);
  const isEmpty = !given && (output ?? '') === '' && media.length === 0;
  return (
    <div className="tool-body">
      {cwd !== null && <p className="tool-cwd mono">{plainText(cwd)}</p>}
      {given && (
        <Code text={plainText(given.text)} language={given.language} title={t('chat.tool.arguments')} />
      )}
      {output !== null && output !== '' && (
        <Output text={plainText(output)} showsEnd={tool.status === 'running' || hasFailed(tool)} />
      )}
      {shown.map(({ key, segment }) => (
        <Media key={key} segment={segment} onOpenLink={onOpenLink} />
      ))}
      {isEmpty && <p className="tool-nothing">{t('chat.tool.nothing')}</p>}
    </div>
  );
}

/** From its end, where a command says how it went. */
function Output({ text, showsEnd }: { text: string; showsEnd: boolean }) {
  const { t } = useI18n();
  return (
    <Folded text={text} from="end">
      {(part, isCut) => (
        <Code
          text={part}
          whole={() => text}
          language=""
          title={t(isCut ? 'chat.tool.outputEnd' : 'chat.tool.output')}
          showsEnd={showsEnd || isCut}
        />
      )}
    </Folded>
  );
}

function lastLine(output: string): string {
  const line = plainText(output.slice(-4000)).trimEnd().split('\n').at(-1)?.trim() ?? '';
  return line.length > maxReasonChars ? `${line.slice(0, maxReasonChars)}…` : line;
}
