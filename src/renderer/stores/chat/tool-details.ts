import { z } from 'zod';
import { type MediaSegment, mediaSegment } from './artifact.ts';
import { readBlocks } from './payloads.ts';

/** What a tool was given and what it gave back, as far as the Gateway told. */
export type ToolDetail = {
  args: unknown;
  /** While the tool runs, the text so far; it begins with `…` where only its end is known. */
  output: string | null;
  /** `output` is what the call ended with. */
  isOutputFinal: boolean;
  /** Pictures and files that it gave back. */
  media: readonly MediaSegment[];
  exitCode: number | null;
  durationMs: number | null;
  cwd: string | null;
  startedAtMs: number | null;
};

export const noDetail: ToolDetail = {
  args: null,
  output: null,
  isOutputFinal: false,
  media: [],
  exitCode: null,
  durationMs: null,
  cwd: null,
  startedAtMs: null,
};

const text = z.string().nullish().catch(null);
const count = z.number().nullish().catch(null);

const resultSchema = z
  .looseObject({
    content: z.array(z.unknown()).optional().catch(undefined),
    details: z
      .looseObject({ exitCode: count, durationMs: count, cwd: text, aggregated: text, tail: text })
      .nullish()
      .catch(null),
  })
  .nullish()
  .catch(null);

const eventSchema = z.looseObject({
  phase: text,
  args: z.unknown().optional(),
  output: text,
  exitCode: count,
  durationMs: count,
  cwd: text,
  startedAt: count,
  endedAt: count,
  partialResult: resultSchema,
  result: resultSchema,
});

/** Streams of the `agent` event that tell about a tool call. `tool` comes only to who sent the message. */
export function isToolStream(stream: string): boolean {
  return stream === 'tool' || stream === 'command_output' || stream === 'item';
}

/**
 * Folds one `agent` event into what is known. While a call runs, each tells the text so far anew, or the end of it: the
 * real Gateway sends the last 2 000 characters of what a command wrote. A repeat changes nothing. How it ended is told
 * twice, and either may be cut.
 */
export function withToolEvent(known: ToolDetail, data: unknown, toolName: string): ToolDetail {
  const parsed = eventSchema.safeParse(data);
  if (!parsed.success) return known;
  const event = parsed.data;
  const args = event.args ?? known.args;
  const call = event.result ? { name: toolName, args } : null;
  const result = readToolResult(event.result ?? event.partialResult, call);
  const isEnd = event.phase === 'end' || event.phase === 'result';
  const output = event.output ?? result.output;
  const isOfCommand = typeof (event.output ?? event.partialResult?.details?.tail) === 'string';
  const took = event.startedAt && event.endedAt ? event.endedAt - event.startedAt : null;
  return {
    args,
    output: isEnd ? withEnd(known, output) : withUpdate(known, output, isOfCommand),
    isOutputFinal: known.isOutputFinal || (isEnd && output !== null),
    media: result.media.length > 0 ? result.media : known.media,
    exitCode: event.exitCode ?? result.exitCode ?? known.exitCode,
    durationMs: event.durationMs ?? result.durationMs ?? known.durationMs ?? took,
    cwd: event.cwd ?? result.cwd ?? known.cwd,
    startedAtMs: event.startedAt ?? known.startedAtMs,
  };
}

type Call = { name: string; args: unknown };

/**
 * The result of a tool as events (`result`) and transcript rows (`content`, `details`) carry it; `call` is null while
 * the output may go on.
 */
export function readToolResult(
  result: unknown,
  call: Call | null,
): Pick<ToolDetail, 'output' | 'media' | 'exitCode' | 'durationMs' | 'cwd'> {
  const parsed = resultSchema.safeParse(result);
  const { content, details } = (parsed.success && parsed.data) || {};
  const blocks = readBlocks(content ?? []);
  const written = blocks.flatMap((block) => (block.text ? [block.text] : [])).join('\n');
  return {
    output: written || details?.aggregated || null,
    media: blocks.flatMap((block) => mediaSegment(block) ?? []),
    exitCode: details?.exitCode ?? (call && writtenExitCode(written, call)),
    durationMs: details?.durationMs ?? null,
    cwd: details?.cwd ?? null,
  };
}

/** How the real Gateway ends the output of what ran a command (openclaw 2026.9.6, observed and read). */
const commandEnd = /(?:^|\n)\(Command exited with code (-?\d+)\)$/;
const processEnd = /\n\nProcess exited with code (-?\d+)\.$/;

/** The real Gateway's transcripts have no `details`: an exit code stands under the output there, and nowhere else. */
function writtenExitCode(output: string, { name, args }: Call): number | null {
  const end = name === 'exec' || name === 'bash' ? commandEnd : isPoll(name, args) ? processEnd : null;
  const code = end?.exec(output)?.[1];
  return code === undefined ? null : Number(code);
}

/** Other actions of `process` give what the program wrote, and nothing of the Gateway's. */
function isPoll(name: string, args: unknown): boolean {
  return (
    name === 'process' &&
    typeof args === 'object' &&
    args !== null &&
    'action' in args &&
    args.action === 'poll'
  );
}

/** What events told, and what the transcript has: it may lack details, but it knows where the pictures are. */
export function withWritten(heard: ToolDetail, written: ToolDetail): ToolDetail {
  const isUnsent = heard.media.some(({ kind }) => kind === 'unsent');
  return {
    ...heard,
    args: heard.args ?? written.args,
    output: heard.isOutputFinal ? longer(heard.output, written.output) : (written.output ?? heard.output),
    exitCode: heard.exitCode ?? written.exitCode,
    media: written.media.length > 0 && (isUnsent || heard.media.length === 0) ? written.media : heard.media,
  };
}

function withEnd({ output, isOutputFinal }: ToolDetail, ended: string | null): string | null {
  return isOutputFinal ? longer(output, ended) : (ended ?? output);
}

/** Two texts that begin with this many same characters tell the same output from its beginning. */
const sameStartChars = 200;
/** Fewer may be the same by chance. */
const minOverlapChars = 40;
const maxJoinedChars = 200_000;

/** The newest wins; the end of a command's output is joined to what is known where the two meet. */
function withUpdate(known: ToolDetail, update: string | null, isOfCommand: boolean): string | null {
  const { output } = known;
  if (known.isOutputFinal || update === null) return output;
  if (output === null || !isOfCommand || update.startsWith(output.slice(0, sameStartChars))) return update;
  if (output.endsWith(update)) return output;
  const end = output.slice(-update.length);
  const seed = update.slice(0, minOverlapChars);
  let at = seed.length < minOverlapChars ? -1 : end.indexOf(seed);
  while (at >= 0 && !update.startsWith(end.slice(at))) at = end.indexOf(seed, at + 1);
  if (at < 0) return `…${update}`;
  const joined = output + update.slice(end.length - at);
  return joined.length > maxJoinedChars ? `…${joined.slice(-maxJoinedChars)}` : joined;
}

function longer(left: string | null, right: string | null): string | null {
  return (right?.length ?? 0) > (left?.length ?? 0) ? right : left;
}

/** A lone command reads as what it is; everything else as JSON. Null where there is nothing to show. */
export function argumentsOf(args: unknown): { text: string; language: string } | null {
  if (args === null || args === undefined) return null;
  if (typeof args === 'string') return args === '' ? null : { text: args, language: '' };
  const entries = Object.entries(args);
  if (entries.length === 0) return null;
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === 'command' && typeof only[1] === 'string') {
    return { text: only[1], language: 'bash' };
  }
  return { text: JSON.stringify(args, null, 2), language: 'json' };
}
