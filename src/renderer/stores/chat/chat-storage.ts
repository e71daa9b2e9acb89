import { z } from 'zod';
import { afterReload, type Outbox, outboxItemSchema } from './outbox.ts';

const KEY = 'chela.chat';

const storedSchema = z.object({
  draft: z.string(),
  /** By scope: which Gateway the message was written to. */
  outboxes: z.record(z.string(), z.array(outboxItemSchema)),
});

type StoredChat = { draft: string; outboxes: Record<string, Outbox> };

/** What was written and not yet answered, kept by this tab so that a reload loses nothing. */
export type ChatStorage = { read(): StoredChat; write(stored: StoredChat): void };

export function createChatStorage(storage: Pick<Storage, 'getItem' | 'setItem'>): ChatStorage {
  return {
    read() {
      try {
        const stored = storedSchema.parse(JSON.parse(storage.getItem(KEY) ?? ''));
        const outboxes = Object.entries(stored.outboxes).map(([scope, outbox]) => [
          scope,
          afterReload(outbox),
        ]);
        return { draft: stored.draft, outboxes: Object.fromEntries(outboxes) };
      } catch {
        return { draft: '', outboxes: {} };
      }
    },
    write(stored) {
      try {
        storage.setItem(KEY, JSON.stringify(stored));
      } catch {
        // A full or forbidden storage only costs what a reload would have brought back.
      }
    },
  };
}
