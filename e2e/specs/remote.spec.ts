import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countingText, DEFAULT_ANSWER } from '../fixtures/model-server.ts';
import { onePixel } from '../fixtures/one-pixel.ts';
import {
  answers,
  backToChat,
  conversation,
  expect,
  expectConnected,
  fillRemote,
  homeWith,
  remoteConfig,
  save,
  send,
  statusLine,
  t,
  test,
  trustHost,
} from './world.ts';

test('R6 R8 R12: Remote over SSH carries the chat to a real Gateway, survives a killed sshd, and goes back to Local', async ({
  launch,
  remote,
}) => {
  test.setTimeout(180_000);
  const { page, home, dataDir, localPort } = await launch();
  await expectConnected(page);
  await send(page, '/help');
  await expect(answers(page)).toHaveCount(1);

  await test.step('Settings, host-key question, connected', async () => {
    await fillRemote(page, {
      target: remote.target,
      gatewayPort: remote.gateway.port,
      identityFile: remote.sshd.clientKey,
      token: remote.gateway.token,
      localPort,
    });
    await save(page);
    await trustHost(page, remote.sshd);
    await expectConnected(page);
    expect(readFileSync(join(home, '.ssh', 'known_hosts'), 'utf8')).toContain(remote.sshd.hostKeyLine);
  });

  await test.step('the streamed answer of the real Gateway', async () => {
    await backToChat(page);
    await send(page, 'what is the answer?');
    await expect(answers(page).last()).toContainText('That is all.');
    await expect(answers(page).last().locator('code', { hasText: 'forty-two' })).toBeVisible();
    expect(DEFAULT_ANSWER).toContain('That is all.');
  });

  await test.step('a picture that the agent attached is fetched through the tunnel and drawn', async () => {
    const workspace = join(remote.gateway.home, '.openclaw', 'workspace');
    mkdirSync(workspace, { recursive: true });
    writeFileSync(join(workspace, 'chart.png'), onePixel);
    await send(page, 'attach chart.png');
    const image = answers(page).last().getByRole('img');
    await expect(image).toBeVisible();
    expect(await image.evaluate((drawn: HTMLImageElement) => drawn.naturalWidth)).toBe(1);
  });

  await test.step('sshd dies in the middle of an answer: the page counts down to the next attempt, or makes it at once, and shows the whole answer once', async () => {
    await send(page, 'slow 60 at 6');
    await expect(answers(page).last()).toContainText('1 2 3 4');
    await remote.sshd.kill();
    await expect(statusLine(page)).toContainText(/Reconnecting/);
    await expect(conversation(page)).toContainText('what is the answer?');
    // Long enough that only the button explains what comes next.
    await expect(statusLine(page)).toContainText(/in ([6-9]|\d\d) s/);
    await remote.sshd.restart();
    await page.getByRole('button', { name: t('connection.retryNow') }).click();
    await expectConnected(page, 4000);
    await expect(statusLine(page)).toContainText(remote.target);
    await expect(page.getByText(/^\d+ ms$/)).toBeVisible();
    await expect(answers(page).last()).toContainText(countingText(60), { timeout: 40_000 });
    const text = await conversation(page).innerText();
    expect(text.split('57 58 59 60')).toHaveLength(2);
    expect(text.split('slow 60 at 6')).toHaveLength(2);
  });

  await test.step('no secret lies around', async () => {
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    expect(stored).not.toContain(remote.gateway.token);
    expect(readFileSync(join(dataDir, 'logs', 'chela.log'), 'utf8')).not.toContain(remote.gateway.token);
  });

  await test.step('back to Local: the old conversation is there', async () => {
    await page.getByRole('radio', { name: t('connection.mode.local'), exact: true }).click();
    await expectConnected(page);
    await expect(conversation(page)).toContainText('/help');
    await expect(conversation(page)).not.toContainText('slow 60');
    await send(page, '/status');
    await expect(answers(page)).toHaveCount(2);
  });
});

test('R12: gateway.mode and gateway.remote.* of an existing openclaw.json are used', async ({
  launch,
  remote,
}) => {
  const home = homeWith(await remoteConfig(remote), remote);
  const { page } = await launch({ home });
  await expectConnected(page);
  await expect(statusLine(page)).toContainText(remote.target);
});
