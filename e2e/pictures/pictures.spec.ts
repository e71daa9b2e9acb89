import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { installPlan, notInstalled } from '../../src/renderer/test-support/tunnel-service.ts';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { ok } from '../../src/shared/result.ts';
import { makeHome } from '../fixtures/chela-app.ts';
import { remoteScene, startScreenFixture } from '../fixtures/screen-fixture.ts';
import {
  answers,
  backToChat,
  expect,
  expectConnected,
  fillRemote,
  goTo,
  save,
  send,
  t,
  test,
  trustHost,
} from '../specs/world.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');

/** The same moment in both colour schemes. */
async function pictures(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({
      path: join(docs, `${name}-${colorScheme}.png`),
      animations: 'disabled',
      caret: 'hide',
    });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

test('pictures of Local, Settings, Remote over SSH and a drop', async ({ launch, remote }) => {
  test.setTimeout(120_000);
  const home = makeHome();
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  copyFileSync(remote.sshd.clientKey, join(home, '.ssh', 'id_ed25519'));
  const { page, localPort } = await launch({ home });
  await expectConnected(page);
  await send(page, '/help');
  await expect(answers(page)).toHaveCount(1);
  await pictures(page, 'local');

  await fillRemote(page, {
    target: remote.target,
    gatewayPort: remote.gateway.port,
    identityFile: '',
    token: remote.gateway.token,
    localPort,
  });
  await page.getByRole('button', { name: t('settings.test.run'), exact: true }).click();
  await expect(page.getByRole('alertdialog')).toBeVisible();
  await pictures(page, 'host-key');
  await trustHost(page, remote.sshd);
  await expect(page.getByText(t('settings.test.passed'))).toBeVisible();
  await page.setViewportSize({ width: 1100, height: 1290 });
  await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded();
  await pictures(page, 'settings');
  await page.setViewportSize({ width: 1100, height: 760 });

  await save(page);
  await expectConnected(page);
  await backToChat(page);
  await send(page, 'Which is the answer to everything? Keep it short.');
  await expect(answers(page).last()).toContainText('That is all.');
  await expect(answers(page).last().locator('.tok-keyword').first()).toBeVisible();
  await pictures(page, 'remote');

  await goTo(page, '#/doctor');
  const ladder = page.getByRole('list', { name: t('connection.ladder.label') });
  await expect(ladder).toHaveAttribute('aria-busy', 'false', { timeout: 30_000 });
  await page.setViewportSize({ width: 1100, height: 1000 });
  await pictures(page, 'doctor');
  await page.setViewportSize({ width: 360, height: 600 });
  await goTo(page, '#/panel');
  await expect(page.getByText(t('connection.lamps.ssh'), { exact: true })).toBeVisible();
  await pictures(page, 'panel');
  await backToChat(page);
  await page.setViewportSize({ width: 360, height: 640 });
  await pictures(page, 'narrow');

  await remote.sshd.kill();
  await page.setViewportSize({ width: 1100, height: 760 });
  await expect(page.getByRole('alert')).toBeVisible({ timeout: 20_000 });
  await pictures(page, 'reconnecting');
  await remote.sshd.restart();
});

test('pictures in Traditional Chinese', async ({ launch }) => {
  const { page } = await launch({ locale: 'zh-TW' });
  const title = createTranslator('zh-Hant')('chat.empty.title');
  await expect(page.getByRole('heading', { name: title })).toBeVisible();
  await pictures(page, 'chat-zh-Hant');
});

test('pictures of the persistent tunnel', async ({ page }) => {
  const fixture = await startScreenFixture(remoteScene);
  const answered: Record<string, unknown> = {
    'tunnelService.status': notInstalled,
    'tunnelService.plan': installPlan,
  };
  fixture.answer = (method) => (method in answered ? Promise.resolve(ok(answered[method])) : null);
  try {
    await page.setViewportSize({ width: 1100, height: 1290 });
    await page.goto(fixture.link());
    await goTo(page, '#/settings/connection');
    const section = page.getByRole('region', { name: t('tunnelService.title') });
    await section.getByRole('button', { name: t('tunnelService.action.show') }).click();
    await expect(section.getByRole('list', { name: t('tunnelService.plan.label') })).toBeVisible();
    await section.scrollIntoViewIfNeeded();
    await pictures(page, 'tunnel-plan');
  } finally {
    await fixture.stop();
  }
});
