import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { Question } from '../../../shared/contract/question.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { remoteSnapshot } from '../../test-support/snapshot.ts';
import { fingerprintCommand } from './fingerprint-command.tsx';
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

  it('draws the key for eyes only, where there is a drawing', async () => {
    const { fake } = ask({ ...hostKey, art: '+--[ED25519 256]--+\n|  . o            |' });
    const dialog = await screen.findByRole('alertdialog');
    expect(dialog.querySelector('pre')?.textContent).toContain('[ED25519 256]');
    expect(dialog.querySelector('pre')?.getAttribute('aria-hidden')).toBe('true');
    act(() => fake.show({ ...remoteSnapshot, questions: [hostKey] }));
    await waitFor(() => expect(screen.getByRole('alertdialog').querySelector('pre')).toBeNull());
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
      canRemember: false,
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
  const passphrase = (wrongBefore: boolean, canRemember = false): Question => ({
    id: 'q2',
    kind: 'passphrase',
    identityFile: '/home/ada/.ssh/id_rsa',
    wrongBefore,
    canRemember,
  });

  it('asks with the field in focus and sends what was typed', async () => {
    const { fake } = ask(passphrase(false));
    const field = await screen.findByLabelText(t('questions.passphrase.label'));
    await waitFor(() => expect(document.activeElement).toBe(field));
    expect(field.getAttribute('type')).toBe('password');
    await userEvent.keyboard('open sesame{Enter}');
    expect(answers(fake)).toEqual([
      { id: 'q2', answer: { kind: 'passphrase', passphrase: 'open sesame', remember: false } },
    ]);
  });

  it('says when the one before was wrong', async () => {
    ask(passphrase(true));
    expect(await screen.findByText(t('questions.passphrase.wrong'))).toBeTruthy();
  });

  it('offers the keychain only where there is one', async () => {
    const { fake } = ask(passphrase(false));
    await screen.findByText(t('questions.notStored'));
    expect(screen.queryByRole('checkbox')).toBeNull();
    act(() => fake.show({ ...remoteSnapshot, questions: [passphrase(false, true)] }));
    await userEvent.click(await screen.findByRole('checkbox', { name: t('questions.remember') }));
    await userEvent.type(screen.getByLabelText(t('questions.passphrase.label')), 'open sesame{Enter}');
    expect(answers(fake)).toEqual([
      { id: 'q2', answer: { kind: 'passphrase', passphrase: 'open sesame', remember: true } },
    ]);
  });
});

describe('the password question', () => {
  const password: Question = {
    id: 'q3',
    kind: 'password',
    user: 'ada',
    host: 'studio',
    wrongBefore: true,
    canRemember: true,
  };

  it('says whose, on which host, and that the one before was wrong', async () => {
    ask(password);
    const dialog = await screen.findByRole('alertdialog', {
      name: t('questions.password.title', { host: 'studio' }),
    });
    expect(dialog.textContent).toContain(t('questions.password.body', { user: 'ada', host: 'studio' }));
    expect(screen.getByRole('alert').textContent).toBe(t('questions.password.wrong', { host: 'studio' }));
  });

  it('sends nothing before something was typed, and takes Escape for no', async () => {
    const { fake } = ask(password);
    const field = await screen.findByLabelText(t('questions.password.label'));
    await waitFor(() => expect(document.activeElement).toBe(field));
    await userEvent.keyboard('{Enter}');
    expect(answers(fake)).toEqual([]);
    await userEvent.keyboard('sesame{Enter}{Escape}');
    expect(answers(fake)).toEqual([
      { id: 'q3', answer: { kind: 'password', password: 'sesame', remember: false } },
      { id: 'q3', answer: { kind: 'cancel' } },
    ]);
  });
});

describe('the server’s own prompts', () => {
  const prompts: Question = {
    id: 'q4',
    kind: 'keyboardInteractive',
    user: 'ada',
    host: 'studio',
    name: 'Two factors',
    instructions: 'Press <b>OK</b> on the token,\nthen type what it shows.',
    prompts: [
      { prompt: 'Password: ', echo: false },
      { prompt: 'Code: ', echo: true },
    ],
  };

  it('are shown as plain text, apart from Chela’s words', async () => {
    ask(prompts);
    const words = await screen.findByRole('region', { name: t('questions.prompts.server') });
    expect(words.textContent).toContain('Press <b>OK</b> on the token,\nthen type what it shows.');
    expect(words.querySelector('b')).toBeNull();
  });

  it('hide what must not be seen, and are sent in their order by Enter', async () => {
    const { fake } = ask(prompts);
    const first = await screen.findByLabelText('Password:');
    const second = screen.getByLabelText('Code:');
    await waitFor(() => expect(document.activeElement).toBe(first));
    expect([first.getAttribute('type'), second.getAttribute('type')]).toEqual(['password', 'text']);
    await userEvent.keyboard('sesame');
    await userEvent.type(second, '123456{Enter}');
    expect(answers(fake)).toEqual([
      { id: 'q4', answer: { kind: 'keyboardInteractive', answers: ['sesame', '123456'] } },
    ]);
  });
});
