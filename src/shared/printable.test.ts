import { describe, expect, it } from 'vitest';
import { brief, hasControl, oneLine, printable, revealed, revealedLine } from './printable.ts';

const hostile = 'a\u001b[2Jb\r\nc\td\u009b31me\u007f';

describe("another computer's text", () => {
  it('is one line without a control character', () => {
    expect(oneLine(` ${hostile} `)).toBe('a [2Jb c d 31me');
  });

  it('keeps line breaks and tabs where it may have several lines', () => {
    expect(printable(hostile)).toBe('a[2Jb\nc\td31me');
  });

  it('keeps every letter, mark and emoji', () => {
    const text = '連線 é ñ 👩‍💻 \u00a0\u200f';
    expect(printable(text)).toBe(text);
    expect(hasControl(text)).toBe(false);
  });

  it('is cut after 200 characters in a sentence', () => {
    expect(brief('x'.repeat(200))).toBe('x'.repeat(200));
    expect(brief('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
  });

  it.each([
    ['C0', 'a\u0000'],
    ['DEL', 'a\u007f'],
    ['C1', 'a\u0085'],
  ])('shows a secret with %s in it', (_, text) => {
    expect(hasControl(text)).toBe(true);
  });
});

describe('what a person decides on (R8)', () => {
  it.each([
    [
      'a terminal code that never ends',
      'echo shown; \u001b]0; touch x #',
      'echo shown; \\u{1B}]0; touch x #',
    ],
    ['a terminal code that ends', 'a \u001b]0; rm -rf / #\u0007b', 'a \\u{1B}]0; rm -rf / #\\u{7}b'],
    ['C1, DEL, NUL and a carriage return', '\u009b2K\u007f\u0000\r', '\\u{9B}2K\\u{7F}\\u{0}\\u{D}'],
    ['turned directions', 'a\u202e\u2066b\u061c', 'a\\u{202E}\\u{2066}b\\u{61C}'],
    ['joiners and soft hyphens', 'r\u200bm\u200d\u00ad', 'r\\u{200B}m\\u{200D}\\u{AD}'],
    ['blanks that are none', 'a\u00a0b\u3000\u2028', 'a\\u{A0}b\\u{3000}\\u{2028}'],
    ['letters that draw nothing', '\u3164\u2800\ufe0f\u034f', '\\u{3164}\\u{2800}\\u{FE0F}\\u{34F}'],
    ['tags beyond the first plane', 'a\u{e0041}', 'a\\u{E0041}'],
    ['half a character', 'a\ud83d', 'a\\u{D83D}'],
  ])('shows %s by its number, and removes nothing', (_, text, shown) => {
    expect(revealed(text)).toBe(shown);
  });

  it('leaves what can be seen as it is, and what is shown already', () => {
    const text = 'echo "連線 é ñ 🦞 שלום" |\n\tgrep -v \\u{1B}';
    expect(revealed(text)).toBe(text);
  });

  it('shows line breaks and tabs as well where there is one line', () => {
    expect(revealedLine('/srv\n\tx')).toBe('/srv\\u{A}\\u{9}x');
  });
});
