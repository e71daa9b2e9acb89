import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { lastWords, longText } from '../fixtures/model-server.ts';
import { enter, worlds } from './gateway-worlds.ts';
import { forget, fromMenu, openSession, sessionList } from './session-list.ts';
import {
  allowClipboard,
  answers,
  beginConversation,
  clipboardText,
  conversation,
  expect,
  expectConnected,
  questions,
  send,
  stopButton,
  t,
  test,
} from './world.ts';

/** Above what the real Gateway tells of one message in its history (128 KiB), and far above what its events tell. */
const chars = 160_000;
const answer = longText(chars);
/** One line: Chromium takes minutes to fill in thousands of them. */
const question = `echo as long as this\n${answer.replace(lastWords, 'Here ends the question.').replaceAll('\n', ' ')}`;

async function expectFound(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+f');
  const find = page.getByRole('searchbox', { name: t('chat.find.label') });
  await find.fill(words);
  await expect(page.getByRole('search')).toContainText(t('chat.find.count', { at: 1, count: 1 }));
  await expect(conversation(page).getByText(words).last()).toBeInViewport();
  await find.press('Escape');
  await expect(find).toHaveCount(0);
}

async function exported(page: Page, entry: 'sessions.exportMarkdown' | 'sessions.exportJson') {
  const title = await openSession(page).innerText();
  const download = page.waitForEvent('download', { timeout: 90_000 });
  await fromMenu(page, title.split('\n')[0] ?? '', t(entry));
  return readFileSync(await (await download).path(), 'utf8');
}

/** That the next page would find these words, with nobody to ask. */
async function expectStored(page: Page, words: readonly string[]): Promise<void> {
  const stored = () =>
    page.evaluate(async (sought) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const opening = indexedDB.open('chela.chat');
      opening.onsuccess = () => {
        const reading = opening.result.transaction('transcripts').objectStore('transcripts').getAll();
        reading.onsuccess = () => {
          opening.result.close();
          resolve(JSON.stringify(reading.result));
        };
      };
      const text = await promise;
      return sought.filter((one) => text.includes(one));
    }, words);
  await expect.poll(stored).toEqual(words);
}

/** R8: what the Gateway cuts where it tells a conversation is whole in WebChat all the same. */
for (const [name, worldOf] of Object.entries(worlds)) {
  test(`R8 on ${name}: long messages`, async ({ launch, remote }) => {
    // A loaded machine takes minutes for it.
    test.setTimeout(600_000);
    const { world, app, page } = await enter(worldOf, { launch, remote });
    await allowClipboard(page);
    await beginConversation(page);

    // The last message, so that it is on the screen; the question is far above it.
    const answered = answers(page).filter({ hasText: 'This is line 1 of very many.' });
    const copy = answered.getByRole('button', { name: t('chat.copyMessage') });
    const expectWhole = async () => {
      await expect(copy).toBeVisible();
      await expect(conversation(page)).not.toContainText(/\[chat\.history|\(truncated\)/);
      await expectFound(page, lastWords);
      await expectFound(page, 'Here ends the question.');
    };

    await test.step('as they come', async () => {
      await send(page, question);
      await expect(answers(page).last()).toContainText('as long as this');
      await expect(stopButton(page)).toHaveCount(0);
      await expect(questions(page)).not.toContainText('(truncated)');
      await send(page, `long ${chars}`);
      await expect(answered).toHaveCount(1);
      await expect(stopButton(page)).toHaveCount(0);
      await expectWhole();
    });

    await test.step('after a reload', async () => {
      await page.reload();
      await expectConnected(page);
      await expectWhole();
    });

    const key = await openSession(page).getAttribute('data-session');
    const openAnew = async () => {
      await forget(page);
      await sessionList(page).locator(`[data-session="${key}"]`).click();
    };
    await test.step('where the page has kept nothing of them; copied', async () => {
      await openAnew();
      await copy.click();
      await expect.poll(() => clipboardText(page)).toBe(answer);
      await expectWhole();
    });

    await test.step('exported for people and for programs, also before anybody has seen them', async () => {
      await openAnew();
      const markdown = await exported(page, 'sessions.exportMarkdown');
      expect(markdown).toContain(question);
      expect(markdown).toContain(answer);
      const json = await exported(page, 'sessions.exportJson');
      const { messages } = JSON.parse(json) as { messages: { content: unknown }[] };
      const contents = messages.map(({ content }) => JSON.stringify(content)).join();
      expect(contents).toContain(JSON.stringify(question).slice(1, -1));
      expect(contents).toContain(JSON.stringify(answer).slice(1, -1));
      expect(json).not.toContain('"truncated"');
    });

    await test.step('read without a connection, as the page has kept them', async () => {
      await expectStored(page, ['Here ends the question.', lastWords]);
      await world.cut(app);
      await page.reload();
      await expectWhole();
      await world.mend(app);
      await expectConnected(page);
    });
  });
}
