import type { Page } from '@playwright/test';
import { enter, worlds } from './gateway-worlds.ts';
import { answers, expect, expectConnected, field, send, statusLine, t, test } from './world.ts';

const list = (page: Page) => page.getByRole('list', { name: t('sessions.title') });
const found = (page: Page) => list(page).locator('[data-session]');
const search = (page: Page) => page.getByRole('searchbox', { name: t('sessions.search') });

/** A conversation with that name, in which this is said. */
async function converse(page: Page, name: string, words: string): Promise<void> {
  await page.keyboard.press('Alt+n');
  await expect(field(page)).toBeFocused();
  await send(page, `echo ${words}`);
  await expect(answers(page).last()).toContainText(words);
  await expect(answers(page)).toHaveCount(1);
  await list(page).locator('[data-session][aria-current=true]').focus();
  await page.keyboard.press('F2');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await expect(found(page).filter({ hasText: name })).toBeVisible();
}

async function fromMenu(page: Page, title: string, entry: string): Promise<void> {
  const line = list(page).getByRole('listitem').filter({ hasText: title });
  await line.hover();
  await line.getByRole('button', { name: t('sessions.more', { title }) }).click();
  await page.getByRole('menuitem', { name: entry, exact: true }).click();
}

/** R8: words of other conversations, on the real OpenClaw Gateway and on the one that Chela carries. */
for (const [name, worldOf] of Object.entries(worlds)) {
  test(`R8 on ${name}: search across conversations`, async ({ launch, remote }) => {
    test.setTimeout(600_000);
    const { world, app, page } = await enter(worldOf, { launch, remote });

    await test.step('a part of a word, and a Chinese word, are found in another conversation', async () => {
      await converse(page, 'Breakfast', 'some marmalade');
      await converse(page, 'Orders', '我喜歡咖啡豆');
      await converse(page, 'Empty hands', 'nothing of note');
      await search(page).fill('ARMALA');
      await expect(found(page)).toHaveText([/Breakfast.*some marmalade/]);
      await search(page).fill('咖啡');
      await expect(found(page)).toHaveText([/Orders.*我喜歡咖啡豆/]);
      await found(page).click();
      await expect(answers(page)).toHaveText([/我喜歡咖啡豆/]);
      await expect(page.getByRole('searchbox', { name: t('chat.find.label') })).toHaveValue('咖啡');
      await expect(page.getByRole('search')).toContainText(t('chat.find.count', { at: 2, count: 2 }));
      await search(page).fill('');
    });

    await test.step('an archived one is found, says that it is, and opens', async () => {
      await fromMenu(page, 'Breakfast', t('sessions.archive'));
      await expect(found(page).filter({ hasText: 'Breakfast' })).toHaveCount(0);
      await search(page).fill('armala');
      const line = page.getByRole('button', { name: new RegExp(`^Breakfast.*${t('sessions.isArchived')}`) });
      await expect(line).toBeVisible();
      await expect(list(page).getByText(t('sessions.isArchived')).last()).toBeVisible();
      await line.click();
      await expect(answers(page)).toHaveText([/some marmalade/]);
    });

    await test.step('what is kept here is searched without the Gateway', async () => {
      await search(page).fill('');
      await world.cut(app);
      await expect(statusLine(page)).not.toContainText(/^.*Connected to/);
      await search(page).fill('咖啡');
      await expect(found(page)).toHaveText([/Orders.*我喜歡咖啡豆/]);
      await expect(page.getByText(t('sessions.partlySearched'))).toBeVisible();
      await found(page).click();
      await expect(answers(page)).toHaveText([/我喜歡咖啡豆/]);
      await world.mend(app);
      await expectConnected(page);
      await expect(found(page)).toHaveText([/Orders.*我喜歡咖啡豆/]);
    });

    await test.step('what is deleted is found no more', async () => {
      await fromMenu(page, 'Orders', t('sessions.delete'));
      await expect(page.getByText(t('sessions.noMatch'))).toBeVisible();
      await expect(page.getByRole('button', { name: t('sessions.undo') })).toHaveCount(0);
      await search(page).fill('啡豆');
      await expect(page.getByText(t('sessions.noMatch'))).toBeVisible();
      await expect(found(page)).toHaveCount(0);
    });
  });
}
