import type { SessionProjectionEntry, SessionProjectionRun } from '@openclaw/gateway-client/browser';
import { type Artifact, mediaSegment } from './artifact.ts';
import type { Activity, Calls } from './chat-state.ts';
import type { Delivery, OutboxItem } from './outbox.ts';
import { messageText, nestedTool, readTranscriptRow, type TranscriptRow, type Usage } from './payloads.ts';
import { type Segment, streamedSegments } from './segments.ts';
import { noDetail, readToolResult, withWritten } from './tool-details.ts';

/** Messages in a row that came cut, by their ids; absent where all came whole. */
export type CutIds = readonly string[];

export type UserRow = {
  kind: 'user';
  key: string;
  cut?: CutIds;
  /** Of the transcript's row, to take the conversation back to; null before it holds one. */
  entryId: string | null;
  text: string;
  atMs: number | null;
  attachments: readonly string[];
  /** What the transcript has of them to draw. */
  pictures: readonly Artifact[];
  /** Under which this page may remember what it sent. */
  sendId: string | null;
  /** `held`: the Gateway has it, and takes it up later. Null once the transcript holds it. */
  delivery: Delivery | 'held' | null;
  error: OutboxItem['error'];
};

export type AssistantRow = {
  kind: 'assistant';
  key: string;
  runId: string | null;
  atMs: number | null;
  segments: readonly Segment[];
  status: 'working' | 'done' | 'stopped';
  activity: Activity | null;
  cut?: CutIds;
  /** Which model answered; absent where nobody said. */
  model?: string | null;
  usage?: Usage | null;
  /** Written into the conversation by a program, not by a model. */
  isInjected?: boolean;
};

/** A line of the Gateway's own. */
type NoteRow = { kind: 'note'; key: string; text: string; atMs: number | null; cut?: CutIds };

export type FailureRow = { kind: 'failure'; key: string; text: string; atMs: number | null };
type ResetRow = { kind: 'reset'; key: string; atMs: number | null };
export type ChatRow = UserRow | AssistantRow | FailureRow | ResetRow | NoteRow;

/** The last row before that place that has a time; nearly every row has one. */
export function timedRowBefore(rows: readonly ChatRow[], place: number): ChatRow | null {
  let at = place - 1;
  while (rows[at]?.atMs === null) at -= 1;
  return rows[at] ?? null;
}

/** The run an answer's row belongs to; null for rows that stand alone. */
export function answerRunId(entry: SessionProjectionEntry): string | null {
  const role = entry.identity?.role;
  if (role === 'user' || role === 'system') return null;
  return entry.identity?.runId ?? null;
}

/** Of the message that a person sent; the run that answers it has the same. */
export function sendIdOf(entry: SessionProjectionEntry): string | null {
  return entry.pendingRunId ?? entry.identity?.sendId ?? null;
}

/** `item`: where it waits to be sent, or for its run's end. `at` names a row that has no other name. */
export function userRow(
  entry: SessionProjectionEntry,
  row: TranscriptRow,
  { item, isHeld = false }: { item?: OutboxItem; isHeld?: boolean },
  at: number,
): UserRow {
  const sendId = sendIdOf(entry);
  return {
    kind: 'user',
    key: `user:${sendId ?? entry.identity?.id ?? at}`,
    entryId: entry.pending ? null : (entry.identity?.id ?? null),
    text: rowText(row),
    atMs: row.atMs,
    attachments: row.media,
    pictures: row.blocks.flatMap((block) => {
      const media = mediaSegment(block);
      return media?.kind === 'artifact' && media.artifact.kind === 'picture' ? [media.artifact] : [];
    }),
    sendId,
    delivery: isHeld ? 'held' : (item?.delivery ?? null),
    error: item?.error ?? null,
    ...cutOf([row]),
  };
}

/** The answer of a run, and what it failed of. */
export function runRows(
  runId: string,
  entries: readonly SessionProjectionEntry[],
  run: SessionProjectionRun | undefined,
  activity: Activity | null,
  calls: Calls = {},
): ChatRow[] {
  const rows = entries.flatMap((entry) => readTranscriptRow(entry.message) ?? []);
  const texts = entries.filter((entry) => messageText(entry.message) !== '' && isAnswer(entry));
  const isWorking = activity !== null || run?.status === 'streaming';
  const cut = cutOf(rows);
  const isSettled = texts.length > 0 && texts.every((entry) => !entry.live) && !cut.cut;
  const streamed = messageText(run?.message);

  const written = rowSegments(rows, isWorking).map((segment) => withLive(segment, activity));
  const missing = missingTools(written, activity);
  const hasHeard = streamed !== '' || Object.values(calls).some(({ remark }) => remark !== null);
  const segments =
    hasHeard && (isWorking || !isSettled)
      ? streamedSegments(streamed, [...writtenOrLast(written, rows, run), ...missing], calls)
      : [...written, ...missing];

  const lastAtMs =
    rows.at(-1)?.atMs ?? readTranscriptRow(run?.message)?.atMs ?? activity?.startedAtMs ?? null;
  const result: ChatRow[] = [];
  const isStopped = run?.status === 'aborted' || rows.some((row) => row.aborted);
  if (segments.length > 0 || isWorking || run?.status === 'aborted' || cut.cut) {
    result.push({
      kind: 'assistant',
      key: `run:${runId}`,
      runId,
      atMs: lastAtMs,
      segments: segments.map((segment) => withDuration(segment, calls)),
      status: isWorking ? 'working' : isStopped ? 'stopped' : 'done',
      activity,
      ...cut,
      ...answerFacts(rows, run),
    });
  }
  const failed = rows.find(isFailure) ?? (isStopped ? null : failedAnswer(rows, run));
  const hasFailed = run?.status === 'error' || run?.status === 'timeout' || failed;
  if (hasFailed && !isWorking) {
    const text = readableError(run?.errorMessage ?? (failed ? reasonOf(failed) : ''));
    result.push({ kind: 'failure', key: `failure:${runId}`, text, atMs: failed?.atMs ?? lastAtMs });
  }
  return result;
}

function cutOf(rows: readonly TranscriptRow[]): { cut?: CutIds } {
  const cut = rows.flatMap(({ cutId }) => cutId ?? []);
  return cut.length === 0 ? {} : { cut: [...new Set(cut)] };
}

function isAnswer(entry: SessionProjectionEntry): boolean {
  return entry.identity?.role === 'assistant';
}

/** Rows without a run: imported ones, notes, resets. */
export function looseRows(entry: SessionProjectionEntry, row: TranscriptRow, at: number): ChatRow[] {
  const key = `row:${entry.identity?.id ?? entry.identity?.sequence ?? at}`;
  const { atMs } = row;
  if (row.kind === 'reset') return [{ kind: 'reset', key, atMs }];
  const failure: FailureRow = {
    kind: 'failure',
    key: `failure:${key}`,
    text: readableError(reasonOf(row)),
    atMs,
  };
  if (isFailure(row)) return [failure];
  const cut = cutOf([row]);
  if ((row.role === 'system' || row.role === 'custom') && (rowText(row).trim() !== '' || cut.cut)) {
    return [{ kind: 'note', key, text: rowText(row), atMs, ...cut }];
  }
  if (row.role !== 'assistant') return [];
  const segments = rowSegments([row], false);
  const failures = row.failure === null ? [] : [failure];
  if (segments.length === 0 && !cut.cut) return failures;
  const status = row.aborted ? 'stopped' : 'done';
  const facts = answerFacts([row], undefined);
  return [
    { kind: 'assistant', key, runId: null, atMs, segments, status, activity: null, ...cut, ...facts },
    ...failures,
  ];
}

const injectedModel = 'gateway-injected';

/** What a person may want to know about an answer: the model, and the tokens of all its calls together. */
function answerFacts(
  rows: readonly TranscriptRow[],
  run: SessionProjectionRun | undefined,
): Pick<AssistantRow, 'model' | 'usage' | 'isInjected'> {
  const live = readTranscriptRow(run?.message);
  const known = rows.length > 0 ? rows : live ? [live] : [];
  // What a stopped run had said is written by the Gateway in its own name, and is no program's note.
  const named = known.filter((row) => !(row.aborted && row.model === injectedModel));
  const models = named.flatMap((row) => (row.role === 'assistant' && row.model ? [row.model] : []));
  const usages = named.flatMap((row) => (row.usage ? [row.usage] : []));
  const isInjected = models.includes(injectedModel);
  return {
    model: isInjected ? null : (models.at(-1) ?? null),
    usage:
      usages.length === 0 || isInjected
        ? null
        : {
            input: usages.reduce((sum, usage) => sum + usage.input, 0),
            output: usages.reduce((sum, usage) => sum + usage.output, 0),
          },
    isInjected,
  };
}

/** Of rows that are none of a conversation's own (openclaw 2026.9.6); others have something to tell, or nothing. */
const failures = new Set(['run-failed-before-reply', 'cloud-workspace-recovery-failed']);

function isFailure({ customType }: TranscriptRow): boolean {
  return customType !== null && failures.has(customType);
}

/** What the run failed of, where its last words say so: what came after a failure has mended it. */
function failedAnswer(
  rows: readonly TranscriptRow[],
  run: SessionProjectionRun | undefined,
): TranscriptRow | null {
  const last = rows.findLast(({ role }) => role === 'assistant');
  return last && last.failure !== null && run?.status !== 'completed' ? last : null;
}

function reasonOf(row: TranscriptRow): string {
  return row.failure ?? rowText(row);
}

/** `isWorking`: a tool without a result is still running; afterwards its result just was not told. */
function rowSegments(rows: readonly TranscriptRow[], isWorking: boolean): Segment[] {
  const results = new Map(rows.flatMap(resultsIn));
  const last = rows.findLast(({ role }) => role === 'assistant');
  return rows.flatMap((row): Segment[] => {
    if (row.role !== 'assistant' && row.customType !== nestedTool) return [];
    const segments = row.blocks.flatMap((block): Segment[] => {
      // The next attempt has said it again.
      if (block.type === 'text' && row.failure !== null && row !== last) return [];
      if (block.type === 'text' && block.text?.trim()) return [{ kind: 'text', text: block.text }];
      const media = mediaSegment(block);
      if (media) return [media];
      if (block.type !== 'toolCall' || !block.id) return [];
      const result = results.get(block.id);
      const isError = result?.isError;
      const status = isError === true ? 'failed' : isError === undefined && isWorking ? 'running' : 'done';
      const name = block.name ?? '';
      const args = block.arguments ?? null;
      const detail = { ...noDetail, args, ...(result && readToolResult(result, { name, args })) };
      return [{ kind: 'tool', tool: { id: block.id, name, title: name, status, detail } }];
    });
    return [...segments, ...row.media.map((name): Segment => ({ kind: 'image', name }))];
  });
}

type CallResult = { content: readonly unknown[]; details: unknown; isError: boolean };

/** Results of calls that a row holds, by the ids of the calls. */
export function resultsIn(row: TranscriptRow): [callId: string, result: CallResult][] {
  if (row.toolCallId) {
    return [[row.toolCallId, { content: row.blocks, details: row.details, isError: row.isError }]];
  }
  if (row.customType !== nestedTool) return [];
  return row.blocks.flatMap((block): [string, CallResult][] => {
    const { type, toolCallId, content = [], isError = false } = block;
    return type === 'toolResult' && toolCallId ? [[toolCallId, { content, details: null, isError }]] : [];
  });
}

/** Before a row of an answer is written, its files stand in what was streamed last. */
function writtenOrLast(
  written: readonly Segment[],
  rows: readonly TranscriptRow[],
  run: SessionProjectionRun | undefined,
): readonly Segment[] {
  const last = readTranscriptRow(run?.message);
  if (!last || rows.some((row) => row.role === 'assistant')) return written;
  return [...written, ...rowSegments([last], false).filter(({ kind }) => kind !== 'text')];
}

/** While a run goes on, its events know more of its tools than the transcript. */
function withLive(segment: Segment, activity: Activity | null): Segment {
  if (segment.kind !== 'tool') return segment;
  const tool = activity?.tools.find(({ id }) => id === segment.tool.id);
  if (!tool) return segment;
  const detail = withWritten(tool.detail ?? noDetail, segment.tool.detail ?? noDetail);
  return { kind: 'tool', tool: { ...tool, detail } };
}

function withDuration(segment: Segment, calls: Calls): Segment {
  if (segment.kind !== 'tool') return segment;
  const { id, detail = noDetail } = segment.tool;
  const durationMs = detail.durationMs ?? calls[id]?.tookMs ?? null;
  return { kind: 'tool', tool: { ...segment.tool, detail: { ...detail, durationMs } } };
}

function missingTools(segments: readonly Segment[], activity: Activity | null): Segment[] {
  const ids = new Set(segments.map((segment) => (segment.kind === 'tool' ? segment.tool.id : null)));
  return (activity?.tools ?? []).flatMap((tool): Segment[] =>
    ids.has(tool.id) ? [] : [{ kind: 'tool', tool }],
  );
}

function rowText(row: TranscriptRow): string {
  return row.blocks
    .flatMap((block) => (block.type === 'text' && block.text ? [block.text] : []))
    .join('\n\n');
}

/** The Gateway's sentence without the decoration it carries for terminals. */
function readableError(text: string): string {
  return text
    .replace(/⚠️?\s*/gu, '')
    .replace(/^Agent failed before reply:\s*/u, '')
    .replace(/\nTo view logs[\s\S]*$/u, '')
    .trim();
}
