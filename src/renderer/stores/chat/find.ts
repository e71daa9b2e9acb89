import { assertNever } from '../../../shared/assert-never.ts';
import { mediaName } from './artifact.ts';
import type { ToolUse } from './chat-state.ts';
import type { FindState } from './chat-types.ts';
import type { ChatRow } from './rows.ts';
import type { Segment } from './segments.ts';
import { argumentsOf } from './tool-details.ts';

export type FinderOptions = {
  rows: () => readonly ChatRow[];
  /** Older rows, or more of a message that came cut. */
  hasMore: () => boolean;
  /** As much as comes at once; false where it could not be read. */
  loadMore: () => Promise<boolean>;
  onDidChange: (find: FindState | null) => void;
};

export type Finder = {
  find(query: string | null): void;
  step(by: 1 | -1): void;
  /** The rows have changed. */
  refresh(): void;
  /** What could not be read may be there again. */
  resume(): void;
  end(): void;
};

/** Searches the rows on the screen, then reads the conversation to its beginning and searches that. */
export function createFinder({ rows, hasMore, loadMore, onDidChange }: FinderOptions): Finder {
  let state: FindState | null = null;
  let isReading = false;
  /** What is left could not be read; asked for again with the next words, or the next connection. */
  let hasFailed = false;
  /** Counts conversations: what is read of one that was left says nothing of the next. */
  let turn = 0;
  let known = new WeakMap<ChatRow, string>();
  let searched: readonly ChatRow[] | null = null;

  function become(next: FindState | null) {
    state = next;
    onDidChange(next);
  }

  function search(query: string, shown: string | null) {
    searched = rows();
    const words = soughtWords(query);
    const matches =
      words === '' ? [] : searched.flatMap((row) => (wordsOf(row).includes(words) ? [row.key] : []));
    const kept = shown === null ? -1 : matches.indexOf(shown);
    // The newest first: it is the nearest to where a person reads.
    const at = matches.length === 0 ? null : kept === -1 ? matches.length - 1 : kept;
    become({ query, matches, at, isReading, isPartial: hasFailed && hasMore() });
  }

  /** Rows stay the same objects while nothing about them changes. */
  function wordsOf(row: ChatRow): string {
    const words = known.get(row) ?? rowWords(row).toLocaleLowerCase();
    known.set(row, words);
    return words;
  }

  async function readAll() {
    if (isReading) return;
    isReading = true;
    while (state && soughtWords(state.query) !== '' && hasMore() && !hasFailed) {
      if (!state.isReading) become({ ...state, isReading });
      const asked = turn;
      const isRead = await loadMore();
      if (asked === turn) hasFailed = !isRead;
    }
    isReading = false;
    if (state) become({ ...state, isReading, isPartial: hasFailed && hasMore() });
  }

  function end() {
    turn += 1;
    known = new WeakMap();
    if (state) become(null);
  }

  return {
    find(query) {
      if (query === null) return end();
      hasFailed = false;
      search(query, state?.matches[state.at ?? -1] ?? null);
      void readAll();
    },
    step(by) {
      if (state === null || state.at === null) return;
      const count = state.matches.length;
      become({ ...state, at: (state.at + by + count) % count });
    },
    refresh() {
      if (!state || rows() === searched) return;
      search(state.query, state.matches[state.at ?? -1] ?? null);
      // What was asked for before the conversation was there is read now.
      void readAll();
    },
    resume() {
      hasFailed = false;
      if (state) void readAll();
    },
    end,
  };
}

/** What is looked for in {@link FindState.query}: capitals make no difference. */
export function soughtWords(query: string): string {
  return query.trim().toLocaleLowerCase();
}

export function holdsWords(text: string, words: string): boolean {
  return text.toLocaleLowerCase().includes(words);
}

/** All that a row says, for a search. */
export function rowWords(row: ChatRow): string {
  switch (row.kind) {
    case 'user':
      return [row.text, ...row.attachments].join('\n');
    case 'assistant':
      return row.segments.map(segmentWords).join('\n');
    case 'failure':
    case 'note':
      return row.text;
    case 'reset':
      return '';
    default:
      return assertNever(row);
  }
}

const mayHaveMarks = /[*_`~[\\]/;
const links = /!?\[([^\]]*)\]\([^)]*\)/g;
const marks = /\\([!-/:-@[-`{-~])|\*+|`+|~~|(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])/gu;

/** Markdown about as it is read, where reading it for a search would take too long: without its marks within a line. */
function readText(markdown: string): string {
  if (!mayHaveMarks.test(markdown)) return '';
  return markdown.replace(links, '$1').replace(marks, (_, escaped: string | undefined) => escaped ?? '');
}

function segmentWords(segment: Segment): string {
  if (segment.kind === 'text') return `${segment.text}\n${readText(segment.text)}`;
  return segment.kind === 'tool' ? toolWords(segment.tool) : mediaName(segment);
}

/** What a tool was given, what it gave back, and what it is called. */
export function toolWords({ name, title, detail }: ToolUse): string {
  const given = argumentsOf(detail?.args)?.text ?? '';
  return [name, title, given, detail?.output ?? '', ...(detail?.media ?? []).map(mediaName)].join('\n');
}
