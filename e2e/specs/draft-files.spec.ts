import { expect, test } from '@playwright/test';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { onePixel } from '../fixtures/one-pixel.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture();
  fixture.engine.change(remoteScene);
});
test.afterEach(() => fixture.stop());

test('R8: a draft comes back with its files after a reload, and they are seen in what was sent', async ({
  page,
}, info) => {
  const t = createTranslator('en');
  await page.goto(fixture.link());
  const field = page.getByRole('textbox', { name: t('chat.composer.label') });
  const files = page.getByRole('list', { name: t('chat.files.label') });
  const picture = { name: 'dot.png', mimeType: 'image/png', buffer: onePixel };
  const notes = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') };
  await field.fill('look at these');
  await page.locator('input[type=file]').setInputFiles([picture, notes]);
  await expect(files.getByRole('listitem')).toHaveCount(2);
  await expect(page.getByRole('button', { name: t('chat.composer.send') })).toBeEnabled();
  await expect
    .poll(() =>
      page.evaluate(async () => {
        const { promise, resolve } = Promise.withResolvers<IDBDatabase>();
        const opening = indexedDB.open('chela.chat');
        opening.onsuccess = () => resolve(opening.result);
        const database = await promise;
        const reading = database.transaction('draftFiles').objectStore('draftFiles').getAll();
        const rows = Promise.withResolvers<void>();
        reading.onsuccess = () => rows.resolve();
        await rows.promise;
        database.close();
        return reading.result.map((row: { blob: Blob | null }) => row.blob?.size ?? 0).sort();
      }),
    )
    .toEqual([notes.buffer.length, onePixel.length]);

  await page.reload();
  await expect(field).toHaveValue('look at these');
  await expect(files.getByRole('listitem')).toHaveText([/dot\.png/, /notes\.txt/]);
  const look = files.getByRole('img', { name: t('chat.image', { name: 'dot.png' }) });
  await expect(look).toBeVisible();
  expect(await look.evaluate((drawn: HTMLImageElement) => drawn.naturalWidth)).toBe(1);
  await expectAccessible(page);
  await info.attach('draft', { body: await page.screenshot(), contentType: 'image/png' });

  await field.press('Enter');
  const message = page.locator('[data-role="user"]').last();
  const sent = message.getByRole('img', { name: t('chat.image', { name: 'dot.png' }) });
  await expect(sent).toBeVisible();
  expect(await sent.evaluate((drawn: HTMLImageElement) => drawn.naturalWidth)).toBe(1);
  await expect(message).toContainText(t('chat.attachment', { name: 'notes.txt' }));
  await expect(files).toHaveCount(0);
  await info.attach('sent', { body: await page.screenshot(), contentType: 'image/png' });
  await page.reload();
  await expect(field).toHaveValue('');
  await expect(files).toHaveCount(0);
});
