import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import type { Snapshot } from '../../src/shared/contract/snapshot.ts';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectKept } from './world.ts';

const t = createTranslator('en');
const offline: Partial<Snapshot> = { connection: { tag: 'connecting', step: 'localGateway' } };
const online: Partial<Snapshot> = { connection: { tag: 'connected', sinceMs: 0 } };

let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture(offline);
});
test.afterEach(() => fixture.stop());

const field = (page: Page) => page.getByRole('textbox', { name: t('chat.composer.label') });
const log = (page: Page) => page.getByRole('log', { name: t('chat.conversation') });
const sent = () =>
  fixture.gateway.asked.flatMap(({ method, params }) => (method === 'chat.send' ? [params.message] : []));

async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(fixture.link());
  await expect(field(page)).toBeVisible();
  return page;
}

async function write(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press('Enter');
  await expect(field(page)).toHaveValue('');
  await expect(log(page)).toContainText(text);
}

test('R8: of two tabs each sends its own words; what was taken back in one does not go out from the other', async ({
  context,
}) => {
  const first = await openTab(context);
  await write(first, 'from the first');
  await expectKept(first, 'outbox', 1);
  const second = await openTab(context);
  await write(second, 'from the second');
  await first.getByRole('button', { name: t('chat.delivery.edit') }).click();
  await write(first, 'from the first, better');

  fixture.engine.change(online);
  await expect.poll(() => sent().length).toBeGreaterThan(1);
  await expect(log(second)).not.toContainText(t('chat.delivery.waiting'));
  await expect(log(first)).not.toContainText(t('chat.delivery.waiting'));
  expect(sent().toSorted()).toEqual(['from the first, better', 'from the second']);
});

test('R8: what waits in a tab that is closed goes out from the other one, once', async ({ context }) => {
  const first = await openTab(context);
  const second = await openTab(context);
  const third = await openTab(context);
  await write(first, 'left behind');
  await expectKept(first, 'outbox', 1);
  await first.close();
  const shown = async () => {
    const texts = await Promise.all([second, third].map((page) => log(page).innerText()));
    return texts.filter((text) => text.includes('left behind')).length;
  };
  await expect.poll(shown).toBe(1);

  fixture.engine.change(online);
  await expect.poll(sent).toEqual(['left behind']);
});

test('R8: two tabs have a draft each, and both are found again', async ({ context }) => {
  const first = await openTab(context);
  const second = await openTab(context);
  await field(first).fill('half of the first');
  await field(second).fill('half of the second');
  await expect(field(first)).toHaveValue('half of the first');
  await expectKept(first, 'drafts', 2);
  await first.close();
  await expect(field(second)).toHaveValue('half of the second\n\nhalf of the first');
  await second.reload();
  await expect(field(second)).toHaveValue('half of the second\n\nhalf of the first');
  await second.close();
  const third = await openTab(context);
  await expect(field(third)).toHaveValue('half of the second\n\nhalf of the first');
});

test('R8: a page that shows no chat keeps none of its words from one that does', async ({ context }) => {
  const first = await openTab(context);
  await write(first, 'waits');
  await expectKept(first, 'outbox', 1);
  await first.close();
  const settings = await openTab(context);
  await expect(log(settings)).toContainText('waits');
  await settings.evaluate(() => {
    location.hash = '#/settings/general';
  });
  await settings.reload();
  await expect(settings.getByRole('heading', { name: t('settings.title') })).toBeVisible();
  const chat = await openTab(context);
  await expect(log(chat)).toContainText('waits');
  await chat.close();
  await settings.evaluate(() => {
    location.hash = '#/chat';
  });
  await expect(log(settings)).toContainText('waits');
});
