/** An answer without the lines that attach files, and what those name, in their order. */
export type AnswerMedia = { readonly text: string; readonly paths: readonly string[] };

const MEDIA_LINE = /^ {0,3}MEDIA:\s*(?:"([^"]+)"|(\S.*?))\s*$/;
/** A line that may yet become one. */
const MEDIA_BEGINNING = /^ {0,3}M(?:E(?:D(?:I(?:A(?::[^\n]*)?)?)?)?)?$/;
const FENCE = /^ {0,3}(```|~~~)/;

/**
 * Agents attach a file to their answer by a line of its own, `MEDIA:<path>`, outside of code (openclaw 2026.9.6,
 * docs/reference/rich-output-protocol.md).
 */
export function splitMedia(answer: string): AnswerMedia {
  if (!answer.includes('MEDIA:')) return { text: answer, paths: [] };
  const { kept, paths } = readLines(answer.split('\n'));
  return { text: paths.length === 0 ? answer : withoutBlankEnd(kept), paths };
}

/**
 * The text of an answer that is still being said: without a last line that may yet attach a file, and without blank lines
 * at its end. It only grows.
 */
export function shownSoFar(answer: string): string {
  const end = answer.lastIndexOf('\n') + 1;
  const last = answer.slice(end);
  const mayAttach = MEDIA_BEGINNING.test(last);
  if (!mayAttach && !answer.includes('MEDIA:')) return isBlank(last) ? beforeBlankEnd(answer) : answer;
  const { kept, isCode } = readLines(answer.slice(0, end).split('\n').slice(0, -1));
  if (isCode || !mayAttach) kept.push(last);
  return withoutBlankEnd(kept);
}

function readLines(lines: readonly string[]) {
  const paths: string[] = [];
  const kept: string[] = [];
  let fence: string | null = null;
  for (const line of lines) {
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined && (fence === null || fence === mark)) fence = fence === null ? mark : null;
    const named = fence === null ? MEDIA_LINE.exec(line) : null;
    if (named) {
      paths.push(named[1] ?? named[2] ?? '');
      // A file that stands first leaves no blank lines before the text.
      if (kept.every(isBlank)) kept.length = 0;
    } else if (paths.length === 0 || kept.length > 0 || !isBlank(line)) kept.push(line);
  }
  return { kept, paths, isCode: fence !== null };
}

const isBlank = (line: string) => line.trim() === '';

/** Of a text whose last line is blank; unlike the other it reads no more than it drops. */
function beforeBlankEnd(text: string): string {
  const lineEnd = text.indexOf('\n', text.trimEnd().length);
  return text.slice(0, Math.max(lineEnd, 0));
}

const withoutBlankEnd = (lines: readonly string[]) =>
  lines.slice(0, lines.findLastIndex((line) => !isBlank(line)) + 1).join('\n');
