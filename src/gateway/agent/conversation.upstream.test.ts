import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstreamGateway, type UpstreamGateway } from '../../../e2e/fixtures/upstream-gateway.ts';
import { firstOfEachKind, missingIn, rowKind, withoutSession } from '../test-support/event-shapes.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { appClient, textOf } from '../test-support/talk.ts';
import {
  connect,
  type EventFrame,
  type Frame,
  isEvent,
  type TestClient,
} from '../test-support/wire-client.ts';

/** What was heard during one exchange, and what stands in the history afterwards. */
type Recording = { readonly frames: Frame[]; readonly rows: Record<string, unknown>[] };

const fixture = createFixture();
let upstream: UpstreamGateway | undefined;
const servers: ModelServer[] = [];

/** The same script for both; a real Gateway wraps the message in context of its own. */
async function scriptedModel(): Promise<ModelServer> {
  const server = await startModelServer();
  let failed = false;
  server.script = async ({ messages }, answer) => {
    // Each exchange has a session of its own, and a real Gateway adds a message after the result.
    const result = messages.findLast(({ role }) => role === 'tool');
    if (result !== undefined) return answer.write(`tool said: ${result.content}`);
    const all = messages.map(({ content }) => content).join('\n');
    const words = ['plain-answer', 'tool-call', 'slow-answer', 'fail-once', 'held-answer', 'file-answer'];
    const [word] = words.toSorted((a, b) => all.lastIndexOf(b) - all.lastIndexOf(a));
    if (word === 'tool-call') {
      answer.write('Let me use a tool.');
      answer.call('exec', { command: 'echo approved-run' });
    } else if (word === 'slow-answer') {
      answer.write('part one');
      await answer.closed;
    } else if (word === 'held-answer') {
      answer.write('part one');
      await Promise.race([held.promise, answer.closed]);
      answer.write(' part two');
    } else if (word === 'file-answer') {
      for (const piece of filePieces) {
        answer.write(piece);
        await delay(120);
      }
    } else if (word === 'fail-once' && !failed) {
      failed = true;
      answer.fail(500);
    } else answer.write('Hello there.');
  };
  servers.push(server);
  return server;
}

/** An answer with lines that attach a file, and others that only begin like one. */
const filePieces = [
  'Here',
  ' it is.\n\nMED',
  'IA:no-such',
  '-file.png',
  '\nMEDI',
  'ATE on MEDIA:that',
  ' first\n  MEDIA:',
  'none.png\n```\nMEDIA:a',
  '.png\n```\n',
  'The end.\nMEDIA:last',
  '.png',
];

/** What the model waits for in the middle of a held answer. */
let held = Promise.withResolvers<void>();

const queueModes = ['steer', 'followup', 'collect', 'interrupt'] as const;

const theirs = new Map<string, Recording>();
const ours = new Map<string, Recording>();

/**
 * Plain answer, tool call with approval, abort, error 500 with a repetition, slash command, and a second message while the
 * first is being answered, in each queue mode; and an answer that attaches files.
 */
async function converse(client: TestClient, into: Map<string, Recording>): Promise<void> {
  await client.call('sessions.subscribe', {});
  const isEnd = (runId: string) =>
    isEvent(
      'chat',
      (payload) => payload.runId === runId && ['final', 'aborted', 'error'].includes(String(payload.state)),
    );
  const exchange = async (
    name: string,
    message: string,
    during: (runId: string, sessionKey: string) => Promise<unknown> = async () => {},
    isOver: (runId: string, sessionKey: string) => (frame: Frame) => boolean = isEnd,
  ) => {
    const from = client.frames.length;
    const sessionKey = `agent:main:${name}`;
    const runId = crypto.randomUUID();
    await client.call('chat.send', { sessionKey, message, idempotencyKey: runId });
    await during(runId, sessionKey);
    await client.next(isOver(runId, sessionKey));
    await client.call('agent.wait', { runId, timeoutMs: 10_000 }).catch(() => {});
    // Whatever is told after the end was sent before the answer to this.
    await client.call('health', {});
    const { messages } = await client.call('chat.history', { sessionKey });
    const frames = client.frames
      .slice(from)
      .filter(
        (frame) =>
          frame.type === 'event' &&
          (frame.payload?.sessionKey === sessionKey || frame.event.startsWith('exec.approval')),
      );
    into.set(name, { frames, rows: messages as Record<string, unknown>[] });
  };
  await exchange('plain', 'plain-answer please');
  await exchange('tool', 'tool-call please', async () => {
    const { payload } = await client.next<EventFrame>(isEvent('exec.approval.requested'));
    await client.call('exec.approval.resolve', { id: payload.id, decision: 'allow-once' });
  });
  await exchange('abort', 'slow-answer please', async (runId) => {
    await client.next(isEvent('chat', (payload) => payload.runId === runId && payload.state === 'delta'));
    await client.call('chat.abort', { sessionKey: 'agent:main:abort', runId });
  });
  await exchange('retry', 'fail-once please');
  await exchange('slash', '/status');
  await exchange('file', 'file-answer please');
  for (const queueMode of queueModes) {
    held = Promise.withResolvers();
    await exchange(
      queueMode,
      'held-answer please',
      async (runId, sessionKey) => {
        await client.next(isEvent('chat', (payload) => payload.runId === runId && payload.state === 'delta'));
        const second = { sessionKey, message: 'plain-answer two', idempotencyKey: crypto.randomUUID() };
        const { status } = await client.call('chat.send', { ...second, queueMode });
        expect(status).toBe('started');
        // A real Gateway decides a moment after it said so.
        const waits = queueMode === 'followup' || queueMode === 'collect';
        if (waits) await client.next(isEnd(second.idempotencyKey));
        held.resolve();
      },
      // Whichever run it is that answers the second message.
      (_runId, sessionKey) =>
        isEvent(
          'chat',
          (payload) =>
            payload.sessionKey === sessionKey &&
            payload.state === 'final' &&
            textOf(payload.message).endsWith('Hello there.'),
        ),
    );
  }
}

beforeAll(async () => {
  const [theirModel, ourModel] = [await scriptedModel(), await scriptedModel()];
  upstream = await startUpstreamGateway({
    modelPort: theirModel.port,
    token: TOKEN,
    config: { tools: { exec: { mode: 'ask' } } },
  });
  const theirClient = await connect({ url: upstream.url, auth: { token: TOKEN }, ...appClient() });
  await converse(theirClient, theirs);
  theirClient.close();

  const gateway = await fixture.start({
    model: {
      providerId: 'fake',
      modelId: 'fake-1',
      baseUrl: ourModel.baseUrl,
      contextWindow: 128_000,
      input: ['text', 'image'],
    },
  });
  await converse(await fixture.connect(gateway, appClient()), ours);
}, 300_000);

afterAll(async () => {
  await fixture.cleanUp();
  await upstream?.stop();
  for (const server of servers) await server.stop();
});

/** Kinds of events that a real Gateway sends here and ours does not, with the reason. */
const kindsNotSent: Record<string, string> = {
  // Told after `lifecycle:end`: that the operation was aborted. Here a run ends once.
  'agent:lifecycle:error': 'a run ends once',
};

/** Fields that a real Gateway sends and ours does not, with the reason. A pattern stands for all that it fits. */
const fieldsNotSent: [RegExp, string][] = [
  [
    /__openclaw\.(senderIsOwner|senderId|senderIdentity|senderProfileAvatarUrl)/,
    'there are no user profiles here',
  ],
  [
    /__openclaw\.(transcriptPosition|contextFreeCommand|idempotencyKey)/,
    'bookkeeping of its transcript files',
  ],
  [
    /session\.message:assistant:text message\.(idempotencyKey|api|provider|model|usage|stopReason|responseId)/,
    'the row of an aborted or injected answer',
  ],
  [/^row:assistant:text (idempotencyKey|openclawAbort)/, 'the row of an aborted answer'],
  [/^session\.message:assistant:text runId/, 'stands in the row'],
  [/^session\.message:assistant:text activeModel/, 'whether the run is over by then is a matter of luck'],
  [/request\.unavailableDecisions/, 'every decision is available here, so the list is empty'],
  [/details\.sessionId/, 'commands do not go on in the background here'],
  [/^agent:assistant data\.replace/, 'here only said when text was taken back'],
  [
    /^chat:final message\.(stopReason|usage|api|provider|model|idempotencyKey|excludeFromContext|__openclaw)/,
    'the row of a slash command; it comes as session.message',
  ],
  [/^chat:delta replace/, 'here only said when text was taken back'],
];

const firstsOf = (recordings: Map<string, Recording>, name: string) => {
  const { frames = [] } = recordings.get(name) ?? {};
  // An interrupted run ends there with `error`, here with `end`, as every aborted one: it is the answer's that is compared.
  const isAborted = (frame: Frame) =>
    frame.type === 'event' && (frame.payload.data as { aborted?: boolean } | undefined)?.aborted === true;
  return firstOfEachKind(name === 'interrupt' ? frames.filter((frame) => !isAborted(frame)) : frames);
};

describe.each(['plain', 'tool', 'abort', 'retry', 'slash', ...queueModes])(
  'the conversation "%s" on both Gateways (R1)',
  (name) => {
    it('is told in the same kinds of events', () => {
      const their = [...firstsOf(theirs, name).keys()];
      const our = new Set(firstsOf(ours, name).keys());
      expect(their.length).toBeGreaterThan(2);
      expect(their.filter((kind) => !our.has(kind) && !(kind in kindsNotSent))).toEqual([]);
    });

    it('has every field of the real events, with its type', () => {
      const our = firstsOf(ours, name);
      const missing = [...firstsOf(theirs, name)].flatMap(([kind, payload]) => {
        const own = our.get(kind);
        if (own === undefined) return [];
        return missingIn(own, withoutSession(payload)).map((path) => `${kind} ${path}`);
      });
      expect(missing.filter((path) => !fieldsNotSent.some(([pattern]) => pattern.test(path)))).toEqual([]);
    });

    it('leaves the same rows behind', () => {
      const their = theirs.get(name)?.rows ?? [];
      const our = ours.get(name)?.rows ?? [];
      expect(our.map(rowKind)).toEqual(their.map(rowKind));
      const missing = their.flatMap((row, index) =>
        missingIn(our[index], row).map((path) => `row:${rowKind(row)} ${path}`),
      );
      expect(missing.filter((path) => !fieldsNotSent.some(([pattern]) => pattern.test(path)))).toEqual([]);
    });
  },
);

it('an answer that attaches files streams the same words as it ends with, on both Gateways (R1, R8)', () => {
  const said = 'Here it is.\n\nMEDIATE on MEDIA:that first\n```\nMEDIA:a.png\n```\nThe end.';
  for (const recordings of [theirs, ours]) {
    const { frames = [], rows = [] } = recordings.get('file') ?? {};
    const payloads = (event: string) =>
      frames.flatMap((frame) => (frame.type === 'event' && frame.event === event ? [frame.payload] : []));
    const chat = payloads('chat');
    const deltas = chat.filter(({ state }) => state === 'delta');
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.map(({ deltaText }) => deltaText).join('')).toBe(said);
    for (const { message } of deltas) expect(said.startsWith(textOf(message))).toBe(true);
    expect(textOf(chat.at(-1)?.message)).toBe(said);
    expect(textOf(rows.at(-1))).toBe(said);
    const spoken = payloads('agent').filter(({ stream }) => stream === 'assistant');
    expect(spoken.map(({ data }) => Object(data).delta).join('')).toBe(said);
  }
});

describe.each(queueModes)('a second message in mode %s (R1)', (mode) => {
  /** Each run as `first`, `second` or `other` (it got an id of its own), with what it said in the end. */
  const endings = (recordings: Map<string, Recording>) => {
    const { frames = [], rows = [] } = recordings.get(mode) ?? {};
    const sent = rows
      .filter(({ role }) => role === 'user')
      .map(({ idempotencyKey }) => String(idempotencyKey));
    const nameOf = (runId: unknown) => ['first', 'second'][sent.indexOf(`${String(runId)}:user`)] ?? 'other';
    return frames.flatMap((frame) => {
      if (frame.type !== 'event' || frame.event !== 'chat') return [];
      const { runId, state, message, stopReason } = frame.payload;
      if (!['final', 'aborted', 'error'].includes(String(state))) return [];
      return [[nameOf(runId), state, stopReason ?? null, message === undefined ? null : textOf(message)]];
    });
  };

  it('ends the same sends and runs in the same order, with the same words', () => {
    expect(endings(theirs).length).toBeGreaterThan(1);
    expect(endings(ours)).toEqual(endings(theirs));
  });
});
