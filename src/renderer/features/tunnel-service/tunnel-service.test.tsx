import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { TunnelServiceStatus } from '../../../shared/contract/tunnel-service.ts';
import { appError } from '../../../shared/errors.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { remoteSnapshot } from '../../test-support/snapshot.ts';
import {
  installedRunning,
  installPlan,
  notInstalled,
  runOf,
  uninstallPlan,
  withStep,
} from '../../test-support/tunnel-service.ts';
import { TunnelService } from './tunnel-service.tsx';

const button = (name: string) => screen.findByRole('button', { name });
const words = (key: Parameters<typeof t>[0], values = {}) => screen.findByText(t(key, values));

/** Plays the engine; `answers` may be changed while the test runs. */
function shown(
  status: TunnelServiceStatus,
  answers: Record<string, Result<unknown>> = {},
  before: typeof remoteSnapshot.tunnelRun = null,
) {
  answers['tunnelService.status'] ??= ok(status);
  const user = userEvent.setup();
  const { fake } = renderScreen(
    <TunnelService />,
    { ...remoteSnapshot, tunnelRun: before },
    (method) => answers[method] ?? null,
  );
  const asked = (method: string) =>
    fake.asked.filter((one) => one.method === `tunnelService.${method}`).map(({ params }) => params);
  const show = (tunnelRun: typeof remoteSnapshot.tunnelRun) =>
    act(() => fake.show({ ...remoteSnapshot, tunnelRun }));
  return { user, asked, answers, show };
}

describe('Settings → Keep the tunnel alive: setting it up (R30-R34)', () => {
  it('shows every file and command before anything is touched, and applies exactly that plan', async () => {
    const applied = Promise.withResolvers<Result<unknown>>();
    const { user, asked, answers, show } = shown(notInstalled, { 'tunnelService.plan': ok(installPlan) });
    answers['tunnelService.apply'] = applied.promise as never;
    await words('tunnelService.state.notInstalled');
    (await button(t('tunnelService.action.show'))).focus();
    await user.keyboard('{Enter}');
    const steps = within(await screen.findByRole('list', { name: t('tunnelService.plan.label') }));
    expect(document.activeElement?.textContent).toBe(t('tunnelService.plan.intro.install'));
    expect(steps.getByText('+ExecStart=/usr/bin/ssh -N remote-gateway').tagName).toBe('INS');
    expect(steps.getByText('loginctl enable-linger ada').tagName).toBe('CODE');
    expect(steps.getByText(t('tunnelService.notes.carriedOver', { keywords: 'ProxyJump' }))).toBeTruthy();
    expect(asked('apply')).toEqual([]);

    await user.click(await button(t('tunnelService.action.install')));
    expect(asked('apply')).toEqual([{ what: 'install', choices: {}, id: 'plan-1' }]);
    expect(document.activeElement?.textContent).toBe(t('tunnelService.run.title.install'));
    show(runOf(installPlan, 2));
    const status = t('tunnelService.run.now', { at: 3, count: 7, step: t('tunnelService.step.sshConfig') });
    expect(screen.getByRole('status').textContent?.trim()).toBe(status);

    answers['tunnelService.status'] = ok(installedRunning);
    show(runOf(installPlan, 7, { tag: 'done' }));
    applied.resolve(ok({ tag: 'done' }));
    expect(await words('tunnelService.state.running')).toBeTruthy();
    expect(document.activeElement?.textContent).toBe(t('tunnelService.outcome.install', { port: 18789 }));
    expect(await button(t('tunnelService.action.restart'))).toBeTruthy();
  });

  it('leaves steps out, takes another key and another name, and works the plan out anew', async () => {
    const { user, asked } = shown(notInstalled, { 'tunnelService.plan': ok(installPlan) });
    await user.click(await button(t('tunnelService.action.show')));
    const linger = { step: t('tunnelService.step.linger') };
    await user.click(await screen.findByRole('checkbox', { name: t('tunnelService.plan.included', linger) }));
    expect(asked('plan').at(-1)).toEqual({ what: 'install', choices: { skip: ['linger'] } });
    await user.selectOptions(
      screen.getByRole('combobox', { name: t('tunnelService.plan.key.label') }),
      '/home/ada/.ssh/lab_ed25519',
    );
    const key = { kind: 'use', file: '/home/ada/.ssh/lab_ed25519' };
    expect(asked('plan').at(-1)).toMatchObject({ choices: { skip: ['linger'], key } });

    const alias = screen.getByRole('textbox', { name: t('tunnelService.plan.alias.label') });
    await user.clear(alias);
    await user.type(alias, 'my gateway{Enter}');
    expect(alias.getAttribute('aria-invalid')).toBe('true');
    const before = asked('plan').length;
    await user.clear(alias);
    await user.type(alias, 'studio-gateway{Enter}');
    expect(asked('plan')).toHaveLength(before + 1);
    expect(asked('plan').at(-1)).toMatchObject({ choices: { alias: 'studio-gateway', key } });
  });

  it('does not offer consent while a step is blocked, and says what stands in the way', async () => {
    const error = appError('SSH_ALIAS_TAKEN', 'x', {
      details: {
        alias: 'remote-gateway',
        file: '/home/ada/.ssh/config',
        line: 3,
        suggestion: 'chela-gateway',
      },
    });
    const blocked = withStep(installPlan, 'sshConfig', { state: 'blocked', error });
    const { user } = shown(notInstalled, { 'tunnelService.plan': ok(blocked) });
    await user.click(await button(t('tunnelService.action.show')));
    expect(await words('errors.SSH_ALIAS_TAKEN.title', { alias: 'remote-gateway' })).toBeTruthy();
    expect((await button(t('tunnelService.action.install'))).hasAttribute('disabled')).toBe(true);
  });

  it('shows the plan anew when things have changed since', async () => {
    const { user, answers } = shown(notInstalled, {
      'tunnelService.plan': ok(installPlan),
      'tunnelService.apply': err(appError('TUNNEL_PLAN_STALE', 'x')),
    });
    await user.click(await button(t('tunnelService.action.show')));
    answers['tunnelService.plan'] = ok({ ...installPlan, id: 'plan-9' });
    await user.click(await button(t('tunnelService.action.install')));
    expect(await words('tunnelService.plan.stale')).toBeTruthy();
    expect(await button(t('tunnelService.action.install'))).toBeTruthy();
  });

  it('says what failed, what was put back and the one thing to do', async () => {
    const { user, asked, show } = shown(notInstalled, { 'tunnelService.plan': ok(installPlan) });
    await words('tunnelService.state.notInstalled');
    const details = { seconds: 20, port: 18789, cause: 'silent' };
    show(
      runOf(installPlan, 4, {
        tag: 'failed',
        step: 'proof',
        error: appError('TUNNEL_SERVICE_NO_PROOF', 'x', { details }),
        restored: ['/home/ada/.ssh/config', 'ai.openclaw.ssh-tunnel'],
        left: [],
      }),
    );
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain(t('errors.TUNNEL_SERVICE_NO_PROOF.fix'));
    expect(alert.textContent).toContain('/home/ada/.ssh/config, ai.openclaw.ssh-tunnel');
    await user.click(await button(t('tunnelService.action.again')));
    expect(asked('plan')).toEqual([{ what: 'install', choices: {} }]);
    await user.click(await button(t('tunnelService.action.leave')));
    expect(document.activeElement).toBe(await button(t('tunnelService.action.show')));
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('says no good news of before, and only how it is', async () => {
    const restarting = { ...installedRunning, state: 'restarting' } as const;
    shown(restarting, {}, runOf(installPlan, 7, { tag: 'done' }));
    expect(await words('tunnelService.state.restarting')).toBeTruthy();
    expect(screen.queryByText(t('tunnelService.outcome.install', { port: 18789 }))).toBeNull();
  });

  it('stops a run that somebody has had enough of, whoever started it', async () => {
    const { user, asked, show } = shown(notInstalled);
    await words('tunnelService.state.notInstalled');
    show(runOf(installPlan, 1));
    await user.click(await button(t('tunnelService.action.cancel')));
    expect(asked('cancel')).toHaveLength(1);
    const error = appError('STOPPED', 'cancelled');
    show(
      runOf(installPlan, 1, { tag: 'failed', step: 'copyKey', error, restored: ['chela_ed25519'], left: [] }),
    );
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain(t('tunnelService.outcome.stopped'));
    expect(alert.textContent).toContain(t('tunnelService.outcome.restored', { names: 'chela_ed25519' }));
    // Nothing is wrong with Chela.
    expect(alert.textContent).not.toContain(t('errors.STOPPED.title'));
  });

  it('R31 asks what a key of Chela’s own may do on the host', async () => {
    const { user, asked } = shown(notInstalled, { 'tunnelService.plan': ok(installPlan) });
    await user.click(await button(t('tunnelService.action.show')));
    const any = await screen.findByRole('radio', { name: t('tunnelService.plan.keyUse.any') });
    await user.click(any);
    expect(asked('plan').at(-1)).toEqual({ what: 'install', choices: { keyUse: 'any' } });
    expect((any as HTMLInputElement).checked).toBe(true);
  });

  it('R31 and of no other key', async () => {
    const chosen = { ...installPlan.chosen, createKey: false, keyUse: null };
    const { user } = shown(notInstalled, { 'tunnelService.plan': ok({ ...installPlan, chosen }) });
    await user.click(await button(t('tunnelService.action.show')));
    await screen.findByText(t('tunnelService.step.copyKey'));
    expect(screen.queryByRole('radio', { name: t('tunnelService.plan.keyUse.any') })).toBeNull();
  });

  it('says why there is none on this system, without a button', async () => {
    const unsupported = appError('TUNNEL_SERVICE_UNSUPPORTED', 'x', { details: { cause: 'noSsh' } });
    shown({ ...notInstalled, manager: null, unsupported });
    expect(await words('errors.TUNNEL_SERVICE_UNSUPPORTED.title')).toBeTruthy();
    expect(screen.queryByRole('button', { name: t('tunnelService.action.show') })).toBeNull();
  });
});

describe('Settings → Keep the tunnel alive: once it is there (R36, R37)', () => {
  it('tells how it runs and how it ended last, and restarts it with the focus on the button', async () => {
    const lastExit = { code: 255, signal: null, reason: 'Connection reset by studio port 22' };
    const { user, asked } = shown(
      { ...installedRunning, lastExit },
      { 'tunnelService.control': ok(installedRunning) },
    );
    const facts = (await screen.findByText(t('tunnelService.facts.keptBy'))).closest('dl');
    expect(facts?.textContent).toContain('4242');
    expect(facts?.textContent).toContain(`${t('tunnelService.facts.exitCode', { code: 255 })}`);
    expect(facts?.textContent).toContain('Connection reset by studio port 22');
    (await button(t('tunnelService.action.restart'))).focus();
    await user.keyboard('{Enter}');
    expect(asked('control')).toEqual([{ action: 'restart' }]);
    expect(document.activeElement).toBe(await button(t('tunnelService.action.restart')));
  });

  it('a service through which no Gateway answers is not called good', async () => {
    const port = { ...installedRunning.port, isGateway: false };
    shown({ ...installedRunning, port });
    expect(await words('tunnelService.state.noGateway')).toBeTruthy();
  });

  it('shows what drifted as a diff, and repairs by a plan', async () => {
    const file = installedRunning.installed?.serviceFile ?? '';
    const diff = `--- ${file}\n+++ ${file}\n@@ -1,1 +1,1 @@\n-Restart=no\n+Restart=always\n`;
    const drift = [{ step: 'service', file, kind: 'changed', diff } as const];
    const { user, asked } = shown(
      { ...installedRunning, drift },
      { 'tunnelService.plan': ok({ ...installPlan, what: 'repair' }) },
    );
    expect((await screen.findByText('-Restart=no')).tagName).toBe('DEL');
    await user.click(await button(t('tunnelService.action.repair')));
    expect(asked('plan')).toEqual([{ what: 'repair', choices: {} }]);
    expect(await button(t('tunnelService.action.applyRepair'))).toBeTruthy();
  });

  it('offers an update when the saved target leads elsewhere', async () => {
    shown({ ...installedRunning, targetNow: 'ada@den' });
    const values = { target: 'ada@den', installed: 'ada@studio' };
    expect(await words('tunnelService.targetNow', values)).toBeTruthy();
    expect(await button(t('tunnelService.action.update'))).toBeTruthy();
  });

  it('removes what the plan proposes, and more where somebody wants it', async () => {
    const { user, asked } = shown(installedRunning, { 'tunnelService.plan': ok(uninstallPlan) });
    await user.click(await button(t('tunnelService.action.remove')));
    const host = { step: t('tunnelService.step.copyKey') };
    const onHost = await screen.findByRole('checkbox', { name: t('tunnelService.plan.kept', host) });
    expect(asked('plan')).toEqual([{ what: 'uninstall', choices: {} }]);
    expect((onHost as HTMLInputElement).checked).toBe(false);
    await user.click(onHost);
    expect(asked('plan').at(-1)).toEqual({ what: 'uninstall', choices: { skip: [] } });
    await user.click(await button(t('tunnelService.action.leave')));
    expect(document.activeElement).toBe(await button(t('tunnelService.action.remove')));
  });

  it('reads the log, and gives the focus back when it is closed', async () => {
    const lines = ['Connection reset by studio port 22', 'restarted'];
    const { user } = shown(installedRunning, {
      'tunnelService.log': ok({ source: 'journalctl --user -u ai.openclaw.ssh-tunnel', lines }),
    });
    await user.click(await button(t('tunnelService.action.log')));
    const log = await screen.findByRole('region', { name: t('tunnelService.log.title') });
    expect(log.textContent).toContain('Connection reset by studio port 22');
    await user.click(await button(t('tunnelService.log.close')));
    expect(document.activeElement).toBe(await button(t('tunnelService.action.log')));
  });

  it.each(['resume', 'rollback'] as const)('settles a change that was cut off: %s', async (how) => {
    const interrupted = { what: 'install', atMs: 0, done: ['key', 'sshConfig'] } as const;
    const { user, asked } = shown(
      { ...notInstalled, interrupted: { ...interrupted, done: [...interrupted.done] } },
      { 'tunnelService.settle': ok({ tag: 'done' }) },
    );
    const steps = 'Key, SSH configuration';
    expect(await words('tunnelService.interrupted.doneBefore', { steps })).toBeTruthy();
    expect(screen.queryByRole('button', { name: t('tunnelService.action.show') })).toBeNull();
    await user.click(await button(t(`tunnelService.interrupted.${how}`)));
    expect(asked('settle')).toEqual([{ how }]);
  });
});
