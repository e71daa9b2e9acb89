import { z } from 'zod';

const text = z.string().nullish().catch(undefined);
const count = z.number().nullish().catch(undefined);
const flag = z.boolean().nullish().catch(undefined);

/** One row of `sessions.list`, as far as the list shows it. The Gateway sends more. */
const rowSchema = z.looseObject({
  key: z.string(),
  sessionId: text,
  label: text,
  displayName: text,
  derivedTitle: text,
  lastMessagePreview: text,
  updatedAt: z.number().nullish().catch(undefined),
  isMain: flag,
  isBackground: flag,
  pinned: flag,
  archived: flag,
  unread: flag,
  hasActiveRun: flag,
  activeRunIds: z.array(z.string()).nullish().catch(undefined),
  modelProvider: text,
  model: text,
  /** Null where nobody chose one for this session. */
  modelOverrideSource: text,
  /** True where the model can't be changed any more. */
  runtimeSelectionLocked: flag,
  thinkingLevel: text,
  thinkingDefault: text,
  /** What the model can hold, and what the last call gave it. */
  contextTokens: count,
  totalTokens: count,
  totalTokensFresh: flag,
});
export type SessionRow = z.infer<typeof rowSchema>;
export type SessionRows = ReadonlyMap<string, SessionRow>;

/** The words around what a search found, by session. */
export type Hits = ReadonlyMap<string, { words: string; atMs: number | null }>;

export type SessionItem = {
  key: string;
  sessionId: string | null;
  /** Null where nobody has named it and nothing was said in it yet. */
  title: string | null;
  /** A model wrote the title: it may be Markdown. */
  isTitleMarkdown: boolean;
  /** Words of the conversation, as Markdown. */
  preview: string | null;
  updatedAtMs: number | null;
  isMain: boolean;
  isPinned: boolean;
  isArchived: boolean;
  isUnread: boolean;
  isRunning: boolean;
  /** Of the search, what its messages hold: to be looked for there. Null where only its name has it. */
  saidWords: string | null;
};

/** Takes effect when its time is up and the Gateway is there, unless somebody takes it back. */
export type PendingRemoval = {
  item: SessionItem;
  kind: 'delete' | 'reset';
  askedAtMs: number;
  /** Asked for on a page that was closed meanwhile, or before another Gateway was on the screen. */
  isEarlier?: boolean;
};

export const listSchema = z.looseObject({
  sessions: z.array(z.unknown()).catch([]),
  hasMore: z.boolean().nullish().catch(undefined),
});

export function readRows(rows: readonly unknown[]): readonly SessionRow[] {
  return rows.flatMap((row) => {
    const parsed = rowSchema.safeParse(row);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Lays news over what is known: an event's row may lack the words that a list brought. */
export function withRow(rows: SessionRows, row: SessionRow): SessionRows {
  return new Map(rows).set(row.key, { ...rows.get(row.key), ...row });
}

/** A change that somebody asked for; unknown sessions stay unknown. */
export function withShown(rows: SessionRows, { key, shown }: { key: string; shown: Partial<SessionRow> }) {
  return rows.has(key) ? withRow(rows, { ...shown, key }) : rows;
}

export function withoutRow(rows: SessionRows, key: string): SessionRows {
  const next = new Map(rows);
  next.delete(key);
  return next;
}

/** A Gateway lists its main session only once something was said in it; people find it there from the start. */
export function withMain(rows: SessionRows, key: string | null): SessionRows {
  return key === null || rows.has(key) ? rows : new Map(rows).set(key, { key, isMain: true });
}

/** A run began, goes on or ended. Unknown sessions stay unknown: the list tells of them. */
export function withRun(rows: SessionRows, key: string, runId: string, isOver: boolean): SessionRows {
  const row = rows.get(key);
  if (!row) return rows;
  const running = row.activeRunIds ?? [];
  if (running.includes(runId) !== isOver) return rows;
  const activeRunIds = isOver ? running.filter((id) => id !== runId) : [...running, runId];
  return withRow(rows, { ...row, activeRunIds, hasActiveRun: activeRunIds.length > 0 });
}

export type ListView = {
  query: string;
  showsArchived: boolean;
  activeKey: string;
  /** Sessions in which something was said that this page has not shown. */
  unseen: ReadonlySet<string>;
  hits: Hits;
};

/** What the list shows: the main session and pinned ones first, then the latest. */
export function sessionItems(rows: SessionRows, view: ListView): readonly SessionItem[] {
  const words = view.query.trim().toLowerCase();
  return [...rows.values()]
    .filter((row) => row.isBackground !== true || row.key === view.activeKey)
    .filter(
      (row) =>
        (row.archived === true) === view.showsArchived ||
        (row.archived === true && words !== '' && view.hits.has(row.key)),
    )
    .map((row) => sessionItem(row, view))
    .filter(
      (item) =>
        words === '' ||
        view.hits.has(item.key) ||
        `${item.title ?? ''}\n${item.preview ?? ''}`.toLowerCase().includes(words),
    )
    .sort(
      (left, right) =>
        Number(right.isPinned) - Number(left.isPinned) ||
        Number(right.isMain) - Number(left.isMain) ||
        (right.updatedAtMs ?? 0) - (left.updatedAtMs ?? 0) ||
        left.key.localeCompare(right.key),
    );
}

export function sessionItem(row: SessionRow, { activeKey, unseen, hits, query }: ListView): SessionItem {
  const name = [row.label, row.displayName, row.isMain ? null : row.derivedTitle].find((words) =>
    words?.trim(),
  );
  return {
    key: row.key,
    sessionId: row.sessionId ?? null,
    title: name?.trim() ?? null,
    isTitleMarkdown: name === row.displayName && name !== row.label,
    preview:
      (query.trim() === '' ? null : hits.get(row.key)?.words) ?? (row.lastMessagePreview?.trim() || null),
    updatedAtMs: row.updatedAt ?? null,
    isMain: row.isMain === true,
    isPinned: row.pinned === true,
    isArchived: row.archived === true,
    isUnread: row.key !== activeKey && (row.unread === true || unseen.has(row.key)),
    isRunning: row.hasActiveRun === true,
    saidWords: saidWords(query.trim(), hits.get(row.key)?.words, row.lastMessagePreview ?? ''),
  };
}

/** The Gateway may have found the words apart from each other: then the first that stands in what it gave. */
function saidWords(query: string, hit: string | undefined, preview: string): string | null {
  if (query === '') return null;
  const isIn = (text: string) => (words: string) => text.toLowerCase().includes(words.toLowerCase());
  if (isIn(hit ?? preview)(query)) return query;
  return hit === undefined ? null : (query.split(/\s+/).find(isIn(hit)) ?? null);
}

/** A reset leaves the key and gives another session. */
export function isBegunAnew(row: SessionRow | undefined, item: SessionItem): boolean {
  return row?.sessionId != null && item.sessionId !== null && row.sessionId !== item.sessionId;
}

/** Nothing happened in it since. */
export function isAsItWas(row: SessionRow, item: SessionItem): boolean {
  return (row.sessionId ?? null) === item.sessionId && (row.updatedAt ?? null) === item.updatedAtMs;
}
