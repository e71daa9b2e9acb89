import { describe, expect, it } from 'vitest';
import attention from '../../../resources/mark/attention.svg?raw';
import closed from '../../../resources/mark/closed.svg?raw';
import open from '../../../resources/mark/open.svg?raw';
import { markPaths } from './mark.tsx';
import { MARK_DOT } from './mark-path.ts';

const sources = { open, closed, attention };

describe('the mark', () => {
  it.each(['open', 'closed', 'attention'] as const)('%s is drawn alike on screens and in icons', (shape) => {
    const source = sources[shape];
    const drawn = [...source.matchAll(/ d="([^"]+)"/g)].map((match) => match[1]);
    expect(markPaths[shape]).toEqual(drawn);
    const { cx, cy, r } = MARK_DOT;
    expect(source.includes(`cx="${cx}" cy="${cy}" r="${r}"`)).toBe(shape === 'attention');
  });
});
