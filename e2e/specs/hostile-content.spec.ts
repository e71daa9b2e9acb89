import { expect, type Page, test } from '@playwright/test';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { fakeRow } from '../fixtures/fake-gateway.ts';
import { type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** What a model or a stranger may write (R8): it must do nothing, cost little and stay readable. */
const t = createTranslator('en');
const now = Date.now();

let fixture: ScreenFixture;
test.beforeAll(async () => {
  fixture = await startScreenFixture();
});
test.afterAll(() => fixture.stop());

const log = (page: Page) => page.getByRole('log', { name: t('chat.conversation') });

/** Opens a conversation of these answers; resolves with what the page did that it must not. */
async function open(page: Page, answers: readonly string[]): Promise<string[]> {
  const misdeeds: string[] = [];
  const { origin } = fixture;
  page.on('dialog', (dialog) => {
    misdeeds.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => misdeeds.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) misdeeds.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) misdeeds.push(request.url());
  });
  fixture.gateway.rows = answers.flatMap((text, at) => [
    fakeRow('user', `question ${at}`, `run-${at}`, now),
    fakeRow('assistant', text, `run-${at}`, now),
  ]);
  await page.goto(fixture.link());
  await expect(log(page).locator('[data-role=assistant]').first()).toBeVisible();
  return misdeeds;
}

test('scripts, handlers, dead links and pictures from elsewhere do nothing', async ({ page }) => {
  const misdeeds = await open(page, [
    '<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)><iframe src="https://example.com">',
    '[a](javascript:alert(4)) [b](data:text/html,<script>alert(5)</script>) [c](vbscript:x) [d](JaVaScRiPt:alert(6))',
    '![p](https://example.com/p.png) ![q](data:image/svg+xml;base64,PHN2Zz4=) <a href="javascript:alert(7)">e</a>',
    '```html\n<script>alert(8)</script>\n```\n\n$$\\href{javascript:alert(9)}{x}$$ `<b onclick=alert(10)>`',
  ]);
  await expect(log(page).locator('math')).toBeAttached();
  await expect(
    log(page).locator('script, iframe, img, svg[onload], [onerror], [onclick], [onload]'),
  ).toHaveCount(0);
  expect(
    await log(page)
      .locator('a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
  ).toEqual(['https://example.com/p.png']);
  await expectAccessible(page);
  expect(misdeeds).toEqual([]);
});

test('five megabytes, a line of 100 000 characters and a huge table keep the page usable', async ({
  page,
}) => {
  const table = ['| a | b | c | d | e | f | g | h |', `|${' --- |'.repeat(8)}`];
  for (let at = 0; at < 400; at++) table.push(`| ${`cell-${at} | `.repeat(8)}`);
  const misdeeds = await open(page, [
    `${'paragraph of some words. '.repeat(40)}\n\n`.repeat(5000),
    'x'.repeat(100_000),
    `\`\`\`js\n${'y'.repeat(100_000)}\n\`\`\``,
    table.join('\n'),
  ]);
  const field = page.getByRole('textbox', { name: t('chat.composer.label') });
  await field.fill('still here');
  await expect(field).toHaveValue('still here');
  await log(page).evaluate((element) => element.scrollTo(0, 0));
  await expect(page.getByRole('button', { name: /^Show more/ }).first()).toBeVisible();
  const isWide = await log(page).evaluate((element) => element.scrollWidth > element.clientWidth);
  expect(isWide).toBe(false);
  expect(misdeeds).toEqual([]);
});

test('turned directions, invisible characters, terminal codes and broken characters are readable', async ({
  page,
}) => {
  await open(page, [
    'invoice\u202Egpj.exe and pass\u200Bword \u001b[31mred\u001b[0m \u0000 half \uD83D end',
    'שלום עולם, זה טקסט',
  ]);
  await expect(log(page)).toContainText('invoice[U+202E]gpj.exe and password red  half \uFFFD end');
  const hebrew = log(page).locator('.prose', { hasText: 'שלום' });
  expect(await hebrew.evaluate((element) => getComputedStyle(element).direction)).toBe('rtl');
});
