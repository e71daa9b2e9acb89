import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import { err, ok } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { localSnapshot, remoteSnapshot } from '../../test-support/snapshot.ts';
import { Settings } from './settings.tsx';

const target = () => screen.getByLabelText<HTMLInputElement>(t('settings.target.label'));
const token = () => screen.getByLabelText<HTMLInputElement>(t('settings.token.label'));
const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });
const save = () => button(t('settings.save'));
const asked = (fake: { asked: { method: string; params: unknown }[] }, method: string) =>
  fake.asked.filter((request) => request.method === method).map((request) => request.params);

describe('Settings → General → OpenClaw runs (R6)', () => {
  it('shows the saved values, where they come from, and where they are stored', () => {
    renderScreen(<Settings chooseRemote={false} />, {
      ...remoteSnapshot,
      settings: { ...remoteSnapshot.settings, openclawFile: '/home/ada/.openclaw/openclaw.json' },
    });
    expect(target().value).toBe('ada@studio');
    expect(screen.getByText(t('settings.origin.file'))).toBeTruthy();
    expect(screen.getByText(/Stored in .*settings\.json/)).toBeTruthy();
    expect(screen.getByText(/Also read: .*openclaw\.json/)).toBeTruthy();
  });

  it('saves the draft, then switches', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, localSnapshot);
    await user.click(screen.getByRole('radio', { name: t('settings.runs.remote') }));
    await user.type(target(), 'ada@studio');
    await user.type(token(), 'sesame');
    await user.click(save());
    await waitFor(() => expect(asked(fake, 'connection.setMode')).toEqual([{ mode: 'remote' }]));
    expect(asked(fake, 'settings.save')).toEqual([
      { patch: { remote: { sshTarget: 'ada@studio', token: 'sesame' } } },
    ]);
  });

  it('R5: chooses which Gateway this computer runs, and says what that means', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, localSnapshot);
    expect(screen.getByText(t('localGateway.autoBody'))).toBeTruthy();
    await user.click(screen.getByRole('radio', { name: t('localGateway.openclaw') }));
    expect(screen.getByText(t('localGateway.openclawBody'))).toBeTruthy();
    await user.click(save());
    await waitFor(() =>
      expect(asked(fake, 'settings.save')).toEqual([{ patch: { local: { gateway: 'openclaw' } } }]),
    );
  });

  it('says what is wrong with the target and does not save it', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    await user.clear(target());
    await user.type(target(), 'ada@stu dio');
    expect(screen.getByText(t('settings.targetProblem.space'))).toBeTruthy();
    expect(target().getAttribute('aria-invalid')).toBe('true');
    await user.click(save());
    expect(asked(fake, 'settings.save')).toEqual([]);
    expect(document.activeElement).toBe(target());
  });

  it('keeps the draft when saving fails, and says why', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    fake.answer = (method) =>
      method === 'settings.save'
        ? err(
            appError('SETTINGS_UNWRITABLE', 'x', { details: { file: 'settings.json', reason: 'disk full' } }),
          )
        : null;
    await user.clear(target());
    await user.type(target(), 'ada@den');
    await user.click(save());
    expect(await screen.findByText(t('errors.SETTINGS_UNWRITABLE.title'))).toBeTruthy();
    expect(target().value).toBe('ada@den');
  });

  it('goes back to the saved connection on Revert', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    await user.clear(target());
    await user.type(target(), 'ada@den');
    await user.click(screen.getByRole('radio', { name: t('settings.runs.local') }));
    await user.click(button(t('settings.revert')));
    expect(target().value).toBe('ada@studio');
    expect(fake.asked.map(({ method }) => method)).not.toContain('settings.save');
  });

  it('keeps what was typed when the engine sends something newer', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    await user.type(target(), ':2222');
    act(() => fake.show({ ...remoteSnapshot, connection: { tag: 'idle' } }));
    expect(target().value).toBe('ada@studio:2222');
  });

  it('opens on Remote, at the target, when a target is wanted', () => {
    renderScreen(<Settings chooseRemote />, localSnapshot);
    expect(screen.getByRole<HTMLInputElement>('radio', { name: t('settings.runs.remote') }).checked).toBe(
      true,
    );
    expect(document.activeElement).toBe(target());
  });
});

describe('the token field', () => {
  it('never shows the saved token, and can replace it', async () => {
    const user = userEvent.setup();
    renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    expect(token()).toMatchObject({ type: 'password', value: '', readOnly: true });
    await user.click(button(t('settings.token.replace')));
    expect(document.activeElement).toBe(token());
    await user.keyboard('new');
    expect(token().value).toBe('new');
    await user.click(button(t('settings.token.keep')));
    expect(token()).toMatchObject({ value: '', readOnly: true });
  });

  it('clears the saved token only on Save', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    await user.click(button(t('settings.token.clear')));
    expect(screen.getByText(t('settings.token.willClear'))).toBeTruthy();
    await user.click(save());
    await waitFor(() =>
      expect(asked(fake, 'settings.save')).toEqual([{ patch: { remote: { token: null } } }]),
    );
  });

  it('drops a typed token when the target changes, and says so', async () => {
    const user = userEvent.setup();
    renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    await user.click(button(t('settings.token.replace')));
    await user.keyboard('new');
    await user.type(target(), '2');
    expect(token().value).toBe('');
    expect(screen.getByText(t('settings.token.draftCleared'))).toBeTruthy();
  });
});

describe('how SSH is done', () => {
  it('is explained, and part of the draft', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    await user.click(screen.getByRole('radio', { name: t('settings.engine.openssh') }));
    await user.click(screen.getByRole('radio', { name: t('settings.hostKeyPolicy.openssh') }));
    await user.click(
      screen.getByRole('checkbox', {
        name: t('settings.sideForwards.check', { first: 18790, second: 18791 }),
      }),
    );
    expect(screen.getByText(t('settings.engine.opensshBody'))).toBeTruthy();
    expect(screen.getByText(t('settings.hostKeyPolicy.opensshBody'))).toBeTruthy();
    expect(asked(fake, 'settings.save')).toEqual([]);
    await user.click(save());
    expect(asked(fake, 'settings.save')).toEqual([
      { patch: { remote: { engine: 'openssh', hostKeyPolicy: 'openssh', sideForwards: true } } },
    ]);
  });

  it('says that the host-key policy went back to strict with another target', async () => {
    const user = userEvent.setup();
    const hostKeyPolicy = { value: 'openssh', origin: 'settings' } as const;
    const { settings } = remoteSnapshot;
    renderScreen(<Settings chooseRemote={false} />, {
      ...remoteSnapshot,
      settings: { ...settings, remote: { ...settings.remote, hostKeyPolicy } },
    });
    await user.type(target(), '2');
    expect(screen.getByText(t('settings.hostKeyPolicy.wentStrict'))).toBeTruthy();
    expect(
      screen.getByRole<HTMLInputElement>('radio', { name: t('settings.hostKeyPolicy.strict') }).checked,
    ).toBe(true);
  });
});

describe('Test (R7)', () => {
  it('tests the draft and says in plain words that it works', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    fake.answer = (method) =>
      method === 'connection.test'
        ? ok({ gatewayVersion: '2026.9.6', authMethod: 'token', sshMs: 211.6, gatewayMs: 30 })
        : null;
    await user.click(button(t('settings.test.run')));
    expect(
      await screen.findByText(/Gateway 2026\.9\.6 let Chela in with the token\. SSH took 212 ms/),
    ).toBeTruthy();
    expect(asked(fake, 'settings.save')).toEqual([]);
  });

  it('says what failed, and forgets it as soon as the draft changes', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, remoteSnapshot);
    fake.answer = (method) =>
      method === 'connection.test'
        ? err(appError('SSH_HOST_NOT_FOUND', 'x', { details: { host: 'studio' } }))
        : null;
    await user.click(button(t('settings.test.run')));
    const main = within(screen.getByRole('main'));
    expect(await main.findByText(t('errors.SSH_HOST_NOT_FOUND.title', { host: 'studio' }))).toBeTruthy();
    await user.type(target(), 'x');
    expect(main.queryByText(t('errors.SSH_HOST_NOT_FOUND.title', { host: 'studio' }))).toBeNull();
  });
});

describe('Appearance', () => {
  it('takes effect at once', async () => {
    const user = userEvent.setup();
    const { fake } = renderScreen(<Settings chooseRemote={false} />, localSnapshot);
    await user.click(screen.getByRole('radio', { name: t('settings.theme.dark') }));
    await user.click(screen.getByRole('radio', { name: t('settings.language.zhHant') }));
    expect(asked(fake, 'settings.save')).toEqual([
      { patch: { appearance: { theme: 'dark' } } },
      { patch: { appearance: { language: 'zh-Hant' } } },
    ]);
  });
});
