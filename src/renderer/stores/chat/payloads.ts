import { z } from 'zod';
import { type Cut, readCut, withoutCutMark } from './cut.ts';

/**
 * The parts of the Gateway's chat payloads that WebChat reads. The Gateway sends more, and older ones less:
 * unknown fields are let through, missing ones are tolerated.
 */
const text = z.string().optional().catch(undefined);
const count = z.number().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);

/** `chat.history`, protocol 4. `messages` are oldest first. */
export const historySchema = z.looseObject({
  sessionId: text,
  messages: z.array(z.unknown()).catch([]),
  pendingInputs: z
    .looseObject({
      items: z.array(z.looseObject({ runId: text, state: text, message: z.unknown().optional() })).catch([]),
    })
    .optional()
    .catch(undefined),
  hasMore: flag,
  nextOffset: count,
  sessionInfo: z
    .looseObject({
      key: text,
      hasActiveRun: flag,
      activeRunIds: z.array(z.string()).nullish().catch(undefined),
    })
    .optional()
    .catch(undefined),
  inFlightRun: z.looseObject({ runId: z.string(), text, startedAt: count }).nullish().catch(undefined),
});
export type ChatHistory = z.infer<typeof historySchema>;

/** The `chat` event. `message` is the whole text so far; `deltaText` only what is new. */
export const chatEventSchema = z.looseObject({
  runId: z.string(),
  sessionKey: z.string(),
  seq: count,
  state: z.string(),
  phase: text,
  deltaText: text,
  replace: flag,
  message: z.unknown().optional(),
  errorMessage: text,
});
export type ChatEventPayload = z.infer<typeof chatEventSchema>;

/** The `agent` event. Only streams that tell a person what is going on are read. */
export const agentEventSchema = z.looseObject({
  runId: z.string(),
  sessionKey: text,
  stream: z.string(),
  data: z.looseObject({
    phase: text,
    kind: text,
    name: text,
    title: text,
    progressText: text,
    toolCallId: text,
    status: text,
    isError: flag,
    retryAttempt: count,
    maxRetries: count,
  }),
});
export type AgentEventPayload = z.infer<typeof agentEventSchema>;

/** The `session.message` event: one row of the transcript was written. */
export const sessionMessageSchema = z.looseObject({
  sessionKey: z.string(),
  message: z.unknown().optional(),
  messageId: z.unknown().optional(),
  messageSeq: z.unknown().optional(),
  runId: z.unknown().optional(),
  clientRunId: z.unknown().optional(),
});

export const sessionsChangedSchema = z.looseObject({ sessionKey: text, reason: text });

/** What the Gateway keeps for an answer: a picture, or a file of any kind. */
const mediaSchema = z.looseObject({
  artifactId: text,
  url: text,
  mimeType: text,
  sizeBytes: count,
  /** The same, of what stands in a tool's result. */
  bytes: count,
  /** It was there, and was left out of what was sent. */
  omitted: flag,
});

const contentBlockSchema = mediaSchema.extend({
  type: z.string(),
  text: text,
  id: text,
  name: text,
  alt: text,
  fileName: text,
  arguments: z.unknown().optional(),
  data: text,
  width: count,
  height: count,
  /** Of `attachment` (a document) and of `attachment_error` (what could not be attached). */
  attachment: mediaSchema.extend({ label: text }).optional().catch(undefined),
  /** Of the `toolResult` in a {@link nestedTool} row. */
  toolCallId: text,
  isError: flag,
  content: z.array(z.unknown()).optional().catch(undefined),
});
export type ContentBlock = z.infer<typeof contentBlockSchema>;

/** `customType` of a call that a tool made, with its result, as one row (openclaw 2026.9.6, observed). */
export const nestedTool = 'openclaw.nested-tool.v1';

const rowSchema = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.unknown())]).catch(''),
  timestamp: count,
  customType: text,
  toolCallId: text,
  toolName: text,
  isError: flag,
  details: z.unknown().optional(),
  provider: text,
  model: text,
  usage: z.looseObject({ input: count, output: count, totalTokens: count }).optional().catch(undefined),
  openclawAbort: z.unknown().optional(),
  stopReason: text,
  __openclaw: z
    .looseObject({
      kind: text,
      media: z
        .array(z.looseObject({ fileName: text, kind: text }))
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** One row of the transcript, with its content as blocks. */
export type TranscriptRow = {
  role: string;
  blocks: readonly ContentBlock[];
  atMs: number | null;
  customType: string | null;
  kind: string | null;
  /** Of a message that came cut: under which all of it can be asked for. */
  cutId: string | null;
  toolCallId: string | null;
  isError: boolean;
  aborted: boolean;
  /** Why the model's call failed, '' where nobody said; null of all else. `blocks` are then what it had said. */
  failure: string | null;
  media: readonly string[];
  /** Of a tool's result: exit code, duration, directory. */
  details: unknown;
  model: string | null;
  usage: Usage | null;
};

/** Tokens that one answer took. */
export type Usage = { input: number; output: number };

const cache = new WeakMap<object, TranscriptRow | null>();

/** Null for what is not a transcript row. The same object gives the same answer, so results can be compared. */
export function readTranscriptRow(message: unknown): TranscriptRow | null {
  if (typeof message !== 'object' || message === null) return null;
  const known = cache.get(message);
  if (known !== undefined) return known;
  const row = parseRow(message);
  cache.set(message, row);
  return row;
}

function parseRow(message: object): TranscriptRow | null {
  const parsed = rowSchema.safeParse(message);
  if (!parsed.success) return null;
  const { data } = parsed;
  const role = data.role.toLowerCase();
  const cut = readCut(message);
  const content = cut === null ? contentOf(data) : cutContentOf(cut, data);
  const hasFailed = role === 'assistant' && data.stopReason === 'error';
  const { failure, blocks } = hasFailed ? splitFailure(content) : { failure: null, blocks: content };
  return {
    role,
    blocks,
    atMs: data.timestamp ?? null,
    customType: data.customType ?? null,
    kind: data.__openclaw?.kind ?? null,
    cutId: cut?.id ?? null,
    toolCallId: data.toolCallId ?? null,
    isError: data.isError === true,
    aborted: data.openclawAbort !== undefined,
    failure,
    media: (data.__openclaw?.media ?? []).map((item) => item.fileName ?? item.kind ?? ''),
    details: data.details ?? null,
    model: data.model ?? null,
    usage: data.usage ? { input: data.usage.input ?? 0, output: data.usage.output ?? 0 } : null,
  };
}

type RowContent = Pick<z.infer<typeof rowSchema>, 'content'>;

function contentOf({ content }: RowContent): ContentBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : readBlocks(content);
}

/** What came of it, without the Gateway's own words. */
function cutContentOf({ isOmitted }: Cut, row: RowContent): ContentBlock[] {
  if (isOmitted) return [];
  return contentOf(row).map((block) =>
    block.text === undefined ? block : { ...block, text: withoutCutMark(block.text) },
  );
}

/** How the sentences begin that a Gateway puts before what a failed call had said (openclaw 2026.9.6). */
const failureSentence = new RegExp(
  `^(?:${[
    '⚠️ [^\\n]+ request failed',
    '⚠️ Agent run failed',
    '⚠️ The provider returned an unfinished tool call',
    'LLM request (?:failed|rejected|timed out)',
    'Context overflow: ',
    'The worker could not ',
    'The agent run failed before ',
    'The provider refused this request',
    'Chat stopped as a precaution',
  ].join('|')})[^\\n]*`,
  'u',
);

function splitFailure(content: readonly ContentBlock[]): {
  failure: string;
  blocks: readonly ContentBlock[];
} {
  const first = content.find(({ type }) => type === 'text');
  const failure = failureSentence.exec(first?.text ?? '')?.[0] ?? '';
  const said = first?.text?.slice(failure.length).trimStart();
  return {
    failure,
    blocks: content.map((block) => (block === first && failure !== '' ? { ...block, text: said } : block)),
  };
}

export function readBlocks(content: readonly unknown[]): ContentBlock[] {
  return content.flatMap((block) => {
    const checked = contentBlockSchema.safeParse(block);
    return checked.success ? [checked.data] : [];
  });
}

/** All text blocks of a message, as one text. */
export function messageText(message: unknown): string {
  const row = readTranscriptRow(message);
  if (!row) return '';
  return row.blocks
    .flatMap((block) => (block.type === 'text' && block.text ? [block.text] : []))
    .join('\n\n');
}
