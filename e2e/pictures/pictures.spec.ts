import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import {
  answers,
  backToChat,
  expect,
  expectConnected,
  fillRemote,
  save,
  send,
  t,
  test,
  trustHost,
} from '../specs/world.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(docs, `${name}.png`), animations: 'disabled', caret: 'hide' });
}

/** A name a reader understands, instead of the fixture's address and port. */
async function nameTheHost(
  home: string,
  sshd: { host: string; port: number; user: string; hostKeyLine: string },
): Promise<string> {
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  return `${sshd.user}@${sshd.host}:${sshd.port}`;
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`pictures, ${colorScheme}`, async ({ launch, remote }) => {
    test.setTimeout(120_000);
    const { page, localPort, home } = await launch({ colorScheme });
    await nameTheHost(home, remote.sshd);
    await expectConnected(page);
    await picture(page, `empty-${colorScheme}`);
    await send(page, '/help');
    await expect(answers(page)).toHaveCount(1);
    await picture(page, `local-${colorScheme}`);

    await fillRemote(page, {
      target: remote.target,
      gatewayPort: remote.gateway.port,
      identityFile: remote.sshd.clientKey,
      token: remote.gateway.token,
      localPort,
    });
    await page.getByRole('button', { name: t('settings.test.run'), exact: true }).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
    await picture(page, `host-key-${colorScheme}`);
    await trustHost(page, remote.sshd);
    await expect(page.getByText(t('settings.test.passed'))).toBeVisible();
    await picture(page, `settings-${colorScheme}`);
    await save(page);
    await expectConnected(page);
    await backToChat(page);
    await send(page, 'Which is the answer to everything? Keep it short.');
    await expect(answers(page).last()).toContainText('That is all.');
    await picture(page, `remote-${colorScheme}`);
    await page.setViewportSize({ width: 360, height: 640 });
    await picture(page, `narrow-${colorScheme}`);
    await page.evaluate(() => {
      location.hash = '#/panel';
    });
    await picture(page, `panel-${colorScheme}`);
    await remote.sshd.kill();
    await page.setViewportSize({ width: 1100, height: 760 });
    await backToChat(page);
    await expect(page.getByRole('alert')).toBeVisible({ timeout: 20_000 });
    await picture(page, `reconnecting-${colorScheme}`);
    await remote.sshd.restart();
  });
}

test('pictures, Traditional Chinese', async ({ launch, remote }) => {
  const { page, localPort } = await launch({ locale: 'zh-TW' });
  await page.waitForTimeout(1500);
  await picture(page, 'chat-zh-Hant');
  await page.evaluate(() => {
    location.hash = '#/settings/general';
  });
  await page.getByRole('radio').nth(1).click();
  await picture(page, 'settings-zh-Hant');
  void localPort;
  void remote;
  void writeFileSync;
});
