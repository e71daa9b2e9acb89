import { type RefObject, useEffect } from 'react';
import { afterFrame } from '../../ui/after-frame.ts';

/** As `::highlight(found)` names them. */
const highlightName = 'found';
const maxMarks = 200;
/** After a jump the list measures its rows, and moves: the longer the more is unfolded. */
const looksMs = [150, 400, 1000, 2500] as const;
/** With these a person moves the view. */
const ownMoves = ['wheel', 'pointerdown', 'touchstart', 'keydown'] as const;

/** Marks the words that a search has found in a row, and brings the first of them into view: a row may be long. */
export function useFoundMark(
  scrollRef: RefObject<HTMLElement | null>,
  foundKey: string | null,
  words: string,
) {
  useEffect(() => {
    const scroller = scrollRef.current;
    if (!scroller || foundKey === null || words === '') return;
    let first: Range | undefined;
    let isUnderWay = false;
    let isOver = false;
    const bring = () => first && !isOver && reveal(scroller, first);
    const look = () => {
      const row = scroller.querySelector('.is-found');
      const ranges = row ? rangesOf(row, words) : [];
      if (canMark) CSS.highlights.set(highlightName, new Highlight(...ranges));
      first = ranges[0];
      if (!first || isUnderWay) return;
      isUnderWay = true;
      // Not sooner: the list would look for the place in a row that it believes as short as it was before.
      afterFrame(() => {
        bring();
        for (const ms of looksMs) setTimeout(bring, ms);
      });
    };
    look();
    // The row, the card and the folded part come when they are drawn.
    const observer = new MutationObserver(look);
    observer.observe(scroller, { childList: true, subtree: true });
    const listening = new AbortController();
    const { signal } = listening;
    // Whoever scrolls away, and comes back, is not taken to it again.
    const end = () => {
      isOver = true;
    };
    for (const move of ownMoves) scroller.addEventListener(move, end, { passive: true, signal });
    return () => {
      observer.disconnect();
      listening.abort();
      end();
      if (canMark) CSS.highlights.delete(highlightName);
    };
  }, [scrollRef, foundKey, words]);
}

const canMark = typeof CSS !== 'undefined' && 'highlights' in CSS;

function reveal(scroller: HTMLElement, range: Range) {
  if (scroller.clientHeight === 0) return;
  const words = range.getBoundingClientRect();
  const view = scroller.getBoundingClientRect();
  if (words.height === 0 || (words.top >= view.top && words.bottom <= view.bottom)) return;
  scroller.scrollTop += words.top - view.top - view.height / 2;
}

/** Where these words stand in an element, also across its parts; `words` in small letters. */
function rangesOf(element: Element, words: string): Range[] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes: { node: Node; from: number }[] = [];
  let text = '';
  while (walker.nextNode()) {
    nodes.push({ node: walker.currentNode, from: text.length });
    text += (walker.currentNode.nodeValue ?? '').toLocaleLowerCase();
  }
  const placeOf = (at: number) => {
    const { node, from } = nodes.findLast((known) => known.from <= at) ?? { node: element, from: at };
    return [node, Math.min(at - from, node.nodeValue?.length ?? 0)] as const;
  };
  const ranges: Range[] = [];
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + words.length)) {
    if (ranges.length === maxMarks) break;
    const range = document.createRange();
    range.setStart(...placeOf(at));
    const [node, offset] = placeOf(at + words.length - 1);
    range.setEnd(node, Math.min(offset + 1, node.nodeValue?.length ?? 0));
    ranges.push(range);
  }
  return ranges;
}
