import { z } from 'zod';
import type { AppError } from '../../../shared/errors.ts';
import type { ChatStorage } from '../chat/chat-storage.ts';
import { type KeptConversation, searchKept } from '../chat/kept-search.ts';
import { requestError } from '../chat/refusal.ts';
import { type Hits, readRows, type SessionRow, type SessionRows } from './session-rows.ts';

/**
 *  off ──► searching ──► done      `isPartial`: there may be more than was found
 *              │                   `needsWholeWords`: parts of words were looked for in what is kept here alone
 *              └──► failed         the Gateway did not search what was said; titles, last words and what is kept were
 */
export type SearchState =
  | { tag: 'off' }
  | { tag: 'searching' }
  | { tag: 'done'; isPartial: boolean; needsWholeWords: boolean }
  | { tag: 'failed'; error: AppError };

type Request = <T>(method: string, params: unknown) => Promise<T>;

/** As many as a Gateway gives (protocol 4). */
const maxHits = 25;

const answerSchema = z.looseObject({
  results: z.array(
    z.looseObject({
      sessionKey: z.string(),
      snippet: z.string().catch(''),
      timestamp: z.number().nullish().catch(undefined),
    }),
  ),
  indexing: z.boolean().nullish().catch(undefined),
  truncated: z.boolean().nullish().catch(undefined),
  archivedTranscriptsExcluded: z.unknown().optional(),
});

const describedSchema = z.looseObject({ session: z.unknown() });

type Said = { hits: Hits; search: SearchState };

/** What was found before it is known which of the conversations are still there. */
type Found = Said & { kept: ReadonlyMap<string, KeptConversation>; isCapped: boolean };

const nothingFound: Found = { hits: new Map(), search: { tag: 'off' }, kept: new Map(), isCapped: false };

export type WordsSearch = {
  /** Null where the Gateway can't search what was said, or is not there. */
  request: Request | null;
  storage: ChatStorage;
  scope: string;
  query: string;
  /** Of a conversation as it is kept; null where nobody knows. */
  keyOf: (session: string) => string | null;
  /** False ends the search: nobody waits for it any more. */
  isWanted: () => boolean;
};

/** In everything that was said, where the Gateway can, and in what is kept here. */
export async function findWords(asked: WordsSearch): Promise<Found> {
  const { request, storage, scope, keyOf, isWanted } = asked;
  const query = asked.query.trim();
  if (query === '') return nothingFound;
  const [said, { kept, isCapped }] = await Promise.all([
    request ? searchSaid(request, query) : { hits: new Map(), search: searchedHere(query) },
    searchKept({ storage, scope, query, maxHits, isWanted }),
  ]);
  const byKey = kept.toReversed().flatMap((one) => {
    const key = keyOf(one.session);
    return key === null ? [] : [[key, one] as const];
  });
  return { ...said, kept: new Map(byKey), isCapped };
}

async function searchSaid(request: Request, query: string): Promise<Said> {
  try {
    const answer = answerSchema.parse(await request('sessions.search', { query, limit: maxHits }));
    const { results, indexing, truncated, archivedTranscriptsExcluded } = answer;
    const hits = results
      .toReversed()
      .map(
        ({ sessionKey, snippet, timestamp }) =>
          [sessionKey, { words: snippet.trim(), atMs: timestamp ?? null }] as const,
      );
    const isPartial =
      indexing === true ||
      truncated === true ||
      Boolean(archivedTranscriptsExcluded) ||
      results.length === maxHits;
    return { hits: new Map(hits), search: { tag: 'done', isPartial, needsWholeWords: true } };
  } catch (thrown) {
    return { hits: new Map(), search: { tag: 'failed', error: requestError(thrown, 'sessions.search') } };
  }
}

/** Of words that were just written. */
export function searchOf(query: string): SearchState {
  return { tag: query.trim() === '' ? 'off' : 'searching' };
}

/** In what the page knows, which may not be all. */
export function searchedHere(query: string): SearchState {
  return query.trim() === '' ? { tag: 'off' } : { tag: 'done', isPartial: true, needsWholeWords: false };
}

/** Of the conversations that are there, each once: as the Gateway found it, where it did. */
export type Placed = { hits: Hits; strangers: SessionRows; search: SearchState };

/** Those that the Gateway has told of; it is asked for the others in which something was found. */
export type Told = { told: SessionRows; isAll: boolean };

export async function placeFound(found: Found, { told, isAll }: Told, request: Request): Promise<Placed> {
  const keys = new Set([...found.hits, ...hitsIn(found.kept)].map(([key]) => key));
  const described = await describeSessions(
    request,
    [...keys].filter((key) => !told.has(key)),
  );
  const kept = stillKept(found.kept, (key) => told.get(key) ?? described.get(key));
  const hits: Hits = new Map([...hitsIn(kept), ...found.hits]);
  const strangers = [...described].flatMap(([key, row]) => {
    const hit = hits.get(key);
    return hit ? [[key, { updatedAt: hit.atMs, ...row, key }] as const] : [];
  });
  const needsWholeWords = !isAll || hasUnkept(told, kept);
  return { hits, strangers: new Map(strangers), search: searchThrough(found, needsWholeWords) };
}

/** While the Gateway is not there; what it may have deleted meanwhile nobody can know. */
export function placeHere(found: Found, known: SessionRows): Hits {
  return hitsIn(stillKept(found.kept, (key) => known.get(key)));
}

function searchThrough({ search, isCapped }: Found, needsWholeWords: boolean): SearchState {
  if (search.tag !== 'done') return search;
  return {
    tag: 'done',
    isPartial: search.isPartial || isCapped,
    needsWholeWords: search.needsWholeWords && needsWholeWords,
  };
}

/** What the Gateway tells of these sessions: null where it has none of that name, or does not say. */
async function describeSessions(
  request: Request,
  keys: readonly string[],
): Promise<ReadonlyMap<string, SessionRow | null>> {
  const described = keys.map(async (key) => {
    const params = { key, includeDerivedTitles: true, includeLastMessage: true };
    const answer = describedSchema.safeParse(await request('sessions.describe', params).catch(() => null));
    const [row] = readRows(answer.success ? [answer.data.session] : []);
    return [key, row ?? null] as const;
  });
  return new Map(await Promise.all(described));
}

/** What of it is still so: the conversation is there, and none that was begun anew since. */
function stillKept(
  kept: ReadonlyMap<string, KeptConversation>,
  rowOf: (key: string) => SessionRow | null | undefined,
): ReadonlyMap<string, KeptConversation> {
  const isStill = ([key, { sessionId }]: readonly [string, KeptConversation]) => {
    const row = rowOf(key);
    return row && (sessionId === null || row.sessionId == null || sessionId === row.sessionId);
  };
  return new Map([...kept].filter(isStill));
}

function hitsIn(kept: ReadonlyMap<string, KeptConversation>): Hits {
  return new Map([...kept].flatMap(([key, { hit }]) => (hit ? [[key, hit] as const] : [])));
}

/** Whether something was said in one of them that is not kept here, or not all of it. */
function hasUnkept(rows: SessionRows, kept: ReadonlyMap<string, KeptConversation>): boolean {
  return [...rows.values()].some(
    ({ key, sessionId, archived }) => sessionId != null && archived !== true && !kept.get(key)?.isWhole,
  );
}
