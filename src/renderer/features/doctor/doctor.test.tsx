import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { type DoctorStep, doctorRungs } from '../../../shared/contract/doctor.ts';
import { appError } from '../../../shared/errors.ts';
import { ok } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { remoteSnapshot } from '../../test-support/snapshot.ts';
import { Doctor } from './doctor.tsx';

const passed = (id: DoctorStep['id'], evidence: DoctorStep['evidence'] = null): DoctorStep => ({
  id,
  status: 'passed',
  ms: 12.4,
  evidence,
  error: null,
  fix: null,
});
const failed = (
  id: DoctorStep['id'],
  error: ReturnType<typeof appError>,
  fix: DoctorStep['fix'],
): DoctorStep => ({ ...passed(id), status: 'failed', error, fix });
const skipped = (id: DoctorStep['id']): DoctorStep => ({
  ...passed(id, { key: 'stoodOnFailed', values: {} }),
  status: 'skipped',
  ms: null,
});

async function climb(steps: DoctorStep[], snapshot = remoteSnapshot) {
  const parts = renderScreen(<Doctor from="chat" />, snapshot);
  await screen.findByRole('button', { name: t('connection.ladder.stop') });
  await waitFor(() => expect(parts.doctor.store.getState().phase.tag).toBe('running'));
  act(() => {
    for (const step of steps) {
      parts.fake.emit({ event: 'doctor.step', payload: { runId: 'run-1', step } });
    }
  });
  return {
    ...parts,
    end: () => act(() => parts.fake.emit({ event: 'doctor.done', payload: { runId: 'run-1' } })),
    asked: (method: string) =>
      parts.fake.asked.filter((request) => request.method === method).map(({ params }) => params),
  };
}

const rungs = () => screen.getAllByRole('listitem');
const verdict = () => screen.getAllByRole('status').map(({ textContent }) => textContent);

describe('the doctor (R36)', () => {
  it('climbs as soon as it is opened and says where it is', async () => {
    const { asked } = await climb([
      passed('network', { key: 'interfaces', values: { interfaces: 'eth0' } }),
      { ...passed('dns'), status: 'running', ms: null },
    ]);
    expect(asked('doctor.run')).toHaveLength(1);
    expect(rungs()).toHaveLength(doctorRungs.ssh.length);
    expect(rungs()[0]?.textContent).toContain('12 ms');
    expect(rungs()[0]?.textContent).toContain('Up: eth0');
    expect(verdict()).toContain(t('connection.ladder.climbing', { rung: t('doctor.title.dns') }));
  });

  it('says that all holds', async () => {
    const { end } = await climb(doctorRungs.ssh.map((id) => passed(id)));
    end();
    expect(verdict()).toContain(t('connection.ladder.allPassed'));
    expect(screen.getByRole('button', { name: t('connection.ladder.run') })).toBeTruthy();
  });

  it('opens the failed rung with its problem and one command, and keeps the rest quiet', async () => {
    const error = appError('FORWARD_PROHIBITED', 'x', { details: { host: 'studio', port: 18789 } });
    const fix = { kind: 'command', command: 'sudo sshd -T', where: 'remote' } as const;
    const { end } = await climb([failed('tcp', error, fix), skipped('banner'), skipped('hostKey')]);
    end();
    const rung = within(rungs()[2] as HTMLElement);
    expect(rung.getByText(t('errors.FORWARD_PROHIBITED.title', { host: 'studio' }))).toBeTruthy();
    expect(rung.getByText('sudo sshd -T')).toBeTruthy();
    expect(rung.getByText(t('connection.ladder.remote'))).toBeTruthy();
    expect(verdict()).toContain(t('connection.ladder.failedAt', { rung: t('doctor.title.tcp') }));
    // The reason stands on the first of them only.
    expect(screen.getAllByText(t('doctor.evidence.stoodOnFailed'))).toHaveLength(1);
  });

  it('tries the ladder and the connection again', async () => {
    const error = appError('SSH_REFUSED', 'x', { details: { host: 'studio', port: 22 } });
    const { end, asked } = await climb([failed('tcp', error, { kind: 'action', action: 'retry' })], {
      ...remoteSnapshot,
      connection: { tag: 'failed', error },
    });
    end();
    await userEvent.click(screen.getByRole('button', { name: t('connection.tryAgain') }));
    expect(asked('connection.retry')).toHaveLength(1);
    expect(asked('doctor.run')).toHaveLength(2);
  });

  it('opens the keys to compare once the connection has met the change as well', async () => {
    const error = appError('SSH_HOST_KEY_CHANGED', 'x', { details: { host: 'studio' } });
    const { end, asked, fake } = await climb([
      failed('hostKey', error, { kind: 'action', action: 'reviewHostKey' }),
    ]);
    end();
    await userEvent.click(screen.getByRole('button', { name: t('connection.remedy.compareKeys') }));
    expect(asked('connection.retry')).toHaveLength(1);
    const hostKeyChange = {
      host: 'studio',
      port: 22,
      keyType: 'ssh-ed25519',
      fingerprint: 'SHA256:new',
      known: [],
    };
    act(() => fake.show({ ...remoteSnapshot, hostKeyChange }));
    expect(await screen.findByRole('alertdialog')).toBeTruthy();
  });

  it('approves a pairing request only after it was asked', async () => {
    const error = appError('GATEWAY_PAIRING_REQUIRED', 'x', { details: { requestId: 'req-7' } });
    const { end, asked } = await climb([
      failed('pairing', error, { kind: 'action', action: 'approvePairing' }),
    ]);
    end();
    expect(screen.getByText('openclaw devices approve req-7')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: t('connection.remedy.approve') }));
    await screen.findByRole('alertdialog');
    expect(asked('pairing.approve')).toEqual([]);
    await userEvent.click(screen.getByRole('button', { name: t('questions.pairing.approve') }));
    expect(asked('pairing.approve')).toEqual([{ requestId: 'req-7' }]);
  });

  it('stops when it is told to', async () => {
    const { asked } = await climb([{ ...passed('network'), status: 'running', ms: null }]);
    await userEvent.click(screen.getByRole('button', { name: t('connection.ladder.stop') }));
    expect(asked('doctor.stop')).toEqual([{ runId: 'run-1' }]);
    expect(verdict()).toContain(t('connection.ladder.stopped'));
    expect(document.querySelector('.is-running')).toBeNull();
  });

  it('copies a report, with names only when asked', async () => {
    const user = userEvent.setup();
    const write = vi.spyOn(navigator.clipboard, 'writeText');
    const { fake, end, asked } = await climb([passed('network')]);
    const copy = () =>
      screen.getByRole<HTMLButtonElement>('button', { name: t('connection.ladder.copyReport') });
    expect(copy().disabled).toBe(true);
    end();
    fake.answer = (method) => (method === 'doctor.report' ? ok({ text: 'the report' }) : null);
    await user.click(copy());
    await waitFor(() => expect(verdict()).toContain(t('connection.ladder.copied')));
    await user.click(screen.getByRole('checkbox', { name: t('connection.ladder.withNames') }));
    await user.click(copy());
    expect(asked('doctor.report')).toEqual([{ withNames: false }, { withNames: true }]);
    expect(write).toHaveBeenCalledWith('the report');
  });

  it('goes one step back on Escape', async () => {
    window.location.hash = '#/doctor?from=panel';
    renderScreen(<Doctor from="panel" />, remoteSnapshot);
    await userEvent.keyboard('{Escape}');
    expect(window.location.hash).toBe('#/panel');
  });
});
