import { type RefObject, useEffect } from 'react';

/** As `::highlight(found)` names them. */
const highlightName = 'found';
const maxMarks = 200;
/** After a jump the list measures its rows, and moves. */
const looksMs = [0, 150, 400] as const;

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
    let timers: ReturnType<typeof setTimeout>[] = [];
    const look = () => {
      const row = scroller.querySelector('.is-found');
      const ranges = row ? rangesOf(row, words) : [];
      if (canMark) CSS.highlights.set(highlightName, new Highlight(...ranges));
      first = ranges[0];
      if (!first || timers.length > 0) return;
      // Once: who scrolls away and comes back is not taken to it again.
      timers = looksMs.map((ms) => setTimeout(() => first && reveal(scroller, first), ms));
    };
    look();
    // The row, the card and the folded part come when they are drawn.
    const observer = new MutationObserver(look);
    observer.observe(scroller, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      for (const timer of timers) clearTimeout(timer);
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
