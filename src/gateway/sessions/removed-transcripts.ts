import { closeSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../shared/is-record.ts';
import type { HistoryRow } from './history-row.ts';
import { textOfRow } from './row-text.ts';
import type { SessionSettings } from './session-settings.ts';
import { type ArchiveReason, archivesIn } from './transcript-archive.ts';

/** What can be brought back, for a list. */
type RemovedTranscript = {
  /** Of its file; what it is asked for by. */
  readonly name: string;
  readonly key: string;
  readonly reason: ArchiveReason;
  /** Epoch milliseconds. */
  readonly removedAt: number;
  /** The name it had, or how it began. */
  readonly title: string;
};

/** A whole one. The rows are as `chat.history` had them. */
export type ReadTranscript = {
  readonly key: string;
  readonly sessionId: string;
  readonly createdAt: number;
  readonly settings: SessionSettings;
  readonly rows: readonly HistoryRow[];
};

/** Reads what {@link TranscriptArchive} has written. Files may have been changed since, or be no such files at all. */
export type RemovedTranscripts = {
  /** Newest first. */
  list(limit: number): RemovedTranscript[];
  /** Null where there is none of this name that is whole. */
  read(name: string): ReadTranscript | null;
  /** How a conversation was before each time that it was taken back, newest first, since it was last emptied. */
  rewound(key: string): ReadTranscript[];
};

/** The first lines say what the list has to; a first message may be long. */
const HEAD_BYTES = 16 * 1024;
const MAX_TITLE_CHARACTERS = 80;
/** All of them are read. */
const MAX_REWOUND = 20;

type Head = Omit<ReadTranscript, 'rows'>;

export function createRemovedTranscripts(dir: string): RemovedTranscripts {
  const describe = (name: string): { key: string; title: string } | null => {
    const [first = '', ...others] = beginningOf(join(dir, name)).split('\n');
    const head = readHead(parse(first));
    if (head === null) return null;
    const { key, settings } = head;
    const said = others
      .map(parse)
      .filter(isRow)
      .find(({ role }) => role === 'user');
    const began = said === undefined ? '' : textOfRow(said);
    return { key, title: (settings.label ?? settings.displayName ?? began).slice(0, MAX_TITLE_CHARACTERS) };
  };

  const read = (name: string): ReadTranscript | null => {
    const path = join(dir, name);
    if (!isPlainFile(path)) return null;
    const [first = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    const head = readHead(parse(first));
    const rows = lines.map(parse);
    if (head === null || !rows.every(isRow)) return null;
    const ids = new Set(rows.map((row) => row.__openclaw.id));
    return ids.size === rows.length ? { ...head, rows } : null;
  };

  return {
    list: (limit) =>
      archivesIn(dir)
        .slice(0, limit)
        .flatMap(({ name, reason, archivedAt: removedAt }) => {
          const known = describe(name);
          return known === null ? [] : [{ name, reason, removedAt, ...known }];
        }),
    // Only what is there under this very name: it is no path.
    read: (name) => (archivesIn(dir).some((archived) => archived.name === name) ? read(name) : null),
    rewound(key) {
      const ofKey = archivesIn(dir).filter(({ name }) => describe(name)?.key === key);
      const emptied = ofKey.findIndex(({ reason }) => reason !== 'rewound');
      return ofKey
        .slice(0, Math.min(emptied === -1 ? ofKey.length : emptied, MAX_REWOUND))
        .flatMap(({ name }) => read(name) ?? []);
    },
  };
}

/** A link is none; nor is what was tidied away meanwhile. */
function isPlainFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function beginningOf(path: string): string {
  if (!isPlainFile(path)) return '';
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    return bytes.toString('utf8', 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function readHead(value: unknown): Head | null {
  if (!isRecord(value) || value.type !== 'session') return null;
  const { key, sessionId, createdAt, settings } = value;
  const isWhole =
    [key, sessionId].every((each) => typeof each === 'string' && each !== '') &&
    Number.isSafeInteger(createdAt) &&
    isRecord(settings) &&
    Object.values(settings).every((each) => ['string', 'number', 'boolean'].includes(typeof each));
  return isWhole ? ({ key, sessionId, createdAt, settings } as Head) : null;
}

const roles = new Set(['user', 'assistant', 'toolResult', 'custom', 'system']);

/** Whether it has what everything that reads rows relies on. */
function isRow(value: unknown): value is HistoryRow {
  if (!isRecord(value) || !roles.has(String(value.role)) || !Number.isFinite(value.timestamp)) return false;
  const { content, __openclaw: known } = value;
  if (!isRecord(known) || typeof known.id !== 'string') return false;
  if (value.role === 'user' || value.role === 'custom') return typeof content === 'string';
  const isPart = (part: unknown) =>
    isRecord(part) &&
    (typeof part.text === 'string' || (typeof part.name === 'string' && isRecord(part.arguments)));
  return Array.isArray(content) && content.length > 0 && content.every(isPart);
}
