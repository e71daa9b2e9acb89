import { openClient } from './client.ts';
import type { Running } from './sides.ts';

export const seeded = {
  sessionKey: 'agent:main:bench',
  sessions: 115,
  /** How many `sessions.list` is asked for: their rows are longer, and both answers shall have about 74 KB. */
  listed: { ours: 115, theirs: 60 },
  messages: 200,
  charactersPerMessage: 750,
};

/** What one call of each reading method returns, in bytes. */
export type Sizes = { readonly list: number; readonly history: number };

export const listParams = (side: 'ours' | 'theirs') => ({ limit: seeded.listed[side] });
export const historyParams = { sessionKey: seeded.sessionKey, limit: seeded.messages };

/** Fills a Gateway through its own methods and proves that all of it is there. */
export async function seed(server: Running, side: 'ours' | 'theirs'): Promise<Sizes> {
  const client = await openClient(server);
  try {
    for (let index = 1; index < seeded.sessions; index++) {
      const key = `agent:main:bench-${index}`;
      await client.request('sessions.create', { key, label: `Session number ${index} of the bench` });
    }
    await client.request('sessions.create', { key: seeded.sessionKey, label: 'The bench' });
    for (let index = 0; index < seeded.messages; index++) {
      const message = `Message ${index}: ${'what was said here '.repeat(60)}`.slice(
        0,
        seeded.charactersPerMessage,
      );
      await client.request('chat.inject', { sessionKey: seeded.sessionKey, message });
    }
    const list = await client.request('sessions.list', listParams(side));
    const history = await client.request('chat.history', historyParams);
    expectCount('sessions', payloadOf(list).sessions, seeded.listed[side]);
    expectCount('messages', payloadOf(history).messages, seeded.messages);
    return { list: list.length, history: history.length };
  } finally {
    client.close();
  }
}

const payloadOf = (answer: Buffer) =>
  (JSON.parse(answer.toString()) as { payload: Record<string, unknown[] | undefined> }).payload;

function expectCount(what: string, list: unknown[] | undefined, count: number): void {
  if (list?.length !== count) throw new Error(`${list?.length} ${what} instead of ${count}`);
}
