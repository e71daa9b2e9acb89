import { expect, it } from 'vitest';
import { row } from '../../test-support/chat-script.ts';
import { createMemoryStorage } from '../../test-support/memory-storage.ts';
import { type KeptSearchOptions, searchKept } from './kept-search.ts';

const storage = createMemoryStorage();
const keep = (place: string, ...messages: unknown[]) =>
  storage.saveTranscript(place, { sessionId: 's', messages, hasEarlier: false });

const find = (query: string, options: Partial<KeptSearchOptions> = {}) =>
  searchKept({ storage, scope: 'local', query, maxHits: 25, isWanted: () => true, ...options });
const hitsOf = async (...asked: Parameters<typeof find>) =>
  (await find(...asked)).kept.flatMap(({ session, hit }) => (hit ? [[session, hit.words]] : []));

keep(
  'local\nmain',
  row('user', 'Where is the Schlüssel?', 'a'),
  row('assistant', 'Im **Schlüssel**kasten.', 'a'),
);
keep(
  'local\nagent:main:one',
  row('assistant', `first\n${'x'.repeat(90)} 我喜歡咖啡豆 ${'y'.repeat(300)}\nlast`, 'b'),
);
keep('remote:studio\nmain', row('user', 'Schlüssel', 'c'));

it('R8: finds parts of words without the marks of Markdown, whatever their case; the newest row is shown', async () => {
  expect(await hitsOf('LÜSSELKAS')).toEqual([['main', 'Im Schlüsselkasten.']]);
  expect(await hitsOf('schlüssel')).toEqual([['main', 'Im **Schlüssel**kasten.']]);
  expect(await hitsOf('nowhere')).toEqual([]);
});

it('R8: shows the line of a Chinese word, as much as a list has room for', async () => {
  const [[, words = ''] = []] = await hitsOf('咖啡');
  expect(words).toMatch(/^…x{30,40} 我喜歡咖啡豆 y+$/);
  expect(words.length).toBeLessThan(200);
});

it('R8: looks at what was seen last first, and ends where nobody waits or enough is found', async () => {
  keep('local\nmain', row('user', 'key', 'd'));
  keep('local\nother', row('user', 'key', 'e'));
  expect(await find('key', { maxHits: 1 })).toMatchObject({ kept: [{ session: 'other' }], isCapped: true });
  expect((await find('key')).kept.map(({ session }) => session)).toEqual(['other', 'main', 'agent:main:one']);
  expect(await find('key', { isWanted: () => false })).toEqual({ kept: [], isCapped: true });
});
