import { startModelServer } from '../fixtures/model-server.ts';
import { putOnLoginPath } from '../fixtures/openclaw-login.ts';
import { startSshd } from '../fixtures/sshd.ts';
import { startUpstreamGateway } from '../fixtures/upstream-gateway.ts';
import {
  answers,
  conversation,
  errorTitle,
  expect,
  expectConnected,
  homeWith,
  remoteConfig,
  send,
  t,
  test,
} from './world.ts';

/** A host whose Gateway wants every computer approved, and where a login knows `openclaw`. */
async function startStrictHost() {
  const model = await startModelServer();
  const gateway = await startUpstreamGateway({
    modelPort: model.port,
    token: `token-${crypto.randomUUID()}`,
    config: { gateway: { nodes: { pairing: { autoApproveLocal: false } } } },
  });
  putOnLoginPath(gateway.home);
  const sshd = await startSshd({ extraConfig: [`SetEnv HOME=${gateway.home}`] });
  return {
    host: { sshd, gateway, model, target: `${sshd.user}@${sshd.host}:${sshd.port}` },
    async stop() {
      await sshd.stop();
      await gateway.stop();
      await model.stop();
    },
  };
}

let strict: Awaited<ReturnType<typeof startStrictHost>>;
test.beforeAll(async () => {
  test.setTimeout(240_000);
  strict = await startStrictHost();
});
test.afterAll(() => strict?.stop());

test('R8: a real Gateway that wants pairing: its request and command are shown, it is approved over SSH, and what waited is answered', async ({
  launch,
}) => {
  const { host } = strict;
  test.setTimeout(480_000);
  const { page } = await launch({ home: homeWith(await remoteConfig(host), host) });
  const required = page.getByText(errorTitle('GATEWAY_PAIRING_REQUIRED'));
  await expect(required).toBeVisible();
  const command = page.getByText(/^openclaw devices approve [0-9a-f-]{36}$/);
  await expect(command).toBeVisible();
  const shown = await command.innerText();
  const requestId = shown.split(' ').at(-1) ?? '';
  await expect(page.getByText(requestId).first()).toBeVisible();

  await send(page, 'echo written before the approval');
  await expect(conversation(page)).toContainText(t('chat.delivery.waiting'));

  await page.getByRole('button', { name: t('connection.remedy.approve') }).click();
  const question = page.getByRole('alertdialog');
  await expect(question).toContainText(host.sshd.host);
  await expect(question).toContainText(shown);
  await expect(question.getByRole('button', { name: t('questions.pairing.cancel') })).toBeFocused();
  await question.getByRole('button', { name: t('questions.pairing.approve'), exact: true }).click();

  await expectConnected(page);
  await expect(required).toHaveCount(0);
  await expect(answers(page).last()).toContainText('written before the approval');
  await expect(conversation(page)).not.toContainText(t('chat.delivery.waiting'));
});
