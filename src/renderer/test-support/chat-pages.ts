import { afterEach, expect, vi } from 'vitest';
import type { Snapshot } from '../../shared/contract/snapshot.ts';
import { createAppStore } from '../stores/app-store.ts';
import type { StoredChat } from '../stores/chat/chat-storage.ts';
import { createChatStore } from '../stores/chat/chat-store.ts';
import { createFakeBridge } from './fake-bridge.ts';
import { createFakeClock } from './fake-clock.ts';
import { createFakeTransports } from './fake-transport.ts';
import { createMemoryStorage } from './memory-storage.ts';
import { localSnapshot } from './snapshot.ts';

type ChatPage = ReturnType<typeof openPage>;
type Kept = ReturnType<typeof createKept>;

const opened: ChatPage[] = [];
afterEach(() => {
  for (const { chat } of opened.splice(0)) chat.actions.stop();
});

/** Pages of one browser, one after the other: a chat on the real stores, of which the test plays Gateway and bridge. */
export function createChatPages() {
  const kept = createKept();
  return {
    ...kept,
    /** `left`: what the last one left. */
    open(first: Snapshot = localSnapshot, left: StoredChat | null = kept.storage.found()): ChatPage {
      const page = openPage(first, left, kept);
      opened.push(page);
      return page;
    },
  };
}

function createKept() {
  return { storage: createMemoryStorage(), clock: createFakeClock(), ids: { last: 0 } };
}

function openPage(first: Snapshot, stored: StoredChat | null, { storage, clock, ids }: Kept) {
  const fake = createFakeBridge(first);
  const net = createFakeTransports();
  const app = createAppStore(fake.bridge);
  const chat = createChatStore({
    app,
    transports: net.transports,
    storage,
    stored,
    clock,
    newId: () => `id-${++ids.last}`,
    origin: 'http://127.0.0.1:4711',
    drawSoon: (run) => run(),
  });
  app.start();
  fake.bridge.start();
  chat.actions.start();
  const state = chat.store.getState;
  let generation = first.endpoint?.generation ?? 0;
  return {
    fake,
    net,
    chat,
    state,
    /** Hello, and the history that follows it. */
    async greet(history: Record<string, unknown> = {}, methods: readonly string[] = []): Promise<void> {
      const connection = net.last();
      connection.challenge();
      await vi.waitFor(() => connection.request('connect'));
      const [policy, features] = [{ tickIntervalMs: 30_000 }, { methods }];
      connection.reply('connect', { type: 'hello-ok', protocol: 4, policy, features });
      await vi.waitFor(() => connection.request('chat.history'));
      connection.reply('chat.history', { sessionId: 's1', messages: [], hasMore: false, ...history });
      await vi.waitFor(() => expect(state().isLoaded).toBe(true));
    },
    /** Another connection to the same Gateway, to be greeted. */
    reconnect() {
      generation += 1;
      fake.show({ ...first, endpoint: { url: 'ws://127.0.0.1:18789', generation } });
    },
    write(text: string) {
      chat.actions.setDraft(text);
      chat.actions.submit();
    },
    async attach(...files: File[]) {
      chat.actions.attach(files);
      await vi.waitFor(() => expect(state().attached.isReady).toBe(true));
    },
    sends: () =>
      net.connections.flatMap((connection) =>
        connection.requests.flatMap(({ method, params }) => (method === 'chat.send' ? [params] : [])),
      ),
    shown: () => state().rows.map((row) => (row.kind === 'user' ? [row.text, row.delivery] : row.kind)),
    /** Under which the message of that text was sent. */
    sendId(text: string): string {
      const row = state().rows.find((one) => one.kind === 'user' && one.text === text);
      if (row?.kind !== 'user' || row.sendId === null) throw new Error(`no message says ${text}`);
      return row.sendId;
    },
  };
}
