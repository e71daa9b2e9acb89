import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  answers,
  conversation,
  expect,
  expectConnected,
  homeWith,
  remoteConfig,
  send,
  t,
  test,
} from './world.ts';

test('R8: on a connection with few rights the real Gateway refuses; Chela says which right is missing and asks for it', async ({
  launch,
  remote,
}) => {
  const home = homeWith(await remoteConfig(remote), remote);
  const first = await launch({ home });
  await expectConnected(first.page);
  await first.close();
  keepRights(join(first.dataDir, 'device-tokens.json'), ['operator.read', 'operator.write']);

  const { page } = await launch({ home });
  await expectConnected(page);
  await page.keyboard.press('Alt+n');
  await send(page, 'echo with few rights');
  await expect(answers(page).last()).toContainText('with few rights');

  const unread = page.getByRole('status', { name: t('approvals.unread') });
  await expect(unread).toContainText('operator.approvals');
  await unread.getByRole('button', { name: t('chat.dismiss') }).click();
  await expect(unread).toHaveText('');

  const list = page.getByRole('list', { name: t('sessions.title') });
  const startOver = async () => {
    await list.locator('[aria-current=true]').hover();
    await list
      .getByRole('listitem')
      .filter({ has: page.locator('[aria-current=true]') })
      .getByRole('button', { name: /^More for/ })
      .click();
    await page.getByRole('menuitem', { name: t('sessions.reset'), exact: true }).click();
  };
  await startOver();
  await expect(page.getByText('operator.admin')).toBeVisible();
  await page.getByRole('button', { name: t('connection.remedy.askForScopes') }).click();
  await expect(page.getByText('operator.admin')).toHaveCount(0);
  await expectConnected(page);
  await startOver();
  await expect(conversation(page)).toContainText(t('chat.reset'));
});

/** As if the Gateway had granted no more: a connection asks for what its device token is good for. */
function keepRights(file: string, scopes: readonly string[]): void {
  const tokens = JSON.parse(readFileSync(file, 'utf8')) as {
    gateways: Record<string, Record<string, { scopes: readonly string[] }>>;
  };
  for (const roles of Object.values(tokens.gateways)) {
    for (const token of Object.values(roles)) token.scopes = scopes;
  }
  writeFileSync(file, JSON.stringify(tokens), { mode: 0o600 });
}
