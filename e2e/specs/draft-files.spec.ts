import { expect, test } from '@playwright/test';
import { onePixel } from '../fixtures/one-pixel.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';
import { draftFiles, expectDrawn, field, questions, storedFileSizes, t } from './world.ts';

let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture();
  fixture.engine.change(remoteScene);
});
test.afterEach(() => fixture.stop());

test('R8: a draft comes back with its files after a reload, and they are seen in what was sent', async ({
  page,
}, info) => {
  await page.goto(fixture.link());
  const files = draftFiles(page);
  const picture = { name: 'dot.png', mimeType: 'image/png', buffer: onePixel };
  const notes = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') };
  await field(page).fill('look at these');
  await page.locator('input[type=file]').setInputFiles([picture, notes]);
  await expect(files).toHaveCount(2);
  await expect(page.getByRole('button', { name: t('chat.composer.send') })).toBeEnabled();
  await expect.poll(() => storedFileSizes(page)).toEqual([notes.buffer.length, onePixel.length]);

  await page.reload();
  await expect(field(page)).toHaveValue('look at these');
  await expect(files).toHaveText([/dot\.png/, /notes\.txt/]);
  await expectDrawn(files, t('chat.image', { name: 'dot.png' }));
  await expectAccessible(page);
  await info.attach('draft', { body: await page.screenshot(), contentType: 'image/png' });

  await field(page).press('Enter');
  const message = questions(page).last();
  await expectDrawn(message, t('chat.image', { name: 'dot.png' }));
  await expect(message).toContainText(t('chat.attachment', { name: 'notes.txt' }));
  await expect(files).toHaveCount(0);
  await info.attach('sent', { body: await page.screenshot(), contentType: 'image/png' });
  await page.reload();
  await expect(field(page)).toHaveValue('');
  await expect(files).toHaveCount(0);
});
