import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { ChatRow } from '../../stores/chat/rows.ts';
import { readAhead } from '../../ui/markdown/read-ahead.ts';
import { RestContext, useRest } from './at-rest.ts';
import { createRowsReader } from './read-rows-ahead.ts';

type MessageListProps = {
  rows: readonly ChatRow[];
  scrollRef: RefObject<HTMLElement | null>;
  /** The row that a search has found: it is brought into view and marked. */
  foundKey: string | null;
  children: (row: ChatRow, at: number) => ReactNode;
};

const bufferPx = 400;

/**
 * Draws only what is near the window. Rows that come above (older pages) keep what a person reads where it is.
 * The last row stays mounted: the answer that is being written is there.
 */
export function MessageList({ rows, scrollRef, foundKey, children }: MessageListProps) {
  const handle = useRef<VirtualizerHandle>(null);
  const latest = useRef(rows);
  latest.current = rows;
  useEffect(() => {
    const at = foundKey === null ? -1 : latest.current.findIndex((row) => row.key === foundKey);
    if (at >= 0) handle.current?.scrollToIndex(at, { align: 'center' });
  }, [foundKey]);
  const isPrepended = usePrepended(rows);
  const { rest, onMoved, onRested } = useRest();
  const ahead = useMemo(
    () =>
      createRowsReader({
        near: () => ({
          rows: latest.current,
          at: handle.current?.findItemIndex(handle.current.scrollOffset) ?? latest.current.length,
        }),
        read: readAhead,
      }),
    [],
  );
  useEffect(() => {
    ahead.start();
    return ahead.stop;
  }, [ahead]);
  return (
    <RestContext value={rest}>
      <Virtualizer
        onScroll={() => {
          onMoved();
          ahead.start();
        }}
        onScrollEnd={onRested}
        ref={handle}
        data={rows}
        bufferSize={bufferPx}
        scrollRef={scrollRef}
        shift={isPrepended}
        keepMounted={rows.length > 0 ? [rows.length - 1] : []}
      >
        {(row, at) => (
          <div key={row.key} className={`conversation-row ${row.key === foundKey ? 'is-found' : ''}`}>
            {children(row, at)}
          </div>
        )}
      </Virtualizer>
    </RestContext>
  );
}

/** True for the one rendering in which rows came in above what was the first one. */
function usePrepended(rows: readonly ChatRow[]): boolean {
  const previous = useRef(rows);
  const before = previous.current;
  useLayoutEffect(() => {
    previous.current = rows;
  });
  const [first] = before;
  if (before === rows || rows.length <= before.length) return false;
  // The first rows of all: what is drawn of them is the end.
  if (first === undefined) return true;
  return rows[0]?.key !== first.key && rows[rows.length - before.length]?.key === first.key;
}
