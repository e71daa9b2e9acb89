import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectKept } from './world.ts';

const t = createTranslator('en');
const tea = { key: 'agent:main:tea', sessionId: 'tea-1', label: 'Tea', updatedAt: 2 };
const coffee = { key: 'agent:main:coffee', sessionId: 'coffee-1', label: 'Coffee', updatedAt: 1 };
const deleting = t('sessions.deleting', { title: 'Tea' });
const askedEarlier = t('sessions.askedEarlier', { words: deleting });

let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture({ connection: { tag: 'connected', sinceMs: 0 } });
  fixture.gateway.sessions = [tea, coffee];
  fixture.gateway.offers = {
    'sessions.delete': ({ key }: { key: string }) => {
      fixture.gateway.sessions = fixture.gateway.sessions.filter((row) => row.key !== key);
      return { ok: true };
    },
  };
});
test.afterEach(() => fixture.stop());

const line = (page: Page, title: string) => page.locator('[data-session]').filter({ hasText: title });
const undo = (page: Page) => page.getByRole('button', { name: t('sessions.undo'), exact: true });
const deleted = () =>
  fixture.gateway.asked.flatMap(({ method, params }) => (method === 'sessions.delete' ? [params] : []));

async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(fixture.link());
  await expect(line(page, 'Coffee')).toBeVisible();
  return page;
}

async function remove(page: Page): Promise<void> {
  await line(page, 'Tea').hover();
  await page.getByRole('button', { name: t('sessions.more', { title: 'Tea' }) }).click();
  await page.getByRole('menuitem', { name: t('sessions.delete'), exact: true }).click();
  await expect(page.getByText(deleting)).toBeVisible();
  await expectKept(page, 'removals', 1);
}

test('R8: a delete is offered again after a reload, and can be taken back with the key', async ({
  context,
}) => {
  const page = await openTab(context);
  await remove(page);
  await page.reload();
  await expect(page.getByText(askedEarlier)).toBeVisible();
  await expect(line(page, 'Coffee')).toBeVisible();
  await expect(line(page, 'Tea')).toHaveCount(0);
  await page.getByRole('textbox', { name: t('chat.composer.label') }).blur();
  await page.keyboard.press('Control+z');
  await expect(line(page, 'Tea')).toBeVisible();
  await expectKept(page, 'removals', 0);
  await page.reload();
  await expect(line(page, 'Tea')).toBeVisible();
  await expect(undo(page)).toHaveCount(0);
  expect(deleted()).toEqual([]);
});

test('R8: a delete of a tab that is closed is done by one of the others, once', async ({ context }) => {
  const [first, second, third] = [await openTab(context), await openTab(context), await openTab(context)];
  await remove(first);
  await first.close();
  const offers = async () => (await undo(second).count()) + (await undo(third).count());
  await expect.poll(offers).toBe(1);
  await expect.poll(deleted).toEqual([{ key: tea.key }]);
  await expect.poll(offers).toBe(0);
  await expectKept(second, 'removals', 0);
  await second.reload();
  await expect(line(second, 'Coffee')).toBeVisible();
  await expect(line(second, 'Tea')).toHaveCount(0);
  await expect(undo(second)).toHaveCount(0);
  expect(deleted()).toHaveLength(1);
});

test('R8: the key takes back what was taken away last: a message, then a conversation', async ({
  context,
}) => {
  const page = await openTab(context);
  await remove(page);
  fixture.gateway.refuses = { 'chat.send': 'not now' };
  const field = page.getByRole('textbox', { name: t('chat.composer.label') });
  await field.fill('a message');
  await field.press('Enter');
  await page.getByRole('button', { name: t('chat.delivery.discard') }).click();
  const discarded = page.getByText(t('chat.delivery.discarded', { text: 'a message' }));
  await expect(discarded).toBeVisible();
  await field.blur();
  await page.keyboard.press('Control+z');
  await expect(discarded).toHaveCount(0);
  await expect(page.getByText(deleting)).toBeVisible();
  await field.blur();
  await page.keyboard.press('Control+z');
  await expect(page.getByText(deleting)).toHaveCount(0);
  await expect(line(page, 'Tea')).toBeVisible();
});
