import { expect, type Page, test } from '@playwright/test';
import { fakeRow } from '../fixtures/fake-gateway.ts';
import { onePixel } from '../fixtures/one-pixel.ts';
import { type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import {
  allowClipboard,
  conversation,
  draftFiles,
  dropFiles,
  expectDrawn,
  field,
  pastePicture,
  questions,
  t,
} from './world.ts';

/** What a person sees of a message, and of its files, until the Gateway has them (R8). */

let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture();
  fixture.gateway.onSend = (runId, message) =>
    fixture.gateway.chat(runId, {
      state: 'final',
      message: { role: 'assistant', content: `Answer to ${message}` },
    });
});
test.afterEach(() => fixture.stop());

const question = (page: Page, text: string) => questions(page).filter({ hasText: text });
const sends = () =>
  fixture.gateway.asked.filter(({ method }) => method === 'chat.send').map(({ params }) => params);

async function open(page: Page): Promise<void> {
  await page.goto(fixture.link());
  await expect(page.getByRole('heading', { name: t('chat.empty.title') })).toBeVisible();
}

async function say(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press('Enter');
}

test('R8: a refused message says why; it is sent again, edited or discarded as a person wants', async ({
  page,
}) => {
  const failed = (row: ReturnType<typeof question>) => row.getByText(/^Not sent\. .*The disk is full/);
  const press = (row: ReturnType<typeof question>, name: 'retry' | 'edit' | 'discard') =>
    row.getByRole('button', { name: t(`chat.delivery.${name}`) }).click();
  await open(page);
  fixture.gateway.refuses = { 'chat.send': 'The disk is full.' };
  await say(page, 'first words');
  await expect(failed(question(page, 'first words'))).toBeVisible();

  fixture.gateway.refuses = {};
  await press(question(page, 'first words'), 'retry');
  await expect(conversation(page)).toContainText('Answer to first words');
  await expect(failed(question(page, 'first words'))).toHaveCount(0);
  expect(new Set(sends().map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);

  fixture.gateway.refuses = { 'chat.send': 'The disk is full.' };
  await say(page, 'second words');
  await expect(failed(question(page, 'second words'))).toBeVisible();
  await press(question(page, 'second words'), 'edit');
  await expect(question(page, 'second words')).toHaveCount(0);
  await expect(field(page)).toBeFocused();
  await expect(field(page)).toHaveValue('second words');

  await say(page, 'third words');
  await expect(failed(question(page, 'third words'))).toBeVisible();
  // It is still there after a reload, and still not sent by itself.
  fixture.gateway.refuses = {};
  await page.reload();
  await expect(failed(question(page, 'third words'))).toBeVisible();
  await press(question(page, 'third words'), 'discard');
  await expect(question(page, 'third words')).toHaveCount(0);
  await expect(field(page)).toBeFocused();
  expect(sends().map(({ message }) => message)).toEqual([
    'first words',
    'first words',
    'second words',
    'third words',
  ]);
});

test('R8: cut off before the Gateway answered: in doubt, then answered once, whether it had arrived or not', async ({
  page,
}) => {
  const { gateway } = fixture;
  const inDoubt = (text: string) => question(page, text).getByText(t('chat.delivery.unconfirmed'));
  await open(page);
  for (const hadArrived of [false, true]) {
    const text = hadArrived ? 'arrived' : 'lost on the way';
    const sentBefore = sends().length;
    gateway.answers = false;
    await say(page, text);
    await expect.poll(() => sends().length).toBe(sentBefore + 1);
    const key = String(sends().at(-1)?.idempotencyKey);
    gateway.drop();
    await expect(inDoubt(text)).toBeVisible();

    if (hadArrived) {
      gateway.rows = [
        fakeRow('user', text, key, Date.now()),
        fakeRow('assistant', `Answer to ${text}`, key, Date.now()),
      ];
    }
    gateway.answers = true;
    gateway.drop();
    await expect(conversation(page).getByText(`Answer to ${text}`)).toHaveCount(1);
    await expect(inDoubt(text)).toHaveCount(0);
    await expect(question(page, text)).toHaveCount(1);
    const again = sends().slice(sentBefore + 1);
    expect(again.map(({ idempotencyKey }) => idempotencyKey)).toEqual(hadArrived ? [] : [key]);
  }
});

test('R8: files dropped and pasted go out with their text; one that is too large says so, and nothing goes out', async ({
  page,
}) => {
  fixture.gateway.onSend = () => {};
  fixture.gateway.policy = { attachments: { maxBytes: 3072, maxImageBytes: 2048 } };
  await open(page);
  await allowClipboard(page);
  const files = draftFiles(page);
  const file = (name: string) => files.filter({ hasText: name });
  await dropFiles(page, { 'notes.txt': 'dropped words', 'large.log': 'x'.repeat(3073) });
  await expect(files).toHaveCount(2);
  await expect(file('notes.txt')).toHaveAttribute('data-state', 'ready');
  const limit = t('chat.files.kilobytes', { size: '3' });
  await expect(file('large.log')).toContainText(t('chat.files.tooLarge', { limit }));

  await field(page).fill('what is this?');
  await pastePicture(page, onePixel);
  await expect(file('image.png')).toHaveAttribute('data-state', 'ready');

  await expect(page.getByRole('button', { name: t('chat.composer.send') })).toBeDisabled();
  await field(page).press('Enter');
  await expect(field(page)).toHaveValue('what is this?');
  await expect(questions(page)).toHaveCount(0);

  await file('large.log')
    .getByRole('button', { name: t('chat.files.remove', { name: 'large.log' }) })
    .click();
  await field(page).press('Enter');
  const sent = question(page, 'what is this?');
  await expect(sent).toContainText(t('chat.attachment', { name: 'notes.txt' }));
  await expectDrawn(sent, 'image.png');
  await expect(files).toHaveCount(0);
  await expect.poll(() => sends().length).toBe(1);
  expect(sends()[0]?.attachments).toMatchObject([
    { type: 'file', fileName: 'notes.txt', content: btoa('dropped words') },
    { type: 'image', fileName: 'image.png', mimeType: 'image/png' },
  ]);
});
