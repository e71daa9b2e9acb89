import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import {
  installedRunning,
  installPlan,
  notInstalled,
  runOf,
} from '../../src/renderer/test-support/tunnel-service.ts';
import { ok } from '../../src/shared/result.ts';
import { makeHome } from '../fixtures/chela-app.ts';
import { remoteScene, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { endProgramsOf, startTunnelHost } from '../fixtures/tunnel-host.ts';
import { expectAccessible } from './axe.ts';
import { expect, expectConnected, fillRemote, goTo, save, t, test } from './world.ts';

const section = (page: Page) => page.getByRole('region', { name: t('tunnelService.title') });
const button = (page: Page, name: string) => section(page).getByRole('button', { name, exact: true });
const steps = (page: Page) => section(page).getByRole('list', { name: t('tunnelService.plan.label') });

/** The command of a terminal beside the running Chela; rejects where it fails. */
async function chela(home: string, ...args: string[]): Promise<string> {
  const cli = join(import.meta.dirname, '..', '..', 'out', 'main', 'cli.js');
  const env = { HOME: home, PATH: process.env.PATH, LANG: 'C' };
  const argv = [cli, '--data-dir', join(home, 'chela'), ...args];
  return (await promisify(execFile)(process.execPath, argv, { env })).stdout;
}

test('R30-R37: set up by keyboard, comes back when it is killed, and is removed without a trace', async ({
  launch,
}) => {
  test.skip(process.platform !== 'linux', 'launchd and the Task Scheduler are not to be had here');
  const host = await startTunnelHost();
  const home = makeHome();
  const ssh = (name: string) => join(home, '.ssh', name);
  const config = '# mine\nHost *\n  ServerAliveInterval 90\n';
  const keys = host.authorizedKeys();
  mkdirSync(ssh(''), { mode: 0o700 });
  writeFileSync(ssh('known_hosts'), `${host.knownHostsLine}\n`, { mode: 0o600 });
  writeFileSync(ssh('config'), config, { mode: 0o600 });
  try {
    // A desktop and no systemd of this user: an autostart entry keeps the tunnel.
    const { page, localPort } = await launch({ home, env: { XDG_CURRENT_DESKTOP: 'test' } });
    const { target, gatewayPort, token, loginKey } = host;
    await fillRemote(page, { target, gatewayPort, identityFile: loginKey, token, localPort });
    await save(page);
    await expectConnected(page);
    await goTo(page, '#/settings/general');

    await button(page, t('tunnelService.action.show')).press('Enter');
    await expect(steps(page)).toContainText('+Host remote-gateway');
    expect(readFileSync(ssh('config'), 'utf8')).toBe(config);
    await button(page, t('tunnelService.action.install')).press('Enter');
    const outcome = section(page).getByText(t('tunnelService.outcome.install', { port: localPort }));
    await expect(outcome).toBeFocused({ timeout: 90_000 });
    await expect(section(page)).toContainText(t('tunnelService.state.running'));
    // Chela itself goes through it from now on.
    await expectConnected(page);

    const pid = async () =>
      Number(/process (\d+)/i.exec((await section(page).locator('dl').textContent()) ?? '')?.[1]);
    const first = await pid();
    process.kill(first, 'SIGKILL');
    await expect.poll(async () => [0, first].includes((await pid()) || 0), { timeout: 60_000 }).toBe(false);
    await expect(section(page)).toContainText(t('tunnelService.state.running'));

    await button(page, t('tunnelService.action.remove')).click();
    const onHost = { step: t('tunnelService.step.copyKey') };
    await section(page)
      .getByRole('checkbox', { name: t('tunnelService.plan.kept', onHost) })
      .check();
    await button(page, t('tunnelService.action.uninstall')).click();
    await expect(section(page)).toContainText(t('tunnelService.state.notInstalled'), { timeout: 60_000 });
    expect(readFileSync(ssh('config'), 'utf8')).toBe(config);
    expect(readdirSync(ssh('')).sort()).toEqual(['config', 'known_hosts']);
    expect(host.authorizedKeys()).toBe(keys);
    await expectConnected(page);

    // By the command line as well: the running Chela does it, and asks in its own window.
    rmSync(ssh('known_hosts'));
    const installed = chela(home, 'tunnel', 'install', '--yes');
    await page
      .getByRole('alertdialog')
      .getByRole('button', { name: t('questions.hostKey.trust') })
      .click();
    expect(await installed).toContain(t('tunnelService.outcome.install', { port: localPort }));
    await expect(section(page)).toContainText(t('tunnelService.state.running'));
    await chela(home, 'tunnel', 'uninstall', '--all', '--yes');
    await expect(section(page)).toContainText(t('tunnelService.state.notInstalled'));
    expect(readdirSync(ssh('')).sort()).toEqual(['config', 'known_hosts']);
    expect(host.authorizedKeys()).toBe(keys);
  } finally {
    endProgramsOf(home);
    await host.stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
});

test('axe finds nothing, and nothing is cut off at 360 px', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  const fixture = await startScreenFixture(remoteScene);
  const answers: Record<string, unknown> = {
    'tunnelService.status': notInstalled,
    'tunnelService.plan': installPlan,
  };
  fixture.answer = (method) => (method in answers ? Promise.resolve(ok(answers[method])) : null);
  const isGood = async () => {
    await expectAccessible(page);
    const overflow = await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const cut = await section(page).evaluate((root) =>
      [...root.querySelectorAll('.step-body, .file-change')].filter(
        ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth,
      ),
    );
    expect(cut).toEqual([]);
  };
  try {
    await page.goto(fixture.link());
    await goTo(page, '#/settings/general');
    await button(page, t('tunnelService.action.show')).click();
    await expect(steps(page)).toBeVisible();
    await isGood();
    fixture.engine.change({ tunnelRun: runOf(installPlan, 2) });
    await expect(section(page)).toContainText(t('tunnelService.run.title.install'));
    await isGood();
    const file = installedRunning.installed?.serviceFile;
    const diff = `--- ${file}\n+++ ${file}\n@@ -1,1 +1,1 @@\n-Restart=no\n+Restart=always\n`;
    const drift = [{ step: 'service', file, kind: 'changed', diff }];
    answers['tunnelService.status'] = { ...installedRunning, drift, targetNow: 'ada@den' };
    fixture.engine.change({ tunnelRun: runOf(installPlan, 7, { tag: 'done' }) });
    await button(page, t('tunnelService.action.leave')).click();
    await expect(section(page)).toContainText('-Restart=no');
    await isGood();
  } finally {
    await fixture.stop();
  }
});
