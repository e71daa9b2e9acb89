import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { PendingRemoval } from '../sessions/session-rows.ts';
import type { OutboxAttachment, OutboxItem } from './outbox.ts';

/**
 * Names one session of one Gateway. What is stored under it never goes to another Gateway, and holds messages
 * only: no token ever reaches this file.
 */
export type Place = string;

/** A conversation as it was last seen, to paint from before the Gateway has answered. */
export type CachedTranscript = {
  sessionId: string | null;
  /** Rows of the transcript, oldest first; the newest ones of a long one. */
  messages: readonly unknown[];
  /** Whether the Gateway has older rows. */
  hasEarlier: boolean;
};

/** A file that goes with a draft; `blob` is null where there was no way to keep its bytes. */
export type DraftFile = { id: string; name: string; mimeType: string; bytes: number; blob: Blob | null };

/** An earlier message that is answered again, or sent in other words. */
export type Rewrite = {
  kind: 'edit' | 'again';
  /** Under which its words go out. */
  idempotencyKey: string;
  /** Its row, to take the conversation back to. */
  entryId: string;
  fileNames: readonly string[];
  /** Of an edit, what is in the field; the draft waits until it is over. */
  text: string;
  /** What goes out once the Gateway has taken the conversation back, as it was asked to; null before that. */
  asked: string | null;
  /** What the conversation was when that was asked, by its last row; null where nothing leads back to it. */
  formerLeafId: string | null;
};

const version = 7;

export interface Schema extends DBSchema {
  /** Without an owner: of a version that knew of no other page. */
  outbox: { key: string; value: OutboxItem & { place: Place; owner?: string } };
  drafts: { key: Place | [place: Place, owner: string]; value: string };
  draftFiles: {
    key: [Place, string];
    value: DraftFile & { place: Place; order: number; owner?: string };
  };
  rewrites: { key: [place: Place, owner: string]; value: Rewrite };
  removals: { key: [place: Place, owner: string]; value: PendingRemoval };
  transcripts: {
    key: Place;
    value: CachedTranscript & { savedAtMs: number };
    indexes: { savedAtMs: number };
  };
  lists: { key: string; value: readonly unknown[] };
  pictures: {
    key: string;
    value: {
      idempotencyKey: string;
      place: Place;
      savedAtMs: number;
      chars: number;
      files: OutboxAttachment[];
    };
    indexes: { place: Place; age: [savedAtMs: number, chars: number] };
  };
  shown: { key: string; value: string };
  unseen: { key: [scope: string, session: string]; value: true };
}
export type Database = IDBPDatabase<Schema>;

/** Of what a page writes, each row belongs to the page that wrote it. */
export const ownedStores = ['outbox', 'drafts', 'draftFiles', 'rewrites', 'removals'] as const;

/** Async, so that a browser that forbids it by throwing is one that rejects. */
export async function openDatabase(name: string): Promise<Database> {
  return openDB<Schema>(name, version, {
    upgrade(database, from) {
      if (from < 1) {
        database.createObjectStore('outbox', { keyPath: 'idempotencyKey' });
        database.createObjectStore('drafts');
        database.createObjectStore('transcripts').createIndex('savedAtMs', 'savedAtMs');
        database.createObjectStore('lists');
      }
      if (from < 2) database.createObjectStore('shown');
      if (from < 3) database.createObjectStore('draftFiles', { keyPath: ['place', 'id'] });
      if (from < 4) {
        const pictures = database.createObjectStore('pictures', { keyPath: 'idempotencyKey' });
        pictures.createIndex('place', 'place');
        pictures.createIndex('age', ['savedAtMs', 'chars']);
      }
      if (from < 5) database.createObjectStore('rewrites');
      if (from < 6) database.createObjectStore('unseen');
      database.createObjectStore('removals');
    },
    // A newer page wants to change the database: this one must not be in its way.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
}

/** What no Gateway can give again: of another address of this page it is brought along. */
const keptStores = [...ownedStores, 'pictures'] as const;

export type KeptRows = Partial<Record<(typeof keptStores)[number], KeptRow[]>>;

type KeptRow = { key: IDBValidKey; value: unknown; isKeyInside: boolean };

export async function readKept(database: Database): Promise<KeptRows> {
  const reading = loose(database).transaction(keptStores);
  const found = await Promise.all(
    keptStores.map(async (name) => {
      const store = reading.objectStore(name);
      const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()]);
      const isKeyInside = store.keyPath !== null;
      return [name, keys.map((key, at) => ({ key, value: values[at], isKeyInside }))] as const;
    }),
  );
  return Object.fromEntries(found.filter(([, rows]) => rows.length > 0));
}

/** All of it or nothing; resolves once it is on the disk. What is there already stays as it is. */
export async function putKept(database: Database, kept: KeptRows): Promise<true> {
  const change = loose(database).transaction(keptStores, 'readwrite', { durability: 'strict' });
  const puts = keptStores.flatMap((name) =>
    (kept[name] ?? []).map(async ({ key, value, isKeyInside }) => {
      const store = change.objectStore(name);
      if ((await store.getKey(key)) === undefined) await store.put(value, isKeyInside ? undefined : key);
    }),
  );
  await Promise.all([...puts, change.done]);
  return true;
}

export async function removeKept(database: Database, kept: KeptRows): Promise<void> {
  const change = loose(database).transaction(keptStores, 'readwrite');
  const removals = keptStores.flatMap((name) =>
    (kept[name] ?? []).map(({ key }) => change.objectStore(name).delete(key)),
  );
  await Promise.all([...removals, change.done]);
}

/** For rows that are only carried: those of all stores alike. */
function loose(database: Database): IDBPDatabase {
  return database as unknown as IDBPDatabase;
}
