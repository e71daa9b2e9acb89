import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { markPaths } from './mark.tsx';
import { MARK_DOT } from './mark-path.ts';

describe('the mark', () => {
  it.each(['open', 'closed', 'attention'] as const)('%s is drawn alike on screens and in icons', (shape) => {
    const source = readFileSync(`resources/mark/${shape}.svg`, 'utf8');
    const drawn = [...source.matchAll(/ d="([^"]+)"/g)].map((match) => match[1]);
    expect(markPaths[shape]).toEqual(drawn);
    const { cx, cy, r } = MARK_DOT;
    expect(source.includes(`cx="${cx}" cy="${cy}" r="${r}"`)).toBe(shape === 'attention');
  });
});
