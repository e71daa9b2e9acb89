import { describe, expect, it } from 'vitest';
import { lineOf } from './line-of.ts';

describe('Markdown as one line (R8)', () => {
  it.each([
    ['Here is a **short** answer:', 'Here is a short answer:'],
    ['## Plan\n\nfor *today*', 'Plan for today'],
    ['`npm test` [fails](https://example.com/a_b), see ![the log](x.png)', 'npm test fails, see the log'],
    ['~~old~~ a &amp; b', 'old a & b'],
  ])('says what it says, without its marks: %s', (markdown, line) => {
    expect(lineOf(markdown)).toBe(line);
  });

  it.each(['1984. A novel', '- tea', '> quoted', '2 * 3 * 4', 'snake_case_name', '[work] #general', '# '])(
    'is not taken for more than it is: %s',
    (line) => {
      expect(lineOf(line)).toBe(line.trim());
    },
  );

  it('shows HTML as it was written, and turns no direction', () => {
    expect(lineOf('<b>x</b> a\u202eb')).toBe('<b>x</b> a[U+202E]b');
  });
});
