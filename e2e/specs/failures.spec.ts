import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { freePort } from '../fixtures/free-port.ts';
import { makeKey } from '../fixtures/sshd.ts';
import {
  backToChat,
  conversation,
  errorTitle,
  expect,
  expectConnected,
  fillRemote,
  type RemoteForm,
  save,
  send,
  t,
  test,
  trustHost,
} from './world.ts';

/** What was typed is still there, and so is the conversation. */
async function expectNothingLost(page: Page, form: RemoteForm): Promise<void> {
  await expect(page.getByLabel(t('settings.target.label'))).toHaveValue(form.target);
  await expect(page.getByLabel(t('settings.gatewayPort.label'))).toHaveValue(String(form.gatewayPort));
}

test('R7: wrong host, wrong key, wrong token and an empty port have four different sentences, and nothing is lost', async ({
  launch,
  remote,
}) => {
  test.setTimeout(180_000);
  const { page, localPort } = await launch();
  await expectConnected(page);
  await send(page, '/help');

  const right = {
    target: remote.target,
    gatewayPort: remote.gateway.port,
    identityFile: remote.sshd.clientKey,
    token: remote.gateway.token,
    localPort,
  };
  const stranger = await makeKey({ type: 'ed25519', dir: mkdtempSync(join(tmpdir(), 'chela-key-')) });
  const host = remote.sshd.host;
  const emptyPort = await freePort();
  const cases: [what: string, form: RemoteForm, title: string][] = [
    [
      'wrong host',
      { ...right, target: 'ada@no-such-host.invalid' },
      errorTitle('SSH_HOST_NOT_FOUND', { host: 'no-such-host.invalid' }),
    ],
    [
      'wrong key',
      { ...right, identityFile: stranger.file },
      errorTitle('SSH_AUTH_REFUSED', { host, user: remote.sshd.user }),
    ],
    ['wrong token', { ...right, token: 'not-the-token' }, errorTitle('GATEWAY_TOKEN_MISMATCH')],
    [
      'nothing on the port',
      { ...right, gatewayPort: emptyPort },
      errorTitle('FORWARD_NOTHING_LISTENING', { host, port: emptyPort }),
    ],
  ];
  expect(new Set(cases.map(([, , title]) => title)).size).toBe(4);

  let trusted = false;
  for (const [what, form, title] of cases) {
    await test.step(`Test: ${what}`, async () => {
      await fillRemote(page, form);
      await page.getByRole('button', { name: t('settings.test.run'), exact: true }).click();
      if (what !== 'wrong host' && !trusted) {
        await trustHost(page, remote.sshd);
        trusted = true;
      }
      await expect(page.getByRole('main')).toContainText(title);
      await expectNothingLost(page, form);
    });
  }

  for (const [what, form, title] of cases) {
    await test.step(`saved: ${what}`, async () => {
      await fillRemote(page, form);
      await save(page);
      await backToChat(page);
      await expect(page.getByRole('alert')).toContainText(title);
      await fillRemote(page, form);
      await expectNothingLost(page, form);
    });
  }

  await test.step('the right values bring it back', async () => {
    await fillRemote(page, right);
    await save(page);
    await expectConnected(page);
    await page.getByRole('radio', { name: t('settings.runs.local') }).click();
    await save(page);
    await backToChat(page);
    await expectConnected(page);
    await expect(conversation(page)).toContainText('/help');
  });
});
