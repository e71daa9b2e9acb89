/**
 * Text of another computer before a person, a log or a terminal sees it. Control characters are Unicode's class Cc:
 * C0, DEL and C1. They move cursors, paint and make lines of their own.
 */

/** One line: every run of control characters, line breaks among them, becomes a blank. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

/** Several lines: line breaks and tabs stay, other control characters go. RFC 4256 §3.1 asks for it. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '');
}

/**
 * What draws nothing, draws a blank that is none, or turns what follows: controls, formats, halves of characters,
 * what no font has, separators, variation selectors, blank letters (U+2800 is a cell of Braille without dots).
 */
const unseen = /(?![\n\t ])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/**
 * What a person decides on, several lines: nothing is removed, and each character that can't be seen is shown by its
 * number, `\u{1B}`, as OpenClaw shows commands. Line breaks and tabs stay.
 */
export function revealed(text: string): string {
  return text.replace(unseen, escaped);
}

/** {@link revealed}, in one line. */
export function revealedLine(text: string): string {
  return revealed(text).replace(/[\n\t]/g, escaped);
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16).toUpperCase()}}`;
}

/** {@link oneLine}, short enough for a sentence. */
export function brief(text: string): string {
  const line = oneLine(text);
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** Whether any control character is in it. A secret of one line has none. */
export function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
