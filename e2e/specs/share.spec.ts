import { expect, type Page, test } from '@playwright/test';
import { appError } from '../../src/shared/errors.ts';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { err, ok } from '../../src/shared/result.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** Settings → Share with other OpenClaw tools (R12), by keyboard and in every look. */
const t = createTranslator('en');
const file = '/home/ada/.openclaw/openclaw.json';
const diff = [
  `--- ${file}`,
  `+++ ${file}`,
  '@@ -1,6 +1,10 @@',
  ' // the lab',
  ' {',
  '   gateway: {',
  "-    mode: 'local',",
  "+    mode: 'remote',",
  "     auth: { token: '••••' },",
  '+    remote: {',
  "+      sshTarget: 'ada@studio',",
  "+      url: 'ws://127.0.0.1:18789',",
  '+    },',
  '   },',
  ' }',
  '',
].join('\n');

let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture(remoteScene);
});
test.afterEach(() => fixture.stop());

async function open(page: Page, answers: Record<string, unknown>): Promise<void> {
  fixture.answer = (method) =>
    method in answers ? Promise.resolve(answers[method] as ReturnType<typeof ok>) : null;
  await page.goto(fixture.link());
  await page.evaluate(() => {
    location.hash = '#/settings/general';
  });
  await page.getByRole('heading', { name: t('share.title') }).scrollIntoViewIfNeeded();
}

const region = (page: Page) => page.getByRole('region', { name: t('share.diffLabel', { file }) });

test('shows, then writes, by keyboard alone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await open(page, {
    'sharedConfig.plan': ok({ file, diff, id: 'one' }),
    'sharedConfig.apply': ok({ written: true, backup: `${file}.bak` }),
  });
  await page.getByRole('button', { name: t('share.show') }).focus();
  await page.keyboard.press('Enter');
  await expect(region(page)).toBeVisible();
  await expectAccessible(page);
  const overflow = await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await page.getByRole('button', { name: t('share.save') }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText(t('share.saved', { backup: `${file}.bak` }))).toBeVisible();
  await expect(page.getByRole('button', { name: t('share.show') })).toBeFocused();
});

test('says that there is nothing to write, and why something could not be', async ({ page }) => {
  await open(page, {
    'sharedConfig.plan': ok({ file, diff: '', id: 'one' }),
  });
  await page.getByRole('button', { name: t('share.show') }).click();
  await expect(page.getByText(t('share.same', { file }))).toBeVisible();
  await open(page, {
    'sharedConfig.plan': err(
      appError('CONFIG_READ_ONLY', 'x', { details: { variable: 'OPENCLAW_NIX_MODE', file } }),
    ),
  });
  await page.getByRole('button', { name: t('share.show') }).click();
  await expect(page.getByText(t('errors.CONFIG_READ_ONLY.title'))).toBeVisible();
  await expectAccessible(page);
});
