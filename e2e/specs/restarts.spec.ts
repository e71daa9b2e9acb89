import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { startFaultProxy } from '../fixtures/fault-proxy.ts';
import { expectAccessible } from './axe.ts';
import {
  answers,
  test as base,
  conversation,
  errorTitle,
  expect,
  expectConnected,
  expectKept,
  field,
  homeWith,
  questions,
  type RemoteHost,
  remoteConfig,
  send,
  statusLine,
  t,
  trustHost,
} from './world.ts';

/** A way to the other computer that a test can cut, and a home whose Chela takes it. */
async function cutPath(remote: RemoteHost) {
  let path = await startFaultProxy({ target: remote.sshd });
  const { port } = path;
  const target = `${remote.sshd.user}@${remote.sshd.host}:${port}`;
  const home = homeWith(await remoteConfig({ ...remote, target }), remote);
  return {
    start: { home, browserProfile: join(home, 'browser') },
    cut: () => path.stop(),
    async mend() {
      path = await startFaultProxy({ target: remote.sshd, port });
    },
  };
}

const test = base.extend<{ path: Awaited<ReturnType<typeof cutPath>> }>({
  path: async ({ remote }, use) => {
    const path = await cutPath(remote);
    await use(path);
    await path.cut();
  },
});

const waiting = (page: Page, text: string) =>
  questions(page).filter({ hasText: text }).getByText(t('chat.delivery.waiting'));

/** Each was said once, and answered once: the scripted model says what it was asked to. */
async function expectOnce(page: Page, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await expect(answers(page).filter({ hasText: text })).toHaveCount(1);
    await expect(questions(page).filter({ hasText: text })).toHaveCount(1);
    await expect(waiting(page, text)).toHaveCount(0);
  }
}

test('R8: messages that wait outlive the browser and Chela, both killed, and go out once, in order', async ({
  launch,
  path,
  remote,
}) => {
  const texts = ['first of the dark', 'second of the dark'];
  const first = await launch(path.start);
  await trustHost(first.page, remote.sshd);
  await expectConnected(first.page);
  await path.cut();
  await expect(statusLine(first.page)).not.toContainText('Connected to');
  for (const text of texts) await send(first.page, `echo ${text}`);
  for (const text of texts) await expect(waiting(first.page, text)).toBeVisible();
  await expectKept(first.page, 'outbox', 2);
  await first.kill();

  const second = await launch(path.start);
  expect(new URL(second.page.url()).origin).toBe(new URL(first.page.url()).origin);
  for (const text of texts) await expect(waiting(second.page, text)).toBeVisible();
  await path.mend();
  await expectConnected(second.page);
  await expectOnce(second.page, texts);
  await expectKept(second.page, 'outbox', 0);

  await second.page.reload();
  await expectOnce(second.page, texts);
  const said = await questions(second.page).allInnerTexts();
  expect(texts.map((text) => said.findIndex((one) => one.includes(text)))).toEqual(
    texts.map((_, at) => said.length - texts.length + at),
  );
});

test('R8: where another program has the usual port, the page says where the waiting messages are; back there, all of them are found and go out once', async ({
  launch,
  path,
  remote,
}) => {
  const originOf = (page: Page) => new URL(page.url()).origin;
  const usual = await launch(path.start);
  await trustHost(usual.page, remote.sshd);
  await expectConnected(usual.page);
  await path.cut();
  await expect(statusLine(usual.page)).not.toContainText('Connected to');
  await send(usual.page, 'echo kept at the usual address');
  await field(usual.page).fill('half a thought');
  await expectKept(usual.page, 'outbox', 1);
  await expectKept(usual.page, 'drafts', 1);
  await usual.close();

  const { port } = new URL(usual.page.url());
  const stranger = createServer().listen(Number(port), '127.0.0.1');
  const other = await launch(path.start);
  const notice = other.page.getByRole('region', { name: t('connection.address.label') });
  await expect(notice).toContainText(errorTitle('PAGE_PORT_TAKEN_BY'));
  await expect(notice).toContainText(`node (process ${process.pid}) listens on port ${port}`);
  expect(originOf(other.page)).not.toBe(originOf(usual.page));
  await expectAccessible(other.page);
  await notice.getByRole('button', { name: t('connection.address.read') }).click();
  await expect(notice).toHaveCount(0);
  await expect(field(other.page)).toBeFocused();
  await send(other.page, 'echo kept at the other address');
  await field(other.page).fill('the other half');
  await expectKept(other.page, 'outbox', 1);
  await expectKept(other.page, 'drafts', 1);
  await other.close();
  const { promise: left, resolve } = Promise.withResolvers<void>();
  stranger.close(() => resolve());
  await left;

  const again = await launch(path.start);
  expect(originOf(again.page)).toBe(originOf(usual.page));
  await expect(waiting(again.page, 'kept at the usual address')).toBeVisible();
  await expect(waiting(again.page, 'kept at the other address')).toBeVisible();
  await expect(field(again.page)).toHaveValue('half a thought\n\nthe other half');
  await expect(again.page.getByRole('region', { name: t('connection.address.label') })).toHaveCount(0);
  await expect(again.page.locator('iframe')).toHaveCount(0);
  await path.mend();
  await expectConnected(again.page);
  const texts = ['kept at the usual address', 'kept at the other address'];
  await expectOnce(again.page, texts);
  await expectKept(again.page, 'outbox', 0);
  await again.page.reload();
  await expect(conversation(again.page)).toContainText(texts[0] ?? '');
  await expectOnce(again.page, texts);
  await expect(again.page.locator('iframe')).toHaveCount(0);
});
