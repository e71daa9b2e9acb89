import { readSessionMessageSequence } from '@openclaw/gateway-client/browser';
import type { Clock } from '../../clock.ts';
import { type ChatModelEvent, reduceChat } from './chat-model.ts';
import { type ChatModel, createChatModel } from './chat-state.ts';
import type { ChatStorage, Place, StoredChat } from './chat-storage.ts';
import { afterDisconnect } from './outbox.ts';

export type ConversationsOptions = {
  stored: StoredChat;
  storage: ChatStorage;
  clock: Clock;
  onDidChange: (place: Place, before: ChatModel, after: ChatModel, canWait: boolean) => void;
};

/** Every conversation this page knows, of every Gateway; what they hold is kept for the next page. */
export type Conversations = {
  /** Made where there is none, from what the last page left. */
  model(place: Place): ChatModel;
  /** `canWait`: the change may be drawn with the next one. */
  dispatch(place: Place, event: ChatModelEvent, canWait?: boolean): void;
  /** Those that are open or have something to send. */
  places(): readonly Place[];
  /** Paints from the cache, once, where the Gateway has not answered yet. */
  paintCached(place: Place): void;
  /** What waits to be sent waits there from now on. */
  moveOutbox(from: Place, to: Place): void;
  /** All of it but what the Gateway has not got yet. */
  forget(place: Place): void;
};

const saveDelayMs = 1000;
const maxCachedRows = 200;
const separator = '\n';

/** Stands for the Gateway's main session, whatever its key is. */
export const mainSession = 'main';

export function placeOf(scope: string, session: string): Place {
  return `${scope}${separator}${session}`;
}

export function isOfScope(place: Place, scope: string): boolean {
  return place.startsWith(scope + separator);
}

export function scopeOfPlace(place: Place): string {
  return place.slice(0, place.indexOf(separator));
}

export function sessionOf(place: Place): string {
  return place.slice(place.indexOf(separator) + 1);
}

export function createConversations(options: ConversationsOptions): Conversations {
  const { stored, storage, clock } = options;
  const models = new Map<Place, ChatModel>();
  const saves = new Set<Place>();
  const painted = new Set<Place>();
  for (const [place, outbox] of Object.entries(stored.outboxes)) {
    models.set(place, createChatModel(sessionOf(place), outbox));
  }

  function modelOf(place: Place): ChatModel {
    const known = models.get(place);
    if (known) return known;
    const created = createChatModel(sessionOf(place));
    models.set(place, created);
    return created;
  }

  function saveSoon(place: Place) {
    if (saves.has(place)) return;
    saves.add(place);
    clock.after(saveDelayMs, () => {
      saves.delete(place);
      const model = models.get(place);
      if (model?.isLoaded) storage.saveTranscript(place, cacheOf(model));
    });
  }

  /** Of a message that was taken up, and can't be taken back any more. */
  function keepPictures(place: Place, before: ChatModel, after: ChatModel) {
    if (before.outbox === after.outbox && before.held === after.held) return;
    const waiting = new Set([...after.outbox, ...after.held].map(({ idempotencyKey }) => idempotencyKey));
    for (const item of [...before.outbox, ...before.held]) {
      if (!waiting.has(item.idempotencyKey)) storage.savePictures(place, item);
    }
  }

  function dispatch(place: Place, event: ChatModelEvent, canWait = false) {
    const before = modelOf(place);
    const after = reduceChat(before, event);
    if (after === before) return;
    models.set(place, after);
    if (event.type !== 'discarded') keepPictures(place, before, after);
    if (after.outbox !== before.outbox) storage.saveOutbox(place, before.outbox, after.outbox);
    if (!canWait && after.projection !== before.projection) saveSoon(place);
    options.onDidChange(place, before, after, canWait);
  }

  return {
    model: modelOf,
    dispatch,
    places: () => [...models.keys()],
    paintCached(place) {
      if (painted.has(place) || modelOf(place).isLoaded) return;
      painted.add(place);
      void storage.readTranscript(place).then((cached) => {
        if (cached) dispatch(place, { type: 'cacheLoaded', cached });
      });
    },
    moveOutbox(from, to) {
      const { outbox } = modelOf(from);
      models.delete(from);
      // A message has one place on the disk: the last one it was saved under.
      for (const item of outbox) dispatch(to, { type: 'submitted', item });
    },
    forget(place) {
      const { outbox } = modelOf(place);
      const left = afterDisconnect(outbox.filter(({ delivery }) => delivery !== 'accepted'));
      models.delete(place);
      storage.forget(place);
      storage.saveOutbox(place, outbox, left);
      if (left.length > 0) models.set(place, createChatModel(sessionOf(place), left));
    },
  };
}

/** Only rows the Gateway wrote down; the newest of a long conversation. */
function cacheOf(model: ChatModel) {
  const rows = model.projection.entries.filter((entry) => !entry.pending).map((entry) => entry.message);
  const known = rows.filter((row) => readSessionMessageSequence(row) !== null);
  const messages = known.slice(-maxCachedRows);
  return {
    sessionId: model.sessionId,
    messages,
    hasEarlier: model.earlierOffset !== null || messages.length < known.length,
  };
}
