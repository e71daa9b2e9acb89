import { cacheLoaded } from './chat-history.ts';
import { createChatModel } from './chat-state.ts';
import type { CachedTranscript, ChatStorage } from './chat-storage.ts';
import { isOfScope, sessionOf } from './conversations.ts';
import { rowWords, soughtWords } from './find.ts';
import { chatRows } from './row-reader.ts';

/** A conversation that is kept here, and what a search found in it. */
export type KeptConversation = {
  /** As the page opens it: `main` stands for the Gateway's main session. */
  session: string;
  sessionId: string | null;
  /** Nothing of it is at the Gateway alone. */
  isWhole: boolean;
  /** The newest row that has the words. */
  hit: { words: string; atMs: number | null } | null;
};

export type KeptSearchOptions = {
  storage: Pick<ChatStorage, 'transcriptPlaces' | 'readTranscript'>;
  scope: string;
  query: string;
  maxHits: number;
  /** False ends the search: nobody waits for it any more. */
  isWanted: () => boolean;
};

/**
 * Searches what is kept of the conversations of a Gateway, those seen last first, as a search in a conversation does.
 * Each is read by itself, which is a task of its own: the page is free between two of them, and none stays in memory.
 * `isCapped`: there may be more hits.
 */
export async function searchKept(options: KeptSearchOptions) {
  const { storage, scope, query, maxHits, isWanted } = options;
  const places = (await storage.transcriptPlaces()).filter((place) => isOfScope(place, scope));
  const kept: KeptConversation[] = [];
  let hits = 0;
  for (const place of places) {
    if (hits === maxHits || !isWanted()) return { kept, isCapped: true };
    const transcript = await storage.readTranscript(place);
    if (!transcript) continue;
    const { sessionId, hasEarlier } = transcript;
    const hit = newestHit(transcript, soughtWords(query));
    if (hit) hits += 1;
    kept.push({ session: sessionOf(place), sessionId, isWhole: !hasEarlier, hit });
  }
  return { kept, isCapped: false };
}

function newestHit(transcript: CachedTranscript, words: string): KeptConversation['hit'] {
  const rows = chatRows(cacheLoaded(createChatModel(''), transcript));
  for (const row of rows.toReversed()) {
    const text = rowWords(row);
    const at = text.toLocaleLowerCase().indexOf(words);
    if (at !== -1) return { words: lineAround(text, at, words.length), atMs: row.atMs };
  }
  return null;
}

const before = 40;
const after = 120;

/** The words with as much of their line as a list shows. */
function lineAround(text: string, at: number, length: number): string {
  const lineStart = text.lastIndexOf('\n', at) + 1;
  const lineEnd = text.indexOf('\n', at + length);
  const start = Math.max(lineStart, at - before);
  const end = Math.min(lineEnd === -1 ? text.length : lineEnd, at + length + after);
  const line = text.slice(start, end).toWellFormed().trim();
  return `${start > lineStart ? '…' : ''}${line}`;
}
