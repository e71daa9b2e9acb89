import { act } from '@testing-library/react';
import { expect, it } from 'vitest';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

async function said(content: string) {
  const { connection } = await openWebChat();
  const message = { role: 'assistant', content };
  const sessionKey = 'agent:main:main';
  act(() => connection.event('chat', { runId: 'r1', sessionKey, seq: 1, state: 'final', message }));
  return document.querySelector('[aria-live][data-run=r1]')?.textContent;
}

it.each([
  [
    'The host said `SYSTEM_RUN_DENIED: approval required`.',
    'The host said SYSTEM_RUN_DENIED: approval required.',
  ],
  ['a **b** [c](https://example.org) #4, 1 > 0', 'a b c #4, 1 > 0'],
])('says the words of %j without marks, and every character of them (R8)', async (content, text) => {
  expect(await said(content)).toBe(t('chat.announce.finished', { text }));
});

it('says the beginning of a long answer (R8)', async () => {
  expect(await said('word '.repeat(400))).toBe(
    t('chat.announce.finished', { text: `${'word '.repeat(400).slice(0, 600)}…` }),
  );
});
