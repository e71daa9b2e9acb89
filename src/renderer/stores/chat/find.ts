import { assertNever } from '../../../shared/assert-never.ts';
import type { FindState } from './chat-types.ts';
import type { ChatRow } from './rows.ts';

export type FinderOptions = {
  rows: () => readonly ChatRow[];
  hasEarlier: () => boolean;
  /** As much as comes at once; false where it could not be read. */
  loadEarlier: () => Promise<boolean>;
  onDidChange: (find: FindState | null) => void;
};

export type Finder = {
  find(query: string | null): void;
  step(by: 1 | -1): void;
  /** The rows have changed. */
  refresh(): void;
  end(): void;
};

/** Searches the rows on the screen, then reads the conversation to its beginning and searches that. */
export function createFinder({ rows, hasEarlier, loadEarlier, onDidChange }: FinderOptions): Finder {
  let state: FindState | null = null;
  let isReading = false;
  let searched: readonly ChatRow[] | null = null;

  function become(next: FindState | null) {
    state = next;
    onDidChange(next);
  }

  function search(query: string, shown: string | null) {
    searched = rows();
    const words = query.trim().toLocaleLowerCase();
    const matches =
      words === ''
        ? []
        : searched.flatMap((row) => (rowWords(row).toLocaleLowerCase().includes(words) ? [row.key] : []));
    const known = shown === null ? -1 : matches.indexOf(shown);
    // The newest first: it is the nearest to where a person reads.
    const at = matches.length === 0 ? null : known === -1 ? matches.length - 1 : known;
    become({ query, matches, at, isReading });
  }

  async function readAll() {
    if (isReading) return;
    isReading = true;
    while (state && state.query.trim() !== '' && hasEarlier()) {
      if (!state.isReading) become({ ...state, isReading });
      if (!(await loadEarlier())) break;
    }
    isReading = false;
    if (state) become({ ...state, isReading });
  }

  return {
    find(query) {
      if (query === null) return become(null);
      search(query, state?.matches[state.at ?? -1] ?? null);
      void readAll();
    },
    step(by) {
      if (state === null || state.at === null) return;
      const count = state.matches.length;
      become({ ...state, at: (state.at + by + count) % count });
    },
    refresh() {
      if (state && rows() !== searched) search(state.query, state.matches[state.at ?? -1] ?? null);
    },
    end() {
      if (state) become(null);
    },
  };
}

/** All that a row says, for a search. */
function rowWords(row: ChatRow): string {
  switch (row.kind) {
    case 'user':
      return [row.text, ...row.attachments].join('\n');
    case 'assistant':
      return row.segments.map((part) => (part.kind === 'text' ? part.text : '')).join('\n');
    case 'failure':
    case 'note':
      return row.text;
    case 'reset':
      return '';
    default:
      return assertNever(row);
  }
}
