import type { CachedTranscript, ChatStorage, StoredChat } from '../stores/chat/chat-storage.ts';
import { afterReload, type Outbox } from '../stores/chat/outbox.ts';

export type MemoryStorage = ChatStorage & {
  /** What the next page would find, at once. */
  found(): StoredChat;
};

/** The same promises as the real one, without a disk. For tests of what is built on it. */
export function createMemoryStorage(): MemoryStorage {
  const drafts = new Map<string, string>();
  const outboxes = new Map<string, Outbox>();
  const shown = new Map<string, string>();
  const transcripts = new Map<string, CachedTranscript>();
  const lists = new Map<string, readonly unknown[]>();
  const found = () => ({
    drafts: Object.fromEntries(drafts),
    outboxes: Object.fromEntries([...outboxes].map(([place, outbox]) => [place, afterReload(outbox)])),
    shown: Object.fromEntries(shown),
  });
  return {
    found,
    load: async () => found(),
    saveOutbox: (place, _before, after) => void outboxes.set(place, after),
    saveDraft: (place, text) => void drafts.set(place, text),
    saveShown: (scope, session) => void shown.set(scope, session),
    settled: async () => undefined,
    readTranscript: async (place) => transcripts.get(place) ?? null,
    saveTranscript: (place, transcript) => void transcripts.set(place, transcript),
    readList: async (scope) => lists.get(scope) ?? [],
    saveList: (scope, rows) => void lists.set(scope, rows),
    forget(place) {
      drafts.delete(place);
      transcripts.delete(place);
    },
  };
}
