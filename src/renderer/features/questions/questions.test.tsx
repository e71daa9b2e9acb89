import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { Question } from '../../../shared/contract/question.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { remoteSnapshot } from '../../test-support/snapshot.ts';
import { fingerprintCommand } from './host-key-question.tsx';
import { Questions } from './questions.tsx';

const hostKey: Question = {
  id: 'q1',
  kind: 'hostKey',
  host: 'studio',
  port: 22,
  keyType: 'ssh-ed25519',
  fingerprint: 'SHA256:9sQm4nU7y5dYp6Qd3vKq1Zz0Xb2Wc4Ve6Rt8Yu0Io2A',
  knownHostsFile: '/home/ada/.ssh/known_hosts',
};

const ask = (...questions: Question[]) => renderScreen(<Questions />, { ...remoteSnapshot, questions });
const answers = (fake: { asked: { method: string; params: unknown }[] }) =>
  fake.asked.filter(({ method }) => method === 'questions.answer').map(({ params }) => params);

describe('the host-key question (R6)', () => {
  it('shows what to compare, and with what', async () => {
    ask(hostKey);
    const dialog = await screen.findByRole('alertdialog', {
      name: t('questions.hostKey.title', { host: 'studio' }),
    });
    expect(dialog.textContent).toContain(hostKey.fingerprint);
    expect(dialog.textContent).toContain('ssh-ed25519');
    expect(dialog.textContent).toContain('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
    expect(dialog.textContent).toContain('/home/ada/.ssh/known_hosts');
  });

  it('rests the focus on the safe answer', async () => {
    ask(hostKey);
    await waitFor(() => expect(document.activeElement?.textContent).toBe(t('questions.hostKey.refuse')));
  });

  it.each([
    ['trust', { kind: 'hostKey', trust: true }],
    ['refuse', { kind: 'hostKey', trust: false }],
  ] as const)('answers %s', async (name, answer) => {
    const { fake } = ask(hostKey);
    await userEvent.click(await screen.findByRole('button', { name: t(`questions.hostKey.${name}`) }));
    expect(answers(fake)).toEqual([{ id: 'q1', answer }]);
  });

  it('takes Escape for no', async () => {
    const { fake } = ask(hostKey);
    await screen.findByRole('alertdialog');
    await userEvent.keyboard('{Escape}');
    expect(answers(fake)).toEqual([{ id: 'q1', answer: { kind: 'cancel' } }]);
  });

  it('goes when it was settled elsewhere, and the next one comes', async () => {
    const { fake } = ask(hostKey, {
      id: 'q2',
      kind: 'passphrase',
      identityFile: 'id_rsa',
      wrongBefore: false,
    });
    await screen.findByRole('alertdialog', { name: /studio/ });
    act(() => fake.show({ ...remoteSnapshot, questions: [{ ...hostKey, id: 'q3', host: 'den' }] }));
    await screen.findByRole('alertdialog', { name: /den/ });
    act(() => fake.show(remoteSnapshot));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  });

  it.each([
    ['ssh-ed25519', 'ssh_host_ed25519_key.pub'],
    ['ecdsa-sha2-nistp256', 'ssh_host_ecdsa_key.pub'],
    ['ssh-rsa', 'ssh_host_rsa_key.pub'],
    ['rsa-sha2-512', 'ssh_host_rsa_key.pub'],
    ['sk-ssh-ed25519@openssh.com', 'ssh_host_*_key.pub'],
  ])('%s is compared with %s', (keyType, file) => {
    expect(fingerprintCommand(keyType)).toBe(`ssh-keygen -lf /etc/ssh/${file}`);
  });
});

describe('the passphrase question', () => {
  const passphrase = (wrongBefore: boolean): Question => ({
    id: 'q2',
    kind: 'passphrase',
    identityFile: '/home/ada/.ssh/id_rsa',
    wrongBefore,
  });

  it('asks with the field in focus and sends what was typed', async () => {
    const { fake } = ask(passphrase(false));
    const field = await screen.findByLabelText(t('questions.passphrase.label'));
    await waitFor(() => expect(document.activeElement).toBe(field));
    expect(field.getAttribute('type')).toBe('password');
    await userEvent.keyboard('open sesame{Enter}');
    expect(answers(fake)).toEqual([{ id: 'q2', answer: { kind: 'passphrase', passphrase: 'open sesame' } }]);
  });

  it('says when the one before was wrong', async () => {
    ask(passphrase(true));
    expect(await screen.findByText(t('questions.passphrase.wrong'))).toBeTruthy();
  });
});
