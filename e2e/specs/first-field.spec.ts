import { expect, type Page, test } from '@playwright/test';
import { hrefOf, type Route } from '../../src/renderer/features/shell/route-address.ts';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';

/** R8: the field to type in while the page is read. */
const t = createTranslator('en');

let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture(remoteScene);
});
test.afterEach(() => fixture.stop());

const firstField = (page: Page) => page.locator('#first-field textarea');
const composer = (page: Page) =>
  page.locator('form').getByRole('textbox', { name: t('chat.composer.label') });

/** Its own script is read, which waits for no other. */
async function untilStarted(page: Page): Promise<void> {
  await expect(firstField(page)).toHaveAttribute('placeholder', t('chat.composer.placeholder'));
  await expect(firstField(page)).toBeFocused();
}

/** Opens the page without the script that draws it, until it is let through. */
async function openUnread(page: Page, address = fixture.link()): Promise<() => void> {
  const held = Promise.withResolvers<void>();
  await page.route(/\/assets\/app-[^/]*\.js$/, async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.goto(address, { waitUntil: 'commit' });
  return held.resolve;
}

test('takes what is typed; words, selection and focus go on in the composer, after an earlier draft', async ({
  page,
}) => {
  await page.goto(fixture.link());
  await composer(page).fill('written before');
  // Kept in the page's storage a moment later.
  await expect(firstField(page)).toHaveCount(0);
  const read = await openUnread(page, fixture.origin);
  await expect(firstField(page)).toBeFocused();
  await page.keyboard.type('more');
  await page.keyboard.press('Shift+ArrowLeft');
  read();
  await expect(composer(page)).toHaveValue('written before\n\nmore');
  await expect(firstField(page)).toHaveCount(0);
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type('a');
  await expect(composer(page)).toHaveValue('written before\n\nmora');
});

test('what Enter was pressed for is shown, and sent once, in order', async ({ page }) => {
  const sent: string[] = [];
  fixture.gateway.onSend = (runId, message) => {
    sent.push(message);
    fixture.gateway.chat(runId, { state: 'final', message: { role: 'assistant', content: 'Yes.' } });
  };
  const read = await openUnread(page);
  await untilStarted(page);
  await firstField(page).press('Enter');
  await page.keyboard.type('first');
  await page.keyboard.press('Enter');
  await page.keyboard.type('second\n');
  await page.keyboard.type('third');
  await expect(page.locator('.first-said')).toHaveText(['first', 'second']);
  read();
  await expect(page.getByRole('log').locator('[data-role=user]')).toContainText(['first', 'second']);
  await expect(composer(page)).toHaveValue('third');
  await expect.poll(() => sent).toEqual(['first', 'second']);
});

test('the word of an input method is not torn: the field goes when it is done', async ({ page }) => {
  const read = await openUnread(page);
  await untilStarted(page);
  const session = await page.context().newCDPSession(page);
  await session.send('Input.imeSetComposition', { text: 'ㄋㄧ', selectionStart: 2, selectionEnd: 2 });
  read();
  await expect(page.getByRole('heading', { name: t('chat.empty.title') })).toBeVisible();
  await expect(firstField(page)).toBeFocused();
  await expect(composer(page)).toHaveCount(0);
  await session.send('Input.insertText', { text: '你' });
  await expect(composer(page)).toBeFocused();
  await expect(composer(page)).toHaveValue('你');
  await expect(firstField(page)).toHaveCount(0);
});

for (const [name, width] of [
  ['wide', 1100],
  ['narrow', 360],
] as const) {
  test(`stands where the composer does (${name})`, async ({ page }) => {
    await page.setViewportSize({ width, height: 700 });
    const read = await openUnread(page);
    await expect(firstField(page)).toBeVisible();
    const frame = await page.locator('#first-field .composer').boundingBox();
    const words = await firstField(page).boundingBox();
    read();
    await expect(firstField(page)).toHaveCount(0);
    expect(await page.locator('form.composer').boundingBox()).toEqual(frame);
    expect(await composer(page).boundingBox()).toEqual(words);
  });
}

test.describe('in Traditional Chinese', () => {
  test.use({ locale: 'zh-TW' });
  test('speaks it', async ({ page }) => {
    const zh = createTranslator('zh-Hant');
    await openUnread(page);
    await expect(firstField(page)).toHaveAttribute('placeholder', zh('chat.composer.placeholder'));
    await expect(page.getByRole('textbox', { name: zh('chat.composer.label') })).toBeVisible();
  });
});

test('is on no other screen, be it never so short', async ({ page }) => {
  const others: Route[] = [
    { name: 'settings', chooseRemote: false },
    { name: 'settings', chooseRemote: true },
    { name: 'panel' },
    ...(['chat', 'settings', 'panel'] as const).map((from) => ({ name: 'doctor' as const, from })),
  ];
  await page.route(/\.js$/, (route) => route.abort());
  // As the windows of the app open it, too.
  for (const address of ['#/settings', ...others.map(hrefOf)]) {
    await page.goto(`${fixture.origin}/${address}`);
    await page.reload();
    await expect(firstField(page), address).toBeHidden();
  }
  await page.goto(`${fixture.origin}/${hrefOf({ name: 'chat' })}`);
  await page.reload();
  await expect(firstField(page)).toBeVisible();
});

test('gives way where the page may show nothing; nothing is left that looks sent', async ({ page }) => {
  const read = await openUnread(page, fixture.origin);
  await untilStarted(page);
  await page.keyboard.type('never sent\n');
  await expect(page.locator('.first-said')).toHaveText('never sent');
  await page.keyboard.type('to whom');
  read();
  await expect(page.getByRole('heading', { name: t('connection.bridge.refusedTitle') })).toBeVisible();
  await expect(firstField(page)).toBeHidden();
  await expect(firstField(page)).toHaveValue('never sent\n\nto whom');
});
