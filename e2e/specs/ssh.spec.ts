import { readFileSync } from 'node:fs';
import { freePort } from '../fixtures/free-port.ts';
import { startSshd } from '../fixtures/sshd.ts';
import {
  answers,
  backToChat,
  expect,
  expectConnected,
  fillRemote,
  goTo,
  save,
  send,
  statusLine,
  t,
  test,
  trustHost,
} from './world.ts';

test('R6: a changed host key is refused, compared, and replaced for the typed name; the chat goes on', async ({
  launch,
  remote,
}) => {
  const first = await startSshd();
  const { page, localPort } = await launch();
  await fillRemote(page, {
    target: `${first.user}@${first.host}:${first.port}`,
    gatewayPort: remote.gateway.port,
    identityFile: first.clientKey,
    token: remote.gateway.token,
    localPort,
  });
  await save(page);
  await trustHost(page, first);
  await expectConnected(page);
  await backToChat(page);
  await send(page, 'echo before the change');
  await expect(answers(page).last()).toContainText('before the change');

  await first.kill();
  const second = await startSshd({
    port: first.port,
    authorizedKeys: [readFileSync(`${first.clientKey}.pub`, 'utf8').trim()],
  });
  try {
    const banner = page.getByRole('alert');
    await expect(banner).toContainText(t('errors.SSH_HOST_KEY_CHANGED.title', { host: first.host }), {
      timeout: 40_000,
    });
    await banner.getByRole('button', { name: t('connection.remedy.compareKeys') }).click();
    const dialog = page.getByRole('alertdialog');
    await expect(dialog).toContainText(first.hostFingerprint);
    await expect(dialog).toContainText(second.hostFingerprint);
    const replace = dialog.getByRole('button', { name: t('questions.changed.accept') });
    await expect(replace).toBeDisabled();
    await dialog.getByRole('textbox').fill('somewhere-else');
    await expect(replace).toBeDisabled();
    await dialog.getByRole('textbox').fill(first.host);
    await replace.click();
    await expectConnected(page);
    await expect(answers(page).last()).toContainText('before the change');
    await send(page, 'echo after the change');
    await expect(answers(page).last()).toContainText('after the change');
  } finally {
    await second.stop();
    await first.stop();
  }
});

test('R7: the ladder names the rung that broke and the one thing to do, then climbs to the top', async ({
  launch,
  remote,
}) => {
  const { page, localPort } = await launch();
  const form = {
    target: remote.target,
    gatewayPort: await freePort(),
    identityFile: remote.sshd.clientKey,
    token: remote.gateway.token,
    localPort,
  };
  await fillRemote(page, form);
  await save(page);
  await trustHost(page, remote.sshd);
  await goTo(page, '#/doctor');
  const ladder = page.getByRole('list', { name: t('connection.ladder.label') });
  const rung = (id: string) => ladder.getByRole('listitem').filter({ hasText: t(`doctor.title.${id}`) });
  await expect(rung('forward')).toContainText(
    t('errors.FORWARD_NOTHING_LISTENING.title', { host: remote.sshd.host, port: form.gatewayPort }),
    { timeout: 30_000 },
  );
  await expect(rung('health')).toBeVisible();

  await fillRemote(page, { ...form, gatewayPort: remote.gateway.port });
  await save(page);
  await expectConnected(page);
  await goTo(page, '#/doctor');
  await expect(rung('health')).toContainText(
    t('doctor.evidence.healthy', { rtt: '' }).split(' in ')[0] ?? '',
    {
      timeout: 30_000,
    },
  );
});

test('R36: a local port that somebody holds is named, and another one is a click away', async ({
  launch,
  remote,
}) => {
  const { createServer } = await import('node:net');
  const squatter = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  try {
    const { page } = await launch();
    await fillRemote(page, {
      target: remote.target,
      gatewayPort: remote.gateway.port,
      identityFile: remote.sshd.clientKey,
      token: remote.gateway.token,
      localPort: port,
    });
    await save(page);
    await backToChat(page);
    const banner = page.getByRole('alert');
    await expect(banner).toContainText(String(process.pid));
    await banner.getByRole('button', { name: /\d{5}/ }).click();
    await trustHost(page, remote.sshd);
    await expectConnected(page);
    await expect(statusLine(page)).toContainText(remote.target);
  } finally {
    squatter.close();
  }
});
