import { expect, type Page, test } from '@playwright/test';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { fakeQuestion, fakeRow } from '../fixtures/fake-gateway.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** R8: much waits for a person at once; there is room to write and to read nevertheless. */
const t = createTranslator('en');

let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture(remoteScene);
  fixture.gateway.offers = { 'question.list': { questions: [fakeQuestion(2)] } };
  fixture.gateway.rows = [
    fakeRow('user', 'Publish the site.', 'r1', Date.now()),
    fakeRow('assistant', 'I begin with the backup.', 'r1', Date.now()),
  ];
});
test.afterEach(() => fixture.stop());

const approval = (id: string) => ({
  id,
  createdAtMs: Date.now(),
  expiresAtMs: Date.now() + 1_750_000,
  request: {
    command: `rsync --archive --delete /srv/site/ deploy@${id}:/var/www/site/`,
    cwd: '/srv/site',
    host: 'gateway',
    agentId: 'main',
    allowedDecisions: ['allow-once', 'allow-always', 'deny'],
  },
});

const cards = (page: Page) => page.getByRole('article', { name: t('approvals.title') });

async function expectRoom(page: Page): Promise<void> {
  const field = page.getByRole('textbox', { name: t('chat.composer.label') });
  await expect(field).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole('banner')).toBeInViewport({ ratio: 1 });
  const log = await page.getByRole('log', { name: t('chat.conversation') }).boundingBox();
  expect(log?.height).toBeGreaterThanOrEqual(80);
  const beyond = await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight);
  expect(beyond).toBeLessThanOrEqual(0);
}

for (const [width, height] of [
  [360, 640],
  [640, 512],
  [1100, 760],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`several cards at ${width} × ${height}, ${colorScheme}: the field and the conversation have their room`, async ({
      page,
    }, info) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height });
      await page.goto(fixture.link());
      const form = page.getByRole('form', { name: t('ask.title') });
      await expect(form).toBeVisible();
      fixture.gateway.push('exec.approval.requested', approval('www'));
      await expect(cards(page)).toHaveCount(1);
      await expectRoom(page);
      for (const id of ['mirror', 'archive']) fixture.gateway.push('exec.approval.requested', approval(id));
      await expect(cards(page)).toHaveCount(3);
      await expectRoom(page);
      const more = page.getByRole('button', { name: t('approvals.more') });
      await expect(more).toBeInViewport({ ratio: 1 });
      await page.screenshot({ path: info.outputPath('several.png') });
      await expectAccessible(page);

      const skip = form.getByRole('button', { name: t('ask.skip') });
      await expect(skip).not.toBeInViewport();
      await more.focus();
      await expect(async () => {
        if (await more.isVisible()) await page.keyboard.press('Enter');
        await expect(more).toHaveCount(0, { timeout: 300 });
      }).toPass();
      await expect(skip).toBeInViewport({ ratio: 1 });
      expect(await page.evaluate(() => document.activeElement?.className)).toBe('waiting-scroll');
      await expectRoom(page);
      await page.screenshot({ path: info.outputPath('end.png') });
    });
  }
}
