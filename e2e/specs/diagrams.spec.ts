import { expect, type Page, test } from '@playwright/test';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { fakeRow } from '../fixtures/fake-gateway.ts';
import { type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** Diagrams are drawn when somebody asks, in a frame that can do nothing else (R8). */
const t = createTranslator('en');

let fixture: ScreenFixture;
test.beforeAll(async () => {
  fixture = await startScreenFixture();
});
test.afterAll(() => fixture.stop());

const log = (page: Page) => page.getByRole('log', { name: t('chat.conversation') });
const show = (page: Page) => page.getByRole('button', { name: t('chat.diagram.show') });

/** Opens a conversation with one diagram; resolves with what was fetched from elsewhere or said in a dialog. */
async function open(page: Page, source: string): Promise<string[]> {
  const misdeeds: string[] = [];
  page.on('dialog', (dialog) => {
    misdeeds.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(fixture.origin) && !/^(data|blob):/.test(request.url()))
      misdeeds.push(request.url());
  });
  const now = Date.now();
  fixture.gateway.rows = [
    fakeRow('user', 'draw it', 'run-1', now),
    fakeRow('assistant', `Here:\n\n\`\`\`mermaid\n${source}\n\`\`\``, 'run-1', now),
  ];
  await page.goto(fixture.link());
  await expect(show(page)).toBeVisible();
  return misdeeds;
}

test('R8: nothing of it is loaded before; then it is drawn in the theme of the page, and its source comes back', async ({
  page,
}) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  const misdeeds = await open(page, 'flowchart LR\n  A[Laptop] --> B[SSH] --> C[Gateway]');
  expect(loaded.filter((path) => path.startsWith('/diagram/'))).toEqual([]);

  await show(page).click();
  const frame = page.getByTitle(t('chat.diagram.title', { kind: 'flowchart' }));
  const svg = frame.contentFrame().locator('svg').first();
  await expect(svg).toContainText('Gateway');
  expect(await frame.getAttribute('sandbox')).toBe('allow-scripts');
  const scheme = await svg.evaluate(() => document.documentElement.style.colorScheme);
  expect(scheme).toBe('dark');
  await expect
    .poll(async () =>
      Math.abs(((await frame.boundingBox())?.height ?? 0) - ((await svg.boundingBox())?.height ?? 0)),
    )
    .toBeLessThan(6);
  // No origin: neither what the page keeps nor the page itself can be reached.
  expect(await svg.evaluate(() => window.origin)).toBe('null');
  await expectAccessible(page);

  await page.getByRole('button', { name: t('chat.diagram.hide') }).click();
  await expect(log(page)).toContainText('A[Laptop] --> B[SSH]');
  await expect(page.locator('iframe')).toHaveCount(0);
  expect(misdeeds).toEqual([]);
});

test('R8: a source that is wrong stays readable and says why; a megabyte of it leaves the page usable', async ({
  page,
}) => {
  await open(page, 'flowchart LR\n  A[Laptop --> ?');
  await show(page).click();
  await expect(page.locator('.diagram-failure')).toContainText(/can’t be drawn/);
  await expect(log(page)).toContainText('A[Laptop --> ?');

  await open(page, `flowchart LR\n${'A --> B\n'.repeat(125_000)}`);
  await show(page).click();
  // A long message is folded, and a part of it is drawn or not.
  const field = page.getByRole('textbox', { name: t('chat.composer.label') });
  await field.fill('still here');
  await expect(field).toHaveValue('still here');
});

test('R8: scripts in labels, click handlers and addresses do nothing', async ({ page }) => {
  const misdeeds = await open(
    page,
    [
      '%%{init: {"securityLevel": "loose", "themeCSS": "svg{background:url(https://example.com/y.png)}"}}%%',
      'flowchart LR',
      '  A["<img src=x onerror=alert(1)><script>alert(2)</script><b>label</b>"] --> B',
      '  B["<iframe src=https://example.com></iframe>B"]',
      '  click A "javascript:alert(3)"',
      '  click B call alert(4)',
    ].join('\n'),
  );
  await show(page).click();
  // A half of a picture is there before the whole: what counts is that it is no longer being drawn.
  const frame = page.locator('iframe');
  await expect(frame).toBeVisible();
  await expect(page.locator('.diagram-wait')).toHaveCount(0);
  const drawn = frame.contentFrame().locator('svg').first();
  await expect(drawn).toContainText('label');
  for (const node of await drawn.locator('.node').all()) await node.click({ force: true });
  expect(await drawn.locator('script, iframe, [onerror], [onclick], [href^="javascript"]').count()).toBe(0);
  expect(page.url()).toContain(fixture.origin);
  expect(misdeeds).toEqual([]);
});
