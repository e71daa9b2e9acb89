import type { ChatRow } from '../../stores/chat/rows.ts';

export type RowsReaderOptions = {
  /** All rows, and the one that is on the screen. */
  near: () => { rows: readonly ChatRow[]; at: number };
  /** Reads a text, and keeps what it read. */
  read: (text: string) => void;
};

const rowsEachWay = 80;
const longestText = 20_000;
/** Of a browser's idle time, in milliseconds: a key that is pressed meanwhile finds the page free. */
const spareMs = 4;

/** Reads the Markdown of the rows around the screen in the browser's idle time, so that scrolling finds it read. */
export function createRowsReader({ near, read }: RowsReaderOptions) {
  let known = new WeakSet<ChatRow>();
  let pending: number | null = null;

  function next(): ChatRow | null {
    const { rows, at } = near();
    for (let away = 0; away <= rowsEachWay; away++) {
      for (const row of [rows[at - away], rows[at + away]]) {
        if (row && !known.has(row)) return row;
      }
    }
    return null;
  }

  function readRow(row: ChatRow) {
    known.add(row);
    // An answer that is being written is another row with every word.
    if (row.kind !== 'assistant' || row.status === 'working') return;
    for (const segment of row.segments) {
      if (segment.kind === 'text' && segment.text.length <= longestText) read(segment.text);
    }
  }

  function work(deadline: IdleDeadline) {
    pending = null;
    while (deadline.timeRemaining() > spareMs) {
      const row = next();
      if (row === null) return;
      readRow(row);
    }
    start();
  }

  function start() {
    // Safari has no such time; there each row is read when it is drawn.
    if ('requestIdleCallback' in window) pending ??= requestIdleCallback(work);
  }

  return {
    start,
    stop() {
      if (pending !== null) cancelIdleCallback(pending);
      pending = null;
      known = new WeakSet();
    },
  };
}
