import { afterEach, expect, it, vi } from 'vitest';
import { firstLocale, rememberLocale } from './first-locale.ts';
import { readWords, wordsIn } from './words.ts';

afterEach(() => {
  localStorage.clear();
  vi.unstubAllGlobals();
});

it('R8: the page begins in the language that it spoke last, the first time in the browser’s', () => {
  vi.stubGlobal('navigator', { language: 'zh-TW' });
  expect(firstLocale()).toBe('zh-Hant');
  rememberLocale('en');
  expect(firstLocale()).toBe('en');
});

it('R8: has the sentences of a language once they are read, and not before', async () => {
  expect(() => wordsIn('zh-Hant')).toThrow();
  await readWords('zh-Hant');
  expect(wordsIn('zh-Hant')('connection.retryNow')).toBe('立即重試');
});
