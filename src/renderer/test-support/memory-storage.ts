import type { CachedTranscript, ChatStorage, DraftFile, StoredChat } from '../stores/chat/chat-storage.ts';
import { afterReload, type Outbox, type OutboxAttachment } from '../stores/chat/outbox.ts';

export type MemoryStorage = ChatStorage & {
  /** What the next page would find, at once. */
  found(): StoredChat;
};

/** The same promises as the real one, without a disk. For tests of what is built on it. */
export function createMemoryStorage(): MemoryStorage {
  const drafts = new Map<string, string>();
  const draftFiles = new Map<string, readonly DraftFile[]>();
  const outboxes = new Map<string, Outbox>();
  const pictures = new Map<string, { place: string; files: readonly OutboxAttachment[] }>();
  const shown = new Map<string, string>();
  const transcripts = new Map<string, CachedTranscript>();
  const lists = new Map<string, readonly unknown[]>();
  const found = () => ({
    isKept: true,
    drafts: Object.fromEntries(drafts),
    draftFiles: Object.fromEntries(draftFiles),
    outboxes: Object.fromEntries([...outboxes].map(([place, outbox]) => [place, afterReload(outbox)])),
    shown: Object.fromEntries(shown),
  });
  return {
    found,
    load: async () => found(),
    saveOutbox: (place, _before, after) => void outboxes.set(place, after),
    saveDraft: (place, text) => void drafts.set(place, text),
    saveDraftFiles: (place, _before, after) => void draftFiles.set(place, after),
    savePictures: (place, { idempotencyKey, attachments }) =>
      void pictures.set(idempotencyKey, { place, files: attachments }),
    readPictures: async (idempotencyKey) => pictures.get(idempotencyKey)?.files ?? [],
    saveShown: (scope, session) => void shown.set(scope, session),
    settled: async () => undefined,
    readTranscript: async (place) => transcripts.get(place) ?? null,
    saveTranscript: (place, transcript) => void transcripts.set(place, transcript),
    readList: async (scope) => lists.get(scope) ?? [],
    saveList: (scope, rows) => void lists.set(scope, rows),
    forget(place) {
      drafts.delete(place);
      draftFiles.delete(place);
      transcripts.delete(place);
      for (const [key, of] of pictures) if (of.place === place) pictures.delete(key);
    },
  };
}
