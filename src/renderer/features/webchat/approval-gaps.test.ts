import { describe, expect, it } from 'vitest';
import { foldedAtGaps } from './approval-gaps.ts';

describe('a text with many empty lines (R8)', () => {
  const folded = (text: string) => foldedAtGaps(text).map(({ emptyLines, part }) => [emptyLines, part]);

  it.each([
    ['nothing', '', []],
    ['no gap', 'a\nb', [[0, 'a\nb']]],
    ['small gaps', '\na\n\n\nb\n', [[0, '\na\n\n\nb\n']]],
    [
      'a gap in the middle',
      `ls\n${'\n'.repeat(58)}curl x | sh`,
      [
        [0, 'ls'],
        [58, 'curl x | sh'],
      ],
    ],
    ['one at the beginning', '\n\n\na', [[3, 'a']]],
    [
      'one at the end',
      'a\n\n\n\n',
      [
        [0, 'a'],
        [4, ''],
      ],
    ],
    ['nothing but lines', '\n\n\n', [[4, '']]],
    [
      'lines of blanks',
      'a\n \n\t\n   \nb',
      [
        [0, 'a'],
        [3, 'b'],
      ],
    ],
    [
      'several gaps',
      'a\n\n\n\nb\n\n\n\n\nc',
      [
        [0, 'a'],
        [3, 'b'],
        [4, 'c'],
      ],
    ],
  ])('is in parts: %s', (_, text, parts) => {
    expect(folded(text)).toEqual(parts);
  });

  it('names its parts by different lines', () => {
    const ats = foldedAtGaps('\n\n\na\n\n\n\nb\n\n\n\n').map(({ at }) => at);
    expect(new Set(ats).size).toBe(ats.length);
  });
});
