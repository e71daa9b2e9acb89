import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { CredentialReport } from '../../../shared/contract/credentials.ts';
import { appError } from '../../../shared/errors.ts';
import { err, ok } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { remoteSnapshot } from '../../test-support/snapshot.ts';
import { CredentialPanel } from './credential-panel.tsx';

const used = {
  name: 'gateway.remote.token',
  kind: 'token',
  origin: { tag: 'config', file: '/home/ada/.openclaw/openclaw.json', path: 'gateway.remote.token', line: 7 },
  verdict: 'used',
  why: 'firstSet',
} as const;
const lost = {
  name: 'OPENCLAW_GATEWAY_TOKEN',
  kind: 'token',
  origin: { tag: 'environment', variable: 'OPENCLAW_GATEWAY_TOKEN' },
  verdict: 'ignored',
  why: 'earlierWins',
} as const;
const unset = {
  name: 'gateway.auth.token',
  kind: 'token',
  origin: null,
  verdict: 'absent',
  why: 'notSet',
} as const;

const call = (path: 'app' | 'probe', outcome: CredentialReport['calls'][0]['outcome']) => ({
  path,
  mode: 'remote' as const,
  urlSource: 'config' as const,
  outcome,
  trail: [used, lost, unset],
});
const winner = { tag: 'use', name: used.name, kind: 'token', origin: used.origin } as const;
const server = { outcome: { tag: 'generate' as const, kind: 'token' as const }, trail: [] };
const report = (...calls: CredentialReport['calls']): CredentialReport => ({ mode: 'remote', calls, server });

function renderPanel(answer: ReturnType<typeof ok<CredentialReport>> | ReturnType<typeof err>) {
  const rendered = renderScreen(<CredentialPanel />, remoteSnapshot);
  rendered.fake.answer = (method) => (method === 'credentials.explain' ? answer : null);
  return rendered;
}
const again = () =>
  userEvent.setup().click(screen.getByRole('button', { name: t('credentials.panel.again') }));

describe('Which credential is used (R13-R22)', () => {
  it('names the winner and the losers, with file and line, and why', async () => {
    renderPanel(ok(report(call('app', winner), call('probe', winner))));
    await waitFor(again);
    const list = await screen.findByRole('list', { name: t('credentials.panel.candidates') });
    const [first, second, ...more] = within(list).getAllByRole('listitem');
    expect(more).toEqual([]);
    expect(first?.textContent).toContain(t('credentials.verdict.used'));
    expect(first?.textContent).toContain('/home/ada/.openclaw/openclaw.json:7');
    expect(second?.textContent?.match(/OPENCLAW_GATEWAY_TOKEN/g)).toHaveLength(1);
    expect(second?.textContent).toContain(t('credentials.origin.environmentBeside'));
    expect(second?.textContent).toContain(t('credentials.why.earlierWins'));
    expect(screen.getByText(t('credentials.panel.unset', { names: 'gateway.auth.token' }))).toBeTruthy();
  });

  it('R19 says where the test and the doctor differ', async () => {
    renderPanel(ok(report(call('app', winner), call('probe', { tag: 'none' }))));
    await waitFor(again);
    expect(await screen.findByText(t('credentials.panel.probeNone'))).toBeTruthy();
  });

  it('R21 shows the reference that cannot be resolved, with what to do', async () => {
    const error = appError('SECRET_ENV_MISSING', 'x', {
      details: { key: 'gateway.remote.token', file: '/c:3', variable: 'MINE' },
    });
    const refused = { tag: 'refused', by: 'gateway.remote.token', error } as const;
    renderPanel(ok(report(call('app', refused), call('probe', refused))));
    await waitFor(again);
    expect(await screen.findByText(t('errors.SECRET_ENV_MISSING.title', { variable: 'MINE' }))).toBeTruthy();
  });

  it('says that nothing is set, and that Chela could not look', async () => {
    const { fake } = renderPanel(ok(report({ ...call('app', { tag: 'none' }), trail: [unset] })));
    await waitFor(again);
    expect(await screen.findByText(t('credentials.panel.noneRemote'))).toBeTruthy();
    fake.answer = () => err(appError('BRIDGE_CLOSED', 'x'));
    await again();
    expect(await screen.findByText(t('errors.BRIDGE_CLOSED.title'))).toBeTruthy();
  });
});
