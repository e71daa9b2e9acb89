import { answers, conversation, expect, expectConnected, send, t, test } from './world.ts';

test('R1 R2 R8: a fresh profile chats at once with the embedded Gateway', async ({ launch }) => {
  const { page } = await launch();
  await expectConnected(page);
  await send(page, '/help');
  await expect(answers(page).last()).toContainText('/status');

  await page.reload();
  await expect(conversation(page)).toContainText('/help');
  await expect(answers(page)).toHaveCount(1);
});

test('R8: the link works once, leaves no secret in the address and nothing in shared storage', async ({
  launch,
}) => {
  const { page, runtime } = await launch();
  test.skip(runtime === 'electron', 'Electron has no link');
  await expectConnected(page);
  expect(new URL(page.url()).hash).not.toContain('ticket');
  expect(await page.context().cookies()).toEqual([]);
  expect(
    await page.evaluate(() => Object.keys(localStorage).filter((key) => /secret|token|ticket/i.test(key))),
  ).toEqual([]);
});

test('a second tab without a link says what to do', async ({ launch }) => {
  const { page, runtime } = await launch();
  test.skip(runtime === 'electron', 'Electron has no link');
  await expectConnected(page);
  const second = await page.context().newPage();
  await second.goto(new URL('/', page.url()).href);
  await expect(second.getByRole('heading', { name: t('connection.bridge.refusedTitle') })).toBeVisible();
});
