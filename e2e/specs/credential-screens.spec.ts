import { expect, type Page, test } from '@playwright/test';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { ok } from '../../src/shared/result.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** Where a token goes and which credential is used (R13-R22), in both languages, wide and narrow, light and dark (by axe). */
let fixture: ScreenFixture;
test.afterEach(() => fixture.stop());

const file = '/home/ada/.openclaw/openclaw.json';
const diff = [
  `--- ${file}`,
  `+++ ${file}`,
  '@@ -1,3 +1,6 @@',
  ' {',
  "-  gateway: { mode: 'local' },",
  '+  gateway: {',
  "+    mode: 'remote',",
  "+    remote: { url: 'ws://127.0.0.1:18789' },",
  '+  },',
  ' }',
  '',
].join('\n');

const scrollsSideways = (page: Page) =>
  page.evaluate(() => document.body.scrollWidth - document.body.clientWidth);

async function expectFits(page: Page): Promise<void> {
  await expectAccessible(page);
  expect(await scrollsSideways(page)).toBeLessThanOrEqual(0);
}

for (const language of ['en', 'zh-Hant'] as const) {
  const t = createTranslator(language);
  for (const width of [1100, 360]) {
    test(`${language}, ${width} px`, async ({ page }) => {
      await page.setViewportSize({ width, height: 760 });
      fixture = await startScreenFixture(remoteScene);
      const { settings } = fixture.engine.snapshot().snapshot;
      fixture.engine.change({
        settings: { ...settings, appearance: { ...settings.appearance, language } },
      });
      fixture.answer = (method) => {
        if (method === 'credentials.places') return Promise.resolve(ok({ keychain: false }));
        if (method === 'sharedConfig.plan') return Promise.resolve(ok({ file, diff, id: 'one' }));
        return null;
      };
      await page.goto(fixture.link());
      await page.evaluate(() => {
        location.hash = '#/settings/general';
      });

      await page.getByRole('button', { name: t('settings.token.replace') }).click();
      await page.getByRole('textbox', { name: t('settings.token.label') }).fill('typed');
      const places = page.getByRole('group', { name: t('credentials.place.legend') });
      await expect(places).toBeVisible();
      for (const place of await places.getByRole('radio').all()) await expect(place).not.toBeChecked();
      await places.scrollIntoViewIfNeeded();
      await expectFits(page);

      await page.getByRole('button', { name: t('share.show'), exact: true }).click();
      const change = page.getByRole('region', { name: t('share.diffLabel', { file }) });
      await expect(change).toBeVisible();
      await page.getByRole('heading', { name: t('share.title') }).scrollIntoViewIfNeeded();
      await expectFits(page);

      await page.evaluate(() => {
        location.hash = '#/settings/connection';
      });
      const list = page.getByRole('list', { name: t('credentials.panel.candidates') });
      await expect(list.getByRole('listitem')).toHaveCount(2);
      await list.scrollIntoViewIfNeeded();
      await expectFits(page);
    });
  }
}
