import {
  type CachedTranscript,
  type ChatStorage,
  type DraftFile,
  nothingStored,
  type Rewrite,
  type StoredChat,
} from '../stores/chat/chat-storage.ts';
import { afterReload, type Outbox, type OutboxAttachment, type OutboxItem } from '../stores/chat/outbox.ts';
import type { PendingRemoval } from '../stores/sessions/session-rows.ts';

export type MemoryStorage = ChatStorage & {
  /** What the next page would find, at once. */
  found(): StoredChat;
  /** Another page is gone that left this. */
  leave(left: Partial<StoredChat>): void;
  /** A message could not be written, or all of them can again. */
  keep(isKept: boolean): void;
};

/** The same promises as the real one, without a disk. For tests of what is built on it. */
export function createMemoryStorage(): MemoryStorage {
  const drafts = new Map<string, string>();
  const draftFiles = new Map<string, readonly DraftFile[]>();
  const rewrites = new Map<string, Rewrite>();
  const removals = new Map<string, PendingRemoval>();
  /** A message has one place: the last one it was saved under. */
  const messages = new Map<string, { place: string; item: OutboxItem }>();
  const pictures = new Map<string, { place: string; files: readonly OutboxAttachment[] }>();
  const shown = new Map<string, string>();
  const transcripts = new Map<string, CachedTranscript>();
  const lists = new Map<string, readonly unknown[]>();
  const unseen = new Map<string, readonly string[]>();
  function outboxes(): Record<string, Outbox> {
    const kept = [...messages.values()].sort((left, right) => left.item.createdAtMs - right.item.createdAtMs);
    const byPlace = Object.groupBy(kept, ({ place }) => place);
    return Object.fromEntries(
      Object.entries(byPlace).map(([place, items = []]) => [
        place,
        afterReload(items.map(({ item }) => item)),
      ]),
    );
  }
  const found = () => ({
    isKept: true,
    drafts: Object.fromEntries(drafts),
    draftFiles: Object.fromEntries(draftFiles),
    rewrites: Object.fromEntries(rewrites),
    removals: Object.fromEntries(removals),
    outboxes: outboxes(),
    shown: Object.fromEntries(shown),
  });
  let listener: (left: StoredChat) => void = () => undefined;
  let tellKept: (isKept: boolean) => void = () => undefined;
  return {
    found,
    leave: (left) => listener({ ...nothingStored, ...left }),
    keep: (isKept) => tellKept(isKept),
    onDidKeep(next) {
      tellKept = next;
    },
    onDidLeave(next) {
      listener = next;
    },
    load: async () => found(),
    takeIn: async () => true,
    saveOutbox(place, before, after) {
      for (const { idempotencyKey } of before) messages.delete(idempotencyKey);
      for (const item of after) messages.set(item.idempotencyKey, { place, item });
    },
    saveDraft: (place, text) => void drafts.set(place, text),
    saveRewrite(place, rewrite) {
      if (rewrite) rewrites.set(place, rewrite);
      else rewrites.delete(place);
    },
    saveRemoval(place, removal) {
      if (removal) removals.set(place, removal);
      else removals.delete(place);
    },
    saveDraftFiles: (place, _before, after) => void draftFiles.set(place, after),
    savePictures: (place, { idempotencyKey, attachments }) =>
      void pictures.set(idempotencyKey, { place, files: attachments }),
    readPictures: async (idempotencyKey) => pictures.get(idempotencyKey)?.files ?? [],
    saveShown: (scope, session) => void shown.set(scope, session),
    settled: async () => undefined,
    readTranscript: async (place) => transcripts.get(place) ?? null,
    transcriptPlaces: async () => [...transcripts.keys()].reverse(),
    saveTranscript(place, transcript) {
      transcripts.delete(place);
      transcripts.set(place, transcript);
    },
    readList: async (scope) => lists.get(scope) ?? [],
    saveList: (scope, rows) => void lists.set(scope, rows),
    readUnseen: async (scope) => [...(unseen.get(scope) ?? [])],
    saveUnseen(scope, session, isUnseen) {
      const others = [...(unseen.get(scope) ?? [])].filter((key) => key !== session);
      unseen.set(scope, isUnseen ? [...others, session] : others);
    },
    forget(place) {
      drafts.delete(place);
      draftFiles.delete(place);
      rewrites.delete(place);
      transcripts.delete(place);
      for (const [key, of] of pictures) if (of.place === place) pictures.delete(key);
    },
  };
}
