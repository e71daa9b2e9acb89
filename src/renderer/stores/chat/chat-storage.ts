import { z } from 'zod';
import type { PendingRemoval } from '../sessions/session-rows.ts';
import { isPictureType } from './artifact.ts';
import {
  type CachedTranscript,
  type Database,
  type DraftFile,
  type KeptRows,
  ownedStores,
  type Place,
  putKept,
  type Rewrite,
  type Schema,
} from './chat-database.ts';
import { readCut } from './cut.ts';
import { keepLonger } from './cut-messages.ts';
import { joinDrafts } from './join-drafts.ts';
import {
  afterReload,
  type Outbox,
  type OutboxAttachment,
  type OutboxItem,
  outboxItemSchema,
} from './outbox.ts';
import type { Pages } from './pages.ts';

export type { CachedTranscript, DraftFile, Place, Rewrite } from './chat-database.ts';

export type StoredChat = {
  /** False where nothing can be kept at all. */
  isKept: boolean;
  drafts: Readonly<Record<Place, string>>;
  draftFiles: Readonly<Record<Place, readonly DraftFile[]>>;
  rewrites: Readonly<Record<Place, Rewrite>>;
  outboxes: Readonly<Record<Place, Outbox>>;
  /** Of conversations that were to be deleted or emptied, what could still be taken back. */
  removals: Readonly<Record<Place, PendingRemoval>>;
  /** Which session of each Gateway was on the screen last. */
  shown: Readonly<Record<string, string>>;
};

export const nothingStored: StoredChat = {
  isKept: true,
  drafts: {},
  draftFiles: {},
  rewrites: {},
  outboxes: {},
  removals: {},
  shown: {},
};

/**
 * What a page leaves to the next one. Of several that are open each has drafts and messages of its own, until it is
 * gone. Nothing here rejects: a storage that fails costs only what it kept.
 */
export type ChatStorage = {
  /**
   * Drafts and unanswered messages, as a page finds them after a reload, a quit or a crash. They are its own from now
   * on; so is what a page leaves that is closed later, which goes to one of those that are open.
   */
  load(): Promise<StoredChat>;
  /** For one listener: what a page has left that was closed. */
  onDidLeave(listener: (left: StoredChat) => void): void;
  /** As if a page had left it that was closed here. Resolves to whether all of it is on the disk. */
  takeIn(kept: KeptRows): Promise<boolean>;
  /** For one listener: whether all messages that wait are on the disk, as often as that changes. */
  onDidKeep(listener: (isKept: boolean) => void): void;
  /** Keeps what changed between the two. */
  saveOutbox(place: Place, before: Outbox, after: Outbox): void;
  saveDraft(place: Place, text: string): void;
  saveRewrite(place: Place, rewrite: Rewrite | null): void;
  saveRemoval(place: Place, removal: PendingRemoval | null): void;
  /** Keeps what changed between the two; one of the same id is the same. */
  saveDraftFiles(place: Place, before: readonly DraftFile[], after: readonly DraftFile[]): void;
  /** Keeps the pictures of a message that was sent, the newest so many: Gateways name them, and don't give them back. */
  savePictures(place: Place, message: Pick<OutboxItem, 'idempotencyKey' | 'attachments'>): void;
  readPictures(idempotencyKey: string): Promise<readonly OutboxAttachment[]>;
  saveShown(scope: string, session: string): void;
  /** Resolves when everything that was saved until now is on the disk. */
  settled(): Promise<void>;
  readTranscript(place: Place): Promise<CachedTranscript | null>;
  /** Of every Gateway; the last one seen is first. */
  transcriptPlaces(): Promise<readonly Place[]>;
  saveTranscript(place: Place, transcript: CachedTranscript): void;
  /** The list of sessions of a Gateway, as the Gateway gave it. */
  readList(scope: string): Promise<readonly unknown[]>;
  saveList(scope: string, rows: readonly unknown[]): void;
  /** Sessions of a Gateway in which something was said that no page has shown. */
  readUnseen(scope: string): Promise<readonly string[]>;
  saveUnseen(scope: string, session: string, isUnseen: boolean): void;
  /** Forgets a session's draft, its files, transcript and pictures; what is still to be sent stays. */
  forget(place: Place): void;
};

/** Of one file of a draft; no Gateway takes so much (protocol 4). */
const maxDraftFileBytes = 32 * 1_048_576;
const patienceMs = 3000;
/** Sessions whose transcript is kept, the last ones seen. */
const maxTranscripts = 50;
/** Of all pictures that were sent, as base64. */
const maxPictureChars = 64 * 1_048_576;

const storedItemSchema = outboxItemSchema.extend({ place: z.string(), owner: z.string().optional() });

/** Who owns what is kept, as far as it is owned. */
async function readOwners(database: Database): Promise<ReadonlySet<string>> {
  const reading = database.transaction(ownedStores);
  const [items, draftKeys, files, rewriteKeys, removalKeys] = await Promise.all([
    reading.objectStore('outbox').getAll(),
    reading.objectStore('drafts').getAllKeys(),
    reading.objectStore('draftFiles').getAll(),
    reading.objectStore('rewrites').getAllKeys(),
    reading.objectStore('removals').getAllKeys(),
  ]);
  const owners = [...items, ...files].map(({ owner }) => owner);
  const drafters = draftKeys.map((key) => (Array.isArray(key) ? key[1] : undefined));
  const others = [...rewriteKeys, ...removalKeys].map(([, owner]) => owner);
  return new Set([...owners, ...drafters, ...others].filter((owner) => owner !== undefined));
}

/** Its rows; of messages that came cut, what is stored of them already where that is more. */
async function longestOf(
  { sessionId, messages }: CachedTranscript,
  readStored: () => Promise<CachedTranscript | undefined>,
): Promise<readonly unknown[]> {
  if (messages.every((row) => readCut(row) === null)) return messages;
  const stored = await readStored();
  return stored?.sessionId === sessionId ? keepLonger(messages, stored.messages) : messages;
}

/** On IndexedDB. `strict` makes it wait for the disk, so that a message outlives a crash. */
export function createChatStorage(opening: Promise<Database>, now: () => number, pages: Pages): ChatStorage {
  const opened: Promise<Database | null> = Promise.race([
    opening.catch(() => null),
    // A page of an older version that does not answer may hold it: better without than no page at all.
    new Promise<null>((resolve) => setTimeout(resolve, patienceMs, null)),
  ]);
  let last: Promise<unknown> = opened;
  const listening = Promise.withResolvers<(left: StoredChat) => void>();
  /** What the disk does not have yet; null where the message is gone. */
  const unsaved = new Map<string, Schema['outbox']['value'] | null>();
  let tellKept: (isKept: boolean) => void = () => undefined;
  let wasKept = true;

  /** One after the other, so that what was written last is what stays. */
  function write(change: (database: Database) => Promise<unknown>): void {
    last = last.then(async () => {
      const database = await opened;
      if (database) await change(database).catch(() => undefined);
    });
  }

  async function read<T>(ask: (database: Database) => Promise<T>, otherwise: T): Promise<T> {
    const database = await opened;
    return database ? ask(database).catch(() => otherwise) : otherwise;
  }

  /**
   * Makes what pages have left that are gone this one's own, all at once: two that look at the same time do not both get
   * it. Whose it was is read before it is asked who is there: a page that comes meanwhile is not among them.
   */
  async function take(database: Database): Promise<Omit<StoredChat, 'isKept' | 'shown'>> {
    const owners = await readOwners(database);
    const present = await pages.present();
    const isLeft = (owner: string | undefined) =>
      owner === undefined || (owners.has(owner) && !present.has(owner) && owner !== pages.me);
    const change = database.transaction(ownedStores, 'readwrite');
    const [outboxStore, draftStore, fileStore, rewriteStore, removalStore] = [
      change.objectStore('outbox'),
      change.objectStore('drafts'),
      change.objectStore('draftFiles'),
      change.objectStore('rewrites'),
      change.objectStore('removals'),
    ];

    const outboxes: Record<Place, OutboxItem[]> = {};
    for (const stored of await outboxStore.getAll()) {
      const parsed = storedItemSchema.safeParse(stored);
      if (!parsed.success || !isLeft(parsed.data.owner)) continue;
      const { place, owner: _, ...item } = parsed.data;
      outboxes[place] = [...(outboxes[place] ?? []), item];
      await outboxStore.put({ ...stored, owner: pages.me });
    }

    const drafts: Record<Place, string> = {};
    async function addDraft(place: Place, text: string) {
      drafts[place] = joinDrafts(drafts[place], text);
      await draftStore.put(joinDrafts(await draftStore.get([place, pages.me]), text), [place, pages.me]);
    }
    for (const key of await draftStore.getAllKeys()) {
      const [place, owner] = Array.isArray(key) ? key : [key];
      if (!isLeft(owner)) continue;
      const text = (await draftStore.get(key)) ?? '';
      await draftStore.delete(key);
      await addDraft(place, text);
    }

    const rewrites: Record<Place, Rewrite> = {};
    for (const key of await rewriteStore.getAllKeys()) {
      const [place, owner] = key;
      const rewrite = isLeft(owner) ? await rewriteStore.get(key) : undefined;
      if (!rewrite) continue;
      await rewriteStore.delete(key);
      // A conversation is taken back once at a time.
      if (await rewriteStore.get([place, pages.me])) {
        await addDraft(place, rewrite.text);
        continue;
      }
      rewrites[place] = rewrite;
      await rewriteStore.put(rewrite, [place, pages.me]);
    }

    const removals: Record<Place, PendingRemoval> = {};
    for (const key of await removalStore.getAllKeys()) {
      const [place, owner] = key;
      const removal = isLeft(owner) ? await removalStore.get(key) : undefined;
      if (!removal) continue;
      await removalStore.delete(key);
      // It waits here already.
      if (await removalStore.getKey([place, pages.me])) continue;
      removals[place] = removal;
      await removalStore.put(removal, [place, pages.me]);
    }

    const left = (await fileStore.getAll()).filter(({ owner }) => isLeft(owner));
    const draftFiles: Record<Place, DraftFile[]> = {};
    for (const row of left.toSorted((one, other) => one.order - other.order)) {
      const { place, order: _, owner: __, ...file } = row;
      draftFiles[place] = [...(draftFiles[place] ?? []), file];
      await fileStore.put({ ...row, owner: pages.me });
    }
    await change.done;
    return {
      drafts,
      draftFiles,
      rewrites,
      removals,
      outboxes: Object.fromEntries(
        Object.entries(outboxes).map(([place, found]) => [
          place,
          afterReload(found.toSorted((one, other) => one.createdAtMs - other.createdAtMs)),
        ]),
      ),
    };
  }

  /** After what was saved until now. */
  async function find(): Promise<StoredChat> {
    let found: Omit<StoredChat, 'isKept' | 'shown'> = nothingStored;
    write(async (database) => {
      found = await take(database);
    });
    await last;
    const shown = await read(async (database) => {
      const [keys, sessions] = await Promise.all([database.getAllKeys('shown'), database.getAll('shown')]);
      return Object.fromEntries(keys.map((key, at) => [key, sessions[at] ?? '']));
    }, {});
    return { ...found, shown, isKept: (await opened) !== null };
  }

  function tellLeft() {
    void listening.promise.then(async (tell) => tell(await find()));
  }

  /** With what could not be written before: a disk that was full may have room again. */
  async function writeOutbox(database: Database) {
    const rows = [...unsaved];
    try {
      const change = database.transaction('outbox', 'readwrite', { durability: 'strict' });
      await Promise.all([
        ...rows.map(([key, row]) => (row ? change.store.put(row) : change.store.delete(key))),
        change.done,
      ]);
      for (const [key, row] of rows) if (unsaved.get(key) === row) unsaved.delete(key);
      sayKept(true);
    } catch {
      sayKept(false);
    }
  }

  function sayKept(isKept: boolean) {
    if (isKept !== wasKept) tellKept(isKept);
    wasKept = isKept;
  }

  return {
    async load() {
      await pages.enter(tellLeft);
      return find();
    },
    async takeIn(kept) {
      const isKept = await read((database) => putKept(database, kept), false);
      if (isKept) tellLeft();
      return isKept;
    },
    onDidLeave: listening.resolve,
    onDidKeep(listener) {
      tellKept = listener;
    },
    saveOutbox(place, before, after) {
      const changed = after.filter((item) => !before.includes(item));
      const kept = new Set(after.map((item) => item.idempotencyKey));
      const gone = before.filter((item) => !kept.has(item.idempotencyKey));
      if (changed.length + gone.length === 0) return;
      for (const item of changed) unsaved.set(item.idempotencyKey, { ...item, place, owner: pages.me });
      for (const { idempotencyKey } of gone) unsaved.set(idempotencyKey, null);
      write(writeOutbox);
    },
    saveDraft: (place, text) =>
      write((database) =>
        text === ''
          ? database.delete('drafts', [place, pages.me])
          : database.put('drafts', text, [place, pages.me]),
      ),
    saveRewrite: (place, rewrite) =>
      write(async (database) => {
        const change = database.transaction('rewrites', 'readwrite', { durability: 'strict' });
        const key: [Place, string] = [place, pages.me];
        await Promise.all([rewrite ? change.store.put(rewrite, key) : change.store.delete(key), change.done]);
      }),
    saveRemoval: (place, removal) =>
      write(async (database) => {
        const change = database.transaction('removals', 'readwrite', { durability: 'strict' });
        const key: [Place, string] = [place, pages.me];
        await Promise.all([removal ? change.store.put(removal, key) : change.store.delete(key), change.done]);
      }),
    saveDraftFiles(place, before, after) {
      const [known, kept] = [before, after].map((files) => new Set(files.map(({ id }) => id)));
      const added = after.filter(({ id }) => !known?.has(id));
      const gone = before.filter(({ id }) => !kept?.has(id));
      const rows = added.map(({ id, name, mimeType, bytes, blob }, at) => {
        const isSmall = bytes <= maxDraftFileBytes;
        const order = now() + at / 1000;
        return { place, id, name, mimeType, bytes, blob: isSmall ? blob : null, order, owner: pages.me };
      });
      if (rows.length + gone.length > 0) {
        // Where its bytes are too many, or can't be read any more, the next page still knows that there was one.
        write(async (database) => {
          const change = database.transaction('draftFiles', 'readwrite');
          await Promise.all([
            ...rows.map((row) => change.store.put({ ...row, blob: null })),
            ...gone.map(({ id }) => change.store.delete([place, id])),
            change.done,
          ]);
        });
      }
      for (const row of rows) if (row.blob) write((database) => database.put('draftFiles', row));
    },
    savePictures(place, { idempotencyKey, attachments }) {
      const files = attachments.filter(({ mimeType }) => isPictureType(mimeType));
      if (files.length === 0) return;
      const chars = files.reduce((sum, { content }) => sum + content.length, 0);
      write(async (database) => {
        const change = database.transaction('pictures', 'readwrite');
        await change.store.put({ idempotencyKey, place, savedAtMs: now(), chars, files });
        let total = 0;
        let cursor = await change.store.index('age').openKeyCursor(null, 'prev');
        while (cursor) {
          total += cursor.key[1];
          if (total > maxPictureChars) await change.store.delete(cursor.primaryKey);
          cursor = await cursor.continue();
        }
        await change.done;
      });
    },
    readPictures: (idempotencyKey) =>
      read(async (database) => (await database.get('pictures', idempotencyKey))?.files ?? [], []),
    saveShown: (scope, session) => write((database) => database.put('shown', session, scope)),
    async settled() {
      await last;
    },
    readTranscript: (place) =>
      read(async (database) => (await database.get('transcripts', place)) ?? null, null),
    transcriptPlaces: () =>
      read(async (database) => {
        const places = await database.getAllKeysFromIndex('transcripts', 'savedAtMs');
        return places.toReversed();
      }, []),
    saveTranscript: (place, transcript) =>
      write(async (database) => {
        const change = database.transaction('transcripts', 'readwrite');
        const messages = await longestOf(transcript, () => change.store.get(place));
        await change.store.put({ ...transcript, messages, savedAtMs: now() }, place);
        const tooMany = (await change.store.count()) - maxTranscripts;
        let cursor = tooMany > 0 ? await change.store.index('savedAtMs').openCursor() : null;
        for (let dropped = 0; cursor && dropped < tooMany; dropped += 1) {
          await cursor.delete();
          cursor = await cursor.continue();
        }
        await change.done;
      }),
    readList: (scope) => read(async (database) => (await database.get('lists', scope)) ?? [], []),
    saveList: (scope, rows) => write((database) => database.put('lists', rows, scope)),
    readUnseen: (scope) =>
      read(async (database) => {
        const keys = await database.getAllKeys('unseen', IDBKeyRange.bound([scope], [scope, []]));
        return keys.map(([, session]) => session);
      }, []),
    saveUnseen: (scope, session, isUnseen) =>
      write((database) =>
        isUnseen
          ? database.put('unseen', true, [scope, session])
          : database.delete('unseen', [scope, session]),
      ),
    forget: (place) =>
      write(async (database) => {
        const pictures = await database.getAllKeysFromIndex('pictures', 'place', place);
        const files = await database.getAll('draftFiles', IDBKeyRange.bound([place], [place, []]));
        const ours = files.filter(({ owner }) => owner === pages.me);
        await Promise.all([
          database.delete('drafts', [place, pages.me]),
          database.delete('rewrites', [place, pages.me]),
          ...ours.map(({ id }) => database.delete('draftFiles', [place, id])),
          database.delete('transcripts', place),
          ...pictures.map((key) => database.delete('pictures', key)),
        ]);
      }),
  };
}
