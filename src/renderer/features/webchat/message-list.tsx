import {
  type ReactElement,
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
} from 'react';
import {
  type CacheSnapshot,
  type CustomContainerComponentProps,
  type CustomItemComponentProps,
  Virtualizer,
  type VirtualizerHandle,
} from 'virtua';
import { type ChatRow, timedRowBefore } from '../../stores/chat/rows.ts';
import { readAhead } from '../../ui/markdown/read-ahead.ts';
import { RestContext, useRest } from './at-rest.ts';
import { FoundWords } from './found-words.ts';
import { PassingRow } from './passing-row.tsx';
import { createRowsReader } from './read-rows-ahead.ts';
import { useHaste } from './use-haste.ts';

type MessageListProps = {
  rows: readonly ChatRow[];
  scrollRef: RefObject<HTMLElement | null>;
  /** The row that a search has found: it is brought into view and marked. */
  foundKey: string | null;
  /** What was found in it. */
  foundWords: string;
  /** A row grew or shrank, and is laid out. */
  onResize: () => void;
  children: DrawRow;
};

/** The same function for as long as it draws the same. `previous`: the last row above that has a time. */
type DrawRow = (row: ChatRow, previous: ChatRow | null, isLast: boolean) => ReactNode;

/** Drawn beyond the window, once what is in it is there. */
const bufferPx = 400;
/** Of the heights of rows none is known, and 100 pixels is the guess; virtua takes the median of the first instead. */
const firstGuess: CacheSnapshot = [[], 100];

/**
 * Draws only what is near the window. Rows that come above (older pages) keep what a person reads where it is.
 * The last row stays mounted: the answer that is being written is there.
 */
export function MessageList({ rows, scrollRef, foundKey, foundWords, onResize, children }: MessageListProps) {
  const handle = useRef<VirtualizerHandle>(null);
  const latest = useRef(rows);
  latest.current = rows;
  const { isOnItsWay, onArrived } = useFoundInView(handle, rows, foundKey);
  const isPrepended = usePrepended(rows);
  const isEmpty = rows.length === 0;
  // The view goes to the end before virtua looks where it is: the rows at the top are never drawn.
  useLayoutEffect(() => {
    if (!isEmpty) onResize();
  }, [isEmpty, onResize]);
  const { rest, hasRested, onMoved, onRested } = useRest(isEmpty);
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
  const haste = useHaste(scrollRef, (top) => drawnAt(top, handle.current, latest.current));
  const isCalm = haste.tag === 'none';
  const isLeaping = haste.tag === 'leaping';
  const elementOf = useMemo(() => createRowElements(children), [children]);
  useEffect(() => {
    if (!isCalm) return;
    ahead.start();
    return ahead.stop;
  }, [ahead, isCalm]);
  return (
    <RestContext value={rest}>
      {!isEmpty && (
        <Virtualizer
          onScroll={() => {
            onMoved();
            if (isCalm) ahead.start();
          }}
          onScrollEnd={() => {
            onArrived();
            onRested();
          }}
          onResize={onResize}
          ref={handle}
          data={rows}
          as={Container}
          item={Item}
          cache={firstGuess}
          bufferSize={hasRested && !isLeaping ? bufferPx : 0}
          scrollRef={scrollRef}
          shift={isPrepended}
          keepMounted={[rows.length - 1]}
        >
          {(row, at) => {
            const isLast = at === rows.length - 1;
            const passes = isLeaping || (haste.tag === 'outrun' && !haste.whole.has(row.key));
            // The row that was found would come back folded, and the view with it to where it was not.
            if (passes && !isLast && row.key !== foundKey && !isOnItsWay()) {
              const list = handle.current;
              // After a leap the same elements stand for other rows, each in its place.
              const key = isLeaping ? `place ${at - (list?.findItemIndex(list.scrollOffset) ?? 0)}` : row.key;
              return <PassingRow key={key} row={row} height={list?.getItemSize(at) ?? 0} />;
            }
            const found = row.key === foundKey ? foundWords : '';
            return elementOf(row, timedRowBefore(rows, at), isLast, found);
          }}
        </Virtualizer>
      )}
    </RestContext>
  );
}

/** The keys of the rows that are drawn for this place of the view. Asked before virtua hears that the view is there. */
function drawnAt(top: number, list: VirtualizerHandle | null, rows: readonly ChatRow[]): ReadonlySet<string> {
  if (!list) return new Set();
  const first = list.findItemIndex(top - bufferPx);
  const last = list.findItemIndex(top + list.viewportSize + bufferPx);
  return new Set(rows.slice(first, last + 1).map(({ key }) => key));
}

/**
 * Virtua takes the pointer from all rows while they move, and the browser then looks at each element's style anew: once
 * when the view follows an answer, and once more after it.
 */
function Container({ style, ...props }: CustomContainerComponentProps) {
  return <div style={{ ...style, pointerEvents: undefined }} {...props} />;
}

/**
 * Virtua hides a row until it has measured it. Nearly always that is before the frame is drawn, and hiding costs a
 * tenth of it; the rest stands for one frame where it was expected.
 */
function Item({ style, index: _, ...props }: CustomItemComponentProps) {
  return <div style={{ ...style, visibility: undefined }} {...props} />;
}

/** The same element for the same row: whatever makes the list look again, only rows that changed are drawn again. */
function createRowElements(drawRow: DrawRow) {
  type Drawn = { previous: ChatRow | null; isLast: boolean; found: string; element: ReactElement };
  const known = new WeakMap<ChatRow, Drawn>();
  return (row: ChatRow, previous: ChatRow | null, isLast: boolean, found: string): ReactElement => {
    const drawn = known.get(row);
    const isSame = drawn?.previous === previous && drawn.isLast === isLast && drawn.found === found;
    if (isSame) return drawn.element;
    const element = (
      <div key={row.key} className={`conversation-row ${found === '' ? '' : 'is-found'}`}>
        <FoundWords value={found}>{drawRow(row, previous, isLast)}</FoundWords>
      </div>
    );
    known.set(row, { previous, isLast, found, element });
    return element;
  };
}

/**
 * Brings the row that was found into view; once more where rows come in before the list rests, for its place is
 * another one then. `isOnItsWay`: the view has still to get there. `onArrived` is for the list to call when it rests.
 */
function useFoundInView(
  handle: RefObject<VirtualizerHandle | null>,
  rows: readonly ChatRow[],
  foundKey: string | null,
) {
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (foundKey === null) shown.current = null;
    if (foundKey === shown.current) return;
    const at = rows.findIndex((row) => row.key === foundKey);
    if (at >= 0) handle.current?.scrollToIndex(at, { align: 'center' });
  }, [handle, rows, foundKey]);
  return {
    isOnItsWay: () => shown.current !== foundKey,
    onArrived: () => {
      shown.current = foundKey;
    },
  };
}

/** True for the one rendering in which rows came in above what was the first one. */
function usePrepended(rows: readonly ChatRow[]): boolean {
  const previous = useRef(rows);
  const before = previous.current;
  useLayoutEffect(() => {
    previous.current = rows;
  });
  const [first] = before;
  if (before === rows || first === undefined || rows.length <= before.length) return false;
  return rows[0]?.key !== first.key && rows[rows.length - before.length]?.key === first.key;
}
