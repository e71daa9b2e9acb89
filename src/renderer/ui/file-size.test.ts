import { expect, it } from 'vitest';
import { t } from '../test-support/render.tsx';
import { fileSize } from './file-size.ts';

it.each([
  [0, '0 KB'],
  [1, '1 KB'],
  [1500, '1 KB'],
  [3 * 1_048_576 + 419_430, '3.4 MB'],
])('R8: %i bytes are %s', (bytes, shown) => {
  expect(fileSize(bytes, { t, number: String })).toBe(shown);
});
