import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { MAX_PICTURE_BYTES } from '../../src/shared/contract/artifact.ts';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { fakeRow } from '../fixtures/fake-gateway.ts';
import { onePixel } from '../fixtures/one-pixel.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** What a tool gave back besides words, in its card (R8). */
let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture();
  const { gateway } = fixture;
  const data = onePixel.toString('base64');
  gateway.offers = {
    'artifacts.download': { artifact: { mimeType: 'image/png' }, encoding: 'base64', data },
  };
  const call = {
    type: 'toolCall',
    id: 'call-1',
    name: 'browser__shot',
    arguments: { url: 'https://example.com' },
  };
  const image = { type: 'image', mimeType: 'image/png' };
  const content = [
    { type: 'text', text: 'The page is open.' },
    { ...image, artifactId: 'artifact_1', omitted: true, bytes: onePixel.length },
    { ...image, data },
    { ...image, data: btoa('this is no picture') },
    { ...image, artifactId: 'artifact_2', omitted: true, bytes: MAX_PICTURE_BYTES + 1 },
    { ...image, omitted: true, bytes: 22_285 },
    { type: 'image', mimeType: 'image/svg+xml', data: btoa('<svg xmlns="http://www.w3.org/2000/svg"/>') },
  ];
  const result = { role: 'toolResult', toolCallId: 'call-1', toolName: call.name, content, isError: false };
  gateway.rows = [
    fakeRow('user', 'Show me the page', 'run-1', Date.now()),
    { ...fakeRow('assistant', '', 'run-1', Date.now()), content: [call] },
    { ...fakeRow('assistant', '', 'run-1', Date.now()), ...result },
    fakeRow('assistant', 'Here it is.', 'run-1', Date.now()),
  ];
});
test.afterEach(() => fixture.stop());

for (const [locale, colorScheme, width] of [
  ['en', 'light', 1100],
  ['zh-Hant', 'dark', 360],
] as const) {
  test(`R8: pictures of a tool, ${locale}, ${colorScheme}, ${width} px`, async ({ page }, info) => {
    const t = createTranslator(locale);
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 760 });
    const { settings } = remoteScene;
    if (!settings) throw new Error('the scene has no settings');
    fixture.engine.change({ settings: { ...settings, appearance: { theme: 'system', language: locale } } });
    await page.goto(fixture.link());
    const card = page.locator('details.tool');
    await expect(card).toContainText(t('chat.tool.pictures', { count: 5 }));
    await expect(card.getByRole('img')).toHaveCount(0);

    await card.locator('summary').press('Enter');
    for (const name of ['browser__shot-1.png', 'browser__shot-2.png']) {
      const image = card.getByRole('img', { name: t('chat.image', { name }), exact: true });
      await expect(image).toBeVisible();
      expect(await image.evaluate((drawn: HTMLImageElement) => drawn.naturalWidth)).toBe(1);
    }
    await expect(card).toContainText(t('chat.artifact.broken', { name: 'browser__shot-3.png' }));
    await expect(card).toContainText(t('errors.ARTIFACT_TOO_LARGE.body', { limit: 12 }));
    await expect(card).toContainText(
      t('chat.artifact.unsentOf', { size: t('chat.files.kilobytes', { size: '22' }) }),
    );
    await expect(card.getByRole('img')).toHaveCount(2);
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await info.attach('card', { body: await page.screenshot(), contentType: 'image/png' });

    const download = page.waitForEvent('download');
    await card
      .getByRole('button', { name: t('chat.artifact.save', { name: 'browser__shot-1.png' }) })
      .press('Enter');
    expect(readFileSync(await (await download).path())).toEqual(onePixel);
    await card.locator('summary').press('Enter');
    await expect(card.getByRole('img')).toHaveCount(0);
  });
}
