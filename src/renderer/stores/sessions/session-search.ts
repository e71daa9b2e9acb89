import { z } from 'zod';
import type { AppError } from '../../../shared/errors.ts';
import { type Hits, readRows, type SessionRow } from './session-rows.ts';

/**
 *  off ──► searching ──► done      `isPartial`: there may be more than was found
 *              │
 *              └──► failed         what was said could not be searched; titles and last words were
 */
export type SearchState =
  | { tag: 'off' }
  | { tag: 'searching' }
  | { tag: 'done'; isPartial: boolean }
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

/** In everything that was said; rejects where the Gateway refuses. */
export async function searchSaid(
  request: Request,
  query: string,
): Promise<{ hits: Hits; isPartial: boolean }> {
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
  return { hits: new Map(hits), isPartial };
}

/** Sessions of which something was found, and which no list has told of. */
export async function describeFound(
  request: Request,
  hits: Hits,
  isKnown: (key: string) => boolean,
): Promise<readonly SessionRow[]> {
  const unknown = [...hits].filter(([key]) => !isKnown(key));
  return Promise.all(
    unknown.map(async ([key, { atMs }]) => {
      const params = { key, includeDerivedTitles: true, includeLastMessage: true };
      const answer = await request('sessions.describe', params).catch(() => null);
      const described = describedSchema.safeParse(answer);
      const [row] = readRows(described.success ? [described.data.session] : []);
      return { updatedAt: atMs, ...row, key };
    }),
  );
}
