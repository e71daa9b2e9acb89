import { indexOf, type Json5Document, type Json5Node } from './json5-document.ts';
import {
  indentOfLine,
  type Json5Style,
  lineIndent,
  renderMember,
  renderValue,
  styleOf,
} from './json5-style.ts';

/** Replaces `[start, end)` of a text. */
export type Splice = { readonly start: number; readonly end: number; readonly text: string };

type Container = Json5Node & { tag: 'object' | 'array' };
type Entry = readonly [key: string | null, value: unknown];

/** All splices at once; they must not overlap. Of several at the same offset the earlier one comes first. */
export function splice(text: string, splices: readonly Splice[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text: inserted } of [...splices].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, start) + inserted;
    at = end;
  }
  return result + text.slice(at);
}

/** Adds members (or items, with a null key) after the last one, in the style of their neighbours. */
export function insertInto(document: Json5Document, node: Container, entries: readonly Entry[]): Splice[] {
  if (entries.length === 0) return [];
  const style = styleOf(document);
  const last = elementsOf(node).at(-1);
  return last === undefined
    ? intoEmpty(document, node, entries, style)
    : afterLast(document, node, last, entries, style);
}

function afterLast(
  document: Json5Document,
  node: Container,
  last: { start: number; end: number },
  entries: readonly Entry[],
  style: Json5Style,
): Splice[] {
  const { text } = document;
  const comma = findComma(document, last.end, node.end);
  const indent = lineIndent(text, last.start);
  const end = comma === null ? last.end : comma + 1;
  const separator = indent === null ? ' ' : style.newline + indent;
  const parts = render(entries, style, indent ?? indentOfLine(text, last.start));
  const body = parts.map((part) => separator + part).join(',') + (comma === null ? '' : ',');
  const at = indent === null ? end : endOfRemarks(document, end);
  if (comma !== null) return [{ start: at, end: at, text: body }];
  return [
    { start: end, end, text: ',' },
    { start: at, end: at, text: body },
  ];
}

function intoEmpty(
  { text, comments }: Json5Document,
  node: Container,
  entries: readonly Entry[],
  style: Json5Style,
): Splice[] {
  const outer = indentOfLine(text, node.start);
  const remark = comments.findLast(({ start, end }) => start > node.start && end < node.end);
  const at = remark?.end ?? node.start + 1;
  const rest = text.slice(at, node.end - 1);
  const hasLineAfter = /[\r\n]/.test(rest);
  if (!style.isMultiline && !hasLineAfter) {
    const gap = node.tag === 'object' ? ' ' : '';
    const parts = render(entries, style, outer).join(', ');
    return [{ start: at, end: node.end - 1, text: gap + parts + gap }];
  }
  const deeper = outer + style.indent;
  const body = render(entries, style, deeper)
    .map((part) => style.newline + deeper + part)
    .join(',');
  return hasLineAfter
    ? [{ start: at, end: at, text: body }]
    : [{ start: at, end: node.end - 1, text: body + style.newline + outer }];
}

function render(entries: readonly Entry[], style: Json5Style, indent: string): string[] {
  return entries.map(([key, value]) =>
    key === null ? renderValue(value, style, indent) : renderMember(key, value, style, indent),
  );
}

/**
 * Takes out every member of that name (or one item) with its comma, and its line where nothing else is on it.
 * Comments stay.
 */
export function removeFrom(document: Json5Document, node: Container, segment: string | number): Splice[] {
  const elements = elementsOf(node);
  const isGone = (index: number) =>
    node.tag === 'object' ? node.members[index]?.key === String(segment) : index === indexOf(segment);
  const gone = elements.map((_element, index) => isGone(index));
  const cuts: { start: number; end: number }[] = [];
  for (const [index, element] of elements.entries()) {
    if (!gone[index]) continue;
    cuts.push(element);
    const comma = findComma(document, element.end, elements[index + 1]?.start ?? node.end);
    if (comma !== null) cuts.push({ start: comma, end: comma + 1 });
  }
  // Without anything after it, the last one that stays gives up its comma, unless the list ended in one anyway.
  const lastKept = gone.lastIndexOf(false);
  const lastElement = elements.at(-1);
  const endsInComma = lastElement !== undefined && findComma(document, lastElement.end, node.end) !== null;
  const kept = elements[lastKept];
  if (kept && lastKept < elements.length - 1 && !endsInComma) {
    const comma = findComma(document, kept.end, elements[lastKept + 1]?.start ?? node.end);
    if (comma !== null) cuts.push({ start: comma, end: comma + 1 });
  }
  return withEmptiedLines(document.text, cuts);
}

/** Widens cuts: a line on which only white space would remain goes as a whole, else the blanks after a cut go. */
function withEmptiedLines(text: string, cuts: readonly { start: number; end: number }[]): Splice[] {
  const sorted = [...cuts].sort((a, b) => a.start - b.start);
  const splices: Splice[] = [];
  for (let index = 0; index < sorted.length; index += 1) {
    const first = sorted[index];
    if (!first) continue;
    let { end } = first;
    // Neighbouring cuts with only blanks between them are one.
    while (/^[^\S\r\n]*$/.test(text.slice(end, sorted[index + 1]?.start ?? -1)) && sorted[index + 1]) {
      index += 1;
      end = sorted[index]?.end ?? end;
    }
    splices.push(widen(text, first.start, end));
  }
  return splices;
}

function widen(text: string, start: number, end: number): Splice {
  const before = lineIndent(text, start);
  const after = /^[^\S\r\n]*(\r\n|\n|\r)/.exec(text.slice(end));
  if (before !== null && after) return { start: start - before.length, end: end + after[0].length, text: '' };
  const blanks = /^[^\S\r\n]*/.exec(text.slice(end))?.[0].length ?? 0;
  const isAfterGap = before !== null || /[\s[{]/.test(text.charAt(start - 1));
  return { start, end: isAfterGap ? end + blanks : end, text: '' };
}

function elementsOf(node: Container): { start: number; end: number }[] {
  if (node.tag === 'array') return node.items.map(({ start, end }) => ({ start, end }));
  return node.members.map(({ keySpan, value }) => ({ start: keySpan.start, end: value.end }));
}

/** The comma between two offsets that is not part of a comment, or null. */
function findComma({ text, comments }: Json5Document, from: number, to: number): number | null {
  for (let at = from; at < to; at += 1) {
    const comment = comments.find(({ start, end }) => start <= at && at < end);
    if (comment) at = comment.end - 1;
    else if (text[at] === ',') return at;
  }
  return null;
}

/** The end of the comments that stand after an offset on its line. */
function endOfRemarks({ text, comments }: Json5Document, from: number): number {
  let at = from;
  for (;;) {
    const blanks = /^[^\S\r\n]*/.exec(text.slice(at))?.[0].length ?? 0;
    const comment = comments.find(({ start }) => start === at + blanks);
    if (!comment || /[\r\n]/.test(text.slice(comment.start, comment.end))) return at;
    at = comment.end;
  }
}
