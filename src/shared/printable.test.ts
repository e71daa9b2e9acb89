import { describe, expect, it } from 'vitest';
import { brief, hasControl, oneLine, printable } from './printable.ts';

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
