import { expect, type Page, test } from '@playwright/test';
import { appError } from '../../src/shared/errors.ts';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { fakeRow } from '../fixtures/fake-gateway.ts';
import { hostKeyQuestion } from '../fixtures/scenes.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** The screens alone, in states that are hard to reach with real parts: do they hold, and can everybody use them? */
const t = createTranslator('en');

let fixture: ScreenFixture;
/** What the page's policy refused; a page that works refuses nothing. */
let refused: string[];

test.beforeEach(async ({ page }) => {
  fixture = await startScreenFixture();
  refused = [];
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) refused.push(message.text());
  });
});

test.afterEach(async () => {
  await fixture.stop();
  expect(refused).toEqual([]);
});

const log = (page: Page) => page.getByRole('log', { name: t('chat.conversation') });
const field = (page: Page) => page.getByRole('textbox', { name: t('chat.composer.label') });

function answerMarkdown(): string {
  return [
    '# What runs',
    '1. The Gateway on `127.0.0.1:18789`, see [the docs](https://docs.openclaw.ai).',
    '| Service | Port |\n| --- | ---: |\n| gateway | 18789 |',
    `\`\`\`bash\necho ${'long '.repeat(60)}\n\`\`\``,
    '> Nothing was changed.\n\n- [x] checked',
    '![picture](https://example.com/a.png)',
  ].join('\n\n');
}

test.describe('axe finds nothing', () => {
  test('an empty and a full conversation, a failed run, a message that waits', async ({ page }) => {
    await page.goto(fixture.link());
    await expect(page.getByRole('heading', { name: t('chat.empty.title') })).toBeVisible();
    await expectAccessible(page);

    fixture.gateway.onSend = (runId) => {
      fixture.gateway.chat(runId, {
        state: 'delta',
        message: { role: 'assistant', content: answerMarkdown() },
      });
    };
    await field(page).fill('What runs there?');
    await field(page).press('Enter');
    await expect(log(page).getByRole('table')).toBeVisible();
    await expectAccessible(page);

    fixture.gateway.onSend = (runId) =>
      fixture.gateway.chat(runId, { state: 'error', errorMessage: 'No key.' });
    await field(page).fill('And now?');
    await field(page).press('Enter');
    await expect(log(page)).toContainText('No key.');
    await expectAccessible(page);
  });

  test('settings with a notice and a failed test', async ({ page }) => {
    const details = { file: 'openclaw.json', line: 14, column: 3, reason: 'expected a comma' };
    fixture.engine.change({
      ...remoteScene,
      notices: [appError('OPENCLAW_CONFIG_BROKEN', 'x', { details })],
    });
    fixture.answer = (method) =>
      method === 'connection.test'
        ? Promise.resolve({
            ok: false,
            error: appError('SSH_HOST_NOT_FOUND', 'x', { details: { host: 'den' } }),
          })
        : null;
    await page.goto(fixture.link());
    await page.getByRole('button', { name: t('chat.keys.settings') }).click();
    await page.getByRole('button', { name: t('settings.test.run'), exact: true }).click();
    await expect(page.getByRole('main')).toContainText(t('errors.SSH_HOST_NOT_FOUND.title', { host: 'den' }));
    await expectAccessible(page);
    // It scrolls inside: there is no empty page below it.
    const { scrollHeight, clientHeight } = await page.evaluate(() => {
      const root = document.documentElement;
      return { scrollHeight: root.scrollHeight, clientHeight: root.clientHeight };
    });
    expect(scrollHeight).toBe(clientHeight);
  });

  test('the host-key question over a failed connection', async ({ page }) => {
    fixture.engine.change({
      ...remoteScene,
      connection: { tag: 'failed', error: appError('GATEWAY_TOKEN_MISMATCH', 'x') },
      questions: [hostKeyQuestion],
    });
    await page.goto(fixture.link());
    await expect(page.getByRole('button', { name: t('questions.hostKey.refuse') })).toBeFocused();
    await expectAccessible(page);
    fixture.engine.change({ questions: [] });
    await expect(page.getByRole('alert')).toContainText(t('errors.GATEWAY_TOKEN_MISMATCH.title'));
    await expectAccessible(page);
  });

  test('the panel', async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 400 });
    fixture.engine.change(remoteScene);
    await page.goto(fixture.link());
    await page.evaluate(() => {
      location.hash = '#/panel';
    });
    await expect(page.getByText(t('connection.lamps.ssh'), { exact: true })).toBeVisible();
    await expectAccessible(page);
  });
});

test('nothing is cut off at 360 px', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  fixture.engine.change(remoteScene);
  fixture.gateway.rows = [
    fakeRow('user', 'x'.repeat(400), 'r1', 1),
    fakeRow('assistant', answerMarkdown(), 'r1', 2),
  ];
  await page.goto(fixture.link());
  await expect(log(page).getByRole('table')).toBeVisible();
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await overflow()).toBe(0);
  fixture.engine.change({ notices: [appError('PAGE_PORT_TAKEN', 'x', { details: { port: 43051 } })] });
  await expect(page.getByRole('button', { name: t('connection.notices', { count: 1 }) })).toBeVisible();
  expect(await overflow()).toBe(0);
  await expect(page.getByRole('button', { name: t('chat.keys.settings') })).toBeInViewport({ ratio: 1 });
  await page.getByRole('button', { name: t('chat.keys.settings') }).click();
  await expect(page.getByRole('heading', { name: t('settings.title') })).toBeVisible();
  expect(await overflow()).toBe(0);
});

test('a long answer keeps its end in view, unless somebody reads further up', async ({ page }) => {
  await page.goto(fixture.link());
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}`).join('\n\n');
  const say = (count: number) =>
    fixture.gateway.chat('r1', { state: 'delta', message: { role: 'assistant', content: lines(count) } });
  await expect(page.getByRole('heading', { name: t('chat.empty.title') })).toBeVisible();
  say(40);
  await expect(log(page).getByText('line 39')).toBeInViewport();
  say(60);
  await expect(log(page).getByText('line 59')).toBeInViewport();

  await log(page).hover();
  await page.mouse.wheel(0, -600);
  const jump = page.getByRole('button', { name: t('chat.jump') });
  await expect(jump).toBeVisible();
  say(80);
  await expect(log(page).getByText('line 79')).not.toBeInViewport();
  await jump.click();
  await expect(log(page).getByText('line 79')).toBeInViewport();
  await expect(field(page)).toBeFocused();
});

test('when Chela ends, the page says so and keeps what it shows; a restarted Chela wants a new link', async ({
  page,
}) => {
  fixture.gateway.rows = [fakeRow('user', 'still here', 'r1', 1)];
  await page.goto(fixture.link());
  await expect(log(page)).toContainText('still here');
  await fixture.pause();
  await expect(page.getByRole('alert')).toContainText(t('connection.bridge.lostTitle'));
  await expect(log(page)).toContainText('still here');
  await fixture.resume();
  await expect(page.getByRole('heading', { name: t('connection.bridge.refusedTitle') })).toBeVisible();
});

test('Traditional Chinese, by the settings and by the browser', async ({ browser }) => {
  const context = await browser.newContext({ locale: 'zh-TW' });
  const page = await context.newPage();
  const zh = createTranslator('zh-Hant');
  const { settings } = fixture.engine.snapshot().snapshot;
  fixture.engine.change({ settings: { ...settings, appearance: { theme: 'system', language: null } } });
  await page.goto(fixture.link());
  await expect(page.getByRole('heading', { name: zh('chat.empty.title') })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-Hant');
  fixture.engine.change({ settings: { ...settings, appearance: { theme: 'dark', language: 'en' } } });
  await expect(page.getByRole('heading', { name: t('chat.empty.title') })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
  await context.close();
});

test('R8: every script that a conversation needs has a tag in the page, so that none waits for another to name it', async ({
  page,
}) => {
  await page.goto(fixture.link());
  await expect(field(page)).toBeVisible();
  const { asked, tags } = await page.evaluate(() => ({
    asked: performance
      .getEntriesByType('resource')
      .map(({ name }) => name)
      .filter((name) => name.endsWith('.js')),
    tags: [...document.scripts].map(({ src }) => src),
  }));
  expect(asked).toEqual(expect.arrayContaining(tags));
  // The language and the worker are known only to what runs; the other screens are read when this one is there.
  const known = /assets\/(en|socket-worker|settings|doctor|panel)-/;
  expect(asked.filter((name) => !tags.includes(name) && !known.test(name))).toEqual([]);
});
