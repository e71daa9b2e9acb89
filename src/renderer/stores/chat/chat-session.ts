import {
  GatewayProtocolRequestError,
  GatewayProtocolRequestTimeoutError,
} from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { type AppError, appError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import { joinPages, leavesHole } from './chat-history.ts';
import type { ChatModelEvent } from './chat-model.ts';
import type { ChatModel } from './chat-state.ts';
import { nextToSend, type OutboxAttachment } from './outbox.ts';
import { type ChatHistory, historySchema } from './payloads.ts';
import { requestError } from './refusal.ts';
import { createWholeReader } from './whole-messages.ts';

/** More than fills a screen, less than makes the first drawing slow; earlier pages are read on request. */
const historyLimit = 100;
/** The most that one may ask for (protocol 4). Unasked, the real Gateway cuts texts after 8 000 characters. */
const maxChars = 500_000;
/** The most that Gateways give at once (protocol 4), for those who need all of it: every page costs as much as all before it. */
const wholeLimit = 1000;
/** What was missed while away; more than that is read when somebody asks for it. */
const maxBridgePages = 10;

export type ChatSessionOptions = {
  /** To the Gateway; rejects when it refuses, or when the connection ends first. */
  request: <T>(method: string, params: unknown) => Promise<T>;
  model: () => ChatModel;
  dispatch: (event: ChatModelEvent) => void;
  onHistoryError: (error: AppError | null) => void;
  /** The first history of this connection is there; nothing was sent yet. */
  onRecovered: () => void;
  /** Resolves when what was written is on the disk: nothing goes out that a crash could make us forget. */
  onDisk: () => Promise<void>;
  /** Carries out what was asked of the conversation before the message was written; why it came to nothing, or null. */
  makeWay: () => Promise<AppError | null>;
  clock: Clock;
};

/** The run alone, or queued ones too, whoever started them. */
export type StopScope = 'current' | 'everything';

/** What WebChat does for one session on one open connection: recover, then send. It ends with the connection. */
export type ChatSession = {
  /** Subscribes, reads history up to what is known, adopts the run in flight, then sends what waits. */
  recover(): Promise<void>;
  /** Reads history again, e.g. after a gap in the events. */
  reload(): Promise<void>;
  /**
   * A page more, or as much as comes at once; false where there is none, or it could not be read. Who asks meanwhile
   * gets what is on its way.
   */
  loadEarlier(amount: 'page' | 'most'): Promise<boolean>;
  /** Asks for messages that came cut; true where all of them are whole now. */
  readWhole(ids: readonly string[]): Promise<boolean>;
  /** Sends what waits, one after the other. Does nothing before the first history is there. */
  flush(): Promise<void>;
  /** The last row of what is shown now; null where the Gateway does not tell. */
  activeLeaf(): Promise<string | null>;
  /** Takes the conversation back to before this row; gives what it said. Rejects when the Gateway refuses. */
  rewind(entryId: string): Promise<Rewound>;
  /** Puts a branch in the place of the newest question and all after it. Rejects when the Gateway refuses. */
  bringBack(leafEntryId: string): Promise<void>;
  /** Takes back a message that waits for its turn; resolves to why it is not taken back, or null. */
  withdraw(idempotencyKey: string): Promise<AppError | null>;
  /** Resolves to the Gateway's refusal; null where it took it, or the connection ended first. */
  abort(runId: string, scope: StopScope): Promise<AppError | null>;
  end(): void;
};

export type Rewound = {
  text: string | null;
  /** The Gateway does not keep their names. */
  files: readonly OutboxAttachment[];
};

const branchesSchema = z.looseObject({
  branches: z.array(z.looseObject({ leafEntryId: z.string(), active: z.boolean() })),
});

const rewoundSchema = z.looseObject({
  editorText: z.string().nullish().catch(null),
  editorAttachments: z.array(z.looseObject({ mimeType: z.string(), data: z.string() })).catch([]),
});

export function createChatSession({
  request,
  model,
  dispatch,
  onHistoryError,
  onRecovered,
  onDisk,
  makeWay,
  clock,
}: ChatSessionOptions): ChatSession {
  let hasEnded = false;
  let hasRecovered = false;
  let isSending = false;
  let reading: Promise<void> | null = null;
  let readAgain = false;
  let readingEarlier: Promise<boolean> | null = null;

  const tell = (event: ChatModelEvent) => {
    if (!hasEnded) dispatch(event);
  };

  async function fetchHistory(params: Record<string, unknown>): Promise<ChatHistory | null> {
    try {
      const sessionKey = model().sessionKey;
      const answer = await request('chat.history', { sessionKey, limit: historyLimit, maxChars, ...params });
      if (!hasEnded) onHistoryError(null);
      return historySchema.parse(answer);
    } catch (thrown) {
      if (!hasEnded) onHistoryError(requestError(thrown, 'chat.history'));
      return null;
    }
  }

  /** The newest page, and those before it until they meet what is known: no hole stays between the two. */
  async function fetchNewest(): Promise<ChatHistory | null> {
    let history = await fetchHistory({});
    for (let page = 1; history && page < maxBridgePages && leavesHole(model(), history); page += 1) {
      const earlier = await fetchHistory({ offset: history.nextOffset });
      history = earlier && joinPages(earlier, history);
    }
    return history;
  }

  async function read(isReconnect: boolean) {
    const history = await fetchNewest();
    if (!history || hasEnded) return;
    hasRecovered = true;
    tell({ type: 'historyLoaded', history, isReconnect, atMs: clock.now() });
    if (isReconnect) onRecovered();
  }

  async function readEarlier(offset: number, amount: 'page' | 'most'): Promise<boolean> {
    const history = await fetchHistory({ offset, limit: amount === 'page' ? historyLimit : wholeLimit });
    // Before the rows are told: whoever sees them may ask for more.
    readingEarlier = null;
    if (history) tell({ type: 'earlierLoaded', history });
    return history !== null && !hasEnded;
  }

  /** One read at a time; a reason to read that comes meanwhile leads to one more. */
  function reload(): Promise<void> {
    if (reading) {
      readAgain = true;
      return reading;
    }
    reading = (async () => {
      do {
        readAgain = false;
        await read(!hasRecovered);
      } while (readAgain && !hasEnded);
      reading = null;
      await flush();
    })();
    return reading;
  }

  async function flush(): Promise<void> {
    if (isSending || !hasRecovered) return;
    isSending = true;
    while (nextToSend(model().outbox) && !hasEnded) {
      await onDisk();
      const hindrance = await makeWay();
      // It may have been taken back meanwhile.
      const item = nextToSend(model().outbox);
      if (!item || hasEnded) break;
      const { idempotencyKey, text, attachments, queueMode } = item;
      if (hindrance) {
        // One that may have arrived is no failure: what becomes of it shows with the next history.
        if (item.delivery === 'unconfirmed') break;
        tell({ type: 'sendFailed', idempotencyKey, error: hindrance });
        continue;
      }
      tell({ type: 'sendStarted', idempotencyKey });
      try {
        const answer = await request<{ status?: unknown } | undefined>('chat.send', {
          sessionKey: model().sessionKey,
          message: text,
          idempotencyKey,
          ...(attachments.length > 0 && { attachments }),
          ...(queueMode !== null && { queueMode }),
        });
        const status = typeof answer?.status === 'string' ? answer.status : null;
        tell({ type: 'sendAccepted', idempotencyKey, status, atMs: clock.now() });
      } catch (thrown) {
        if (thrown instanceof GatewayProtocolRequestError) {
          tell({ type: 'sendFailed', idempotencyKey, error: requestError(thrown, 'chat.send') });
        } else {
          tell({ type: 'sendUnconfirmed', idempotencyKey });
          isSending = false;
          // It may have arrived. Where the connection is gone, the next one asks history; here we ask at once.
          if (thrown instanceof GatewayProtocolRequestTimeoutError && !hasEnded) await reload();
          return;
        }
      }
    }
    isSending = false;
  }

  return {
    async recover() {
      const key = model().sessionKey;
      void request('sessions.messages.subscribe', { key }).catch(() => undefined);
      await reload();
    },
    reload,
    async loadEarlier(amount) {
      const offset = model().earlierOffset;
      if (offset === null || hasEnded) return false;
      readingEarlier ??= readEarlier(offset, amount);
      return readingEarlier;
    },
    readWhole: createWholeReader({ request, model, tell }),
    flush,
    async activeLeaf() {
      const { sessionKey } = model();
      // A Gateway that does not tell keeps the branch all the same.
      const answer = await request('sessions.branches.list', { sessionKey }).catch(() => null);
      const listed = branchesSchema.safeParse(answer);
      return (listed.success && listed.data.branches.find(({ active }) => active)?.leafEntryId) || null;
    },
    async rewind(entryId) {
      const answer = await request('sessions.rewind', { sessionKey: model().sessionKey, entryId });
      tell({ type: 'rewound', entryId });
      const { editorText, editorAttachments } = rewoundSchema.parse(answer ?? {});
      return {
        text: editorText ?? null,
        files: editorAttachments.map(({ mimeType, data }, at) => ({
          type: mimeType.startsWith('image/') ? 'image' : 'file',
          mimeType,
          fileName: `file-${at + 1}`,
          content: data,
        })),
      };
    },
    async bringBack(leafEntryId) {
      await request('sessions.branches.switch', { sessionKey: model().sessionKey, leafEntryId });
      // Its row may not have come yet.
      tell({ type: 'rewound', entryId: null });
      await reload();
    },
    async withdraw(idempotencyKey) {
      const params = { sessionKey: model().sessionKey, runId: idempotencyKey };
      try {
        const answer = await request<{ aborted?: unknown } | undefined>('chat.abort', params);
        if (answer?.aborted === true) return null;
        if (!hasEnded) await reload();
        return appError('MESSAGE_TAKEN_UP', 'chat.abort: nothing of that id waits');
      } catch (thrown) {
        return requestError(thrown, 'chat.abort');
      }
    },
    async abort(runId, scope) {
      const { sessionKey } = model();
      const params = scope === 'everything' ? { sessionKey } : { sessionKey, runId };
      try {
        const answer = await request<{ aborted?: unknown } | undefined>('chat.abort', params);
        // Nothing to stop: this page took an ended run for a running one.
        if (answer?.aborted === false && !hasEnded) await reload();
        return null;
      } catch (thrown) {
        // Else the run's terminal event, or the connection's end, tells how it went.
        return thrown instanceof GatewayProtocolRequestError ? requestError(thrown, 'chat.abort') : null;
      }
    },
    end() {
      hasEnded = true;
    },
  };
}
