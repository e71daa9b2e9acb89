import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { Quality, Snapshot } from '../../../shared/contract/snapshot.ts';
import { type AppError, appError } from '../../../shared/errors.ts';
import { err } from '../../../shared/result.ts';
import { renderScreen, t } from '../../test-support/render.tsx';
import { localSnapshot, remoteSnapshot } from '../../test-support/snapshot.ts';
import { Panel } from '../panel/panel.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { Lamps } from './lamps.tsx';
import { QualityStrip } from './quality-strip.tsx';
import { StatusLine } from './status-line.tsx';

type Asked = { asked: { method: string; params: unknown }[] };
const asked = (fake: Asked, method: string) =>
  fake.asked.filter((request) => request.method === method).map((request) => request.params);
const failedWith = (error: AppError, more: Partial<Snapshot> = {}): Snapshot => ({
  ...remoteSnapshot,
  connection: { tag: 'failed', error },
  endpoint: null,
  ...more,
});
const button = (name: string) => screen.findByRole<HTMLButtonElement>('button', { name });

describe('a host key that changed', () => {
  const change = {
    host: 'studio',
    port: 22,
    keyType: 'ssh-ed25519',
    fingerprint: 'SHA256:new',
    art: '+--[ED25519 256]--+',
    known: [
      { keyType: 'ssh-ed25519', fingerprint: 'SHA256:old', file: '/home/ada/.ssh/known_hosts', line: 7 },
      { keyType: 'ssh-rsa', fingerprint: 'SHA256:older', file: '/etc/ssh/known_hosts', line: 2 },
    ],
  };
  const error = appError('SSH_HOST_KEY_CHANGED', 'x', {
    details: {
      host: 'studio',
      expected: 'SHA256:old',
      file: 'known_hosts',
      line: 7,
      fingerprint: 'SHA256:new',
    },
  });
  const open = async () => {
    const screenParts = renderScreen(<ConnectionBanner />, failedWith(error, { hostKeyChange: change }));
    await userEvent.click(await button(t('connection.remedy.compareKeys')));
    const dialog = await screen.findByRole('alertdialog', {
      name: t('questions.changed.title', { host: 'studio' }),
    });
    return { ...screenParts, dialog };
  };

  it('is shown with every old key, where it is written, and the new one', async () => {
    const { dialog } = await open();
    for (const text of ['ssh-ed25519 SHA256:old', 'ssh-rsa SHA256:older', 'ssh-ed25519 SHA256:new']) {
      expect(dialog.textContent).toContain(text);
    }
    expect(dialog.textContent).toContain(
      t('questions.changed.knownAt', { file: '/home/ada/.ssh/known_hosts', line: 7 }),
    );
    expect(dialog.querySelector('pre')?.getAttribute('aria-hidden')).toBe('true');
    await waitFor(() => expect(document.activeElement?.textContent).toBe(t('questions.changed.cancel')));
  });

  it('is replaced only after the name of the host was typed', async () => {
    const { fake } = await open();
    const replace = await button(t('questions.changed.accept'));
    const field = screen.getByLabelText(t('questions.changed.typeHost', { host: 'studio' }));
    await userEvent.type(field, 'studi{Enter}');
    expect(replace.disabled).toBe(true);
    expect(asked(fake, 'hostKey.replace')).toEqual([]);
    await userEvent.type(field, 'o');
    expect(replace.disabled).toBe(false);
    await userEvent.click(replace);
    expect(asked(fake, 'hostKey.replace')).toEqual([{ typedHost: 'studio' }]);
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  });

  it('stays open with the reason when it cannot be replaced', async () => {
    const { fake, dialog } = await open();
    fake.answer = () =>
      err(appError('KNOWN_HOSTS_UNWRITABLE', 'x', { details: { file: 'k', reason: 'full' } }));
    await userEvent.type(screen.getByRole('textbox'), 'studio{Enter}');
    expect(await within(dialog).findByText(t('errors.KNOWN_HOSTS_UNWRITABLE.title'))).toBeTruthy();
  });

  it('replaces nothing on Escape', async () => {
    const { fake } = await open();
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(asked(fake, 'hostKey.replace')).toEqual([]);
  });

  it('closes when the change was settled elsewhere', async () => {
    const { fake } = await open();
    act(() => fake.show(failedWith(error)));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
  });
});

describe('what one press can do', () => {
  it.each([
    ['remote', { remote: { localPort: 28790 } }],
    ['local', { local: { port: 28790 } }],
  ] as const)('offers another port when the one here is taken (%s)', async (mode, patch) => {
    const details = { port: 28789, pid: 12, command: 'other', suggestedPort: 28790 };
    const { fake } = renderScreen(
      <ConnectionBanner />,
      failedWith(appError('PORT_IN_USE_BY', 'x', { details }), { mode }),
    );
    await userEvent.click(await button(t('connection.remedy.usePort', { port: 28790 })));
    expect(asked(fake, 'settings.save')).toEqual([{ patch }]);
  });

  it('leads to the Gateway that runs on another port already, and to no second one beside it (R5)', async () => {
    const details = { port: 28789, pid: 12, command: 'chela gateway run', suggestedPort: 28989 };
    const { fake } = renderScreen(
      <ConnectionBanner />,
      failedWith(appError('GATEWAY_RUNS_ALREADY', 'x', { details }), { mode: 'local' }),
    );
    await userEvent.click(await button(t('connection.remedy.usePort', { port: 28789 })));
    expect(asked(fake, 'settings.save')).toEqual([{ patch: { local: { port: 28789 } } }]);
  });

  it('says why a press changed nothing', async () => {
    const { fake } = renderScreen(<ConnectionBanner />, failedWith(appError('SSH_NEEDS_OPENSSH', 'x')));
    fake.answer = () => err(appError('SETTINGS_UNWRITABLE', 'x'));
    await userEvent.click(await button(t('connection.remedy.useOpenssh')));
    expect(asked(fake, 'settings.save')).toEqual([{ patch: { remote: { engine: 'openssh' } } }]);
    expect(await screen.findByText(t('errors.SETTINGS_UNWRITABLE.title'))).toBeTruthy();
  });

  it('approves a pairing request after saying what runs where', async () => {
    const error = appError('GATEWAY_PAIRING_REQUIRED', 'x', { details: { requestId: 'req-7' } });
    const { fake } = renderScreen(<ConnectionBanner />, failedWith(error));
    expect(screen.getByText('openclaw devices approve req-7')).toBeTruthy();
    await userEvent.click(await button(t('connection.remedy.approve')));
    const dialog = await screen.findByRole('alertdialog', { name: t('questions.pairing.title') });
    expect(dialog.textContent).toContain('openclaw devices approve req-7');
    expect(dialog.textContent).toContain(t('questions.pairing.body', { host: 'ada@studio' }));
    expect(asked(fake, 'pairing.approve')).toEqual([]);

    fake.answer = () => err(appError('PAIRING_NOT_APPROVED', 'x', { details: { reason: 'expired' } }));
    await userEvent.click(await button(t('questions.pairing.approve')));
    expect(await within(dialog).findByText(t('errors.PAIRING_NOT_APPROVED.title'))).toBeTruthy();
    fake.answer = () => null;
    await userEvent.click(await button(t('questions.pairing.approve')));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(asked(fake, 'pairing.approve')).toEqual([{ requestId: 'req-7' }, { requestId: 'req-7' }]);
  });

  it('makes no command of a request id that is none', () => {
    const error = appError('GATEWAY_PAIRING_REQUIRED', 'x', { details: { requestId: 'a; rm -rf /' } });
    renderScreen(<ConnectionBanner />, failedWith(error));
    expect(screen.queryByRole('button', { name: t('connection.remedy.approve') })).toBeNull();
    expect(document.querySelector('code')).toBeNull();
  });

  it('leads to the doctor', async () => {
    renderScreen(<ConnectionBanner />, failedWith(appError('SSH_REFUSED', 'x')));
    await userEvent.click(await button(t('connection.diagnose')));
    expect(window.location.hash).toBe('#/doctor');
  });
});

describe('the status line', () => {
  it('says that the connection is being checked while it is suspect', () => {
    const tunnel = { ...remoteSnapshot.tunnel, tag: 'up', suspectSinceMs: 1 } as Snapshot['tunnel'];
    renderScreen(<StatusLine />, { ...remoteSnapshot, tunnel });
    expect(screen.getByRole('status').textContent).toContain(
      t('connection.checking', { where: 'ada@studio' }),
    );
  });
});

describe('the lamps', () => {
  const lines = () =>
    [...document.querySelectorAll('.lamp')].map((line) => [
      line.querySelector('dt')?.textContent,
      line.querySelector('dd')?.textContent,
      line.querySelector('svg')?.getAttribute('class')?.split('is-')[1],
    ]);

  it('tell about every layer, each with a shape and words of its own', () => {
    const error = appError('SSH_REFUSED', 'x', { details: { host: 'studio', port: 22 } });
    const side = appError('PORT_IN_USE', 'x', { details: { port: 28790 } });
    renderScreen(<Lamps />, {
      ...remoteSnapshot,
      lamps: {
        network: { state: 'good', error: null },
        ssh: { state: 'attention', error },
        forward: { state: 'attention', error: side },
        gateway: { state: 'working', error: null },
        authentication: { state: 'off', error: null },
      },
      ssh: {
        engine: 'builtin',
        crypto: 'javascript',
        sideForwards: [
          { port: 28790, error: side },
          { port: 28791, error: null },
        ],
      },
    });
    const needs = t('connection.lamps.state.attention');
    const taken = t('errors.PORT_IN_USE.title', { port: 28790 });
    expect(lines()).toEqual([
      ['Network', t('connection.lamps.online'), 'good'],
      ['SSH', needs + t('errors.SSH_REFUSED.title', { host: 'studio', port: 22 }), 'attention'],
      [t('connection.lamps.engine'), t('connection.lamps.builtinJavascript'), undefined],
      ['Forward', needs + taken, 'attention'],
      [t('connection.lamps.sideForward', { port: 28790 }), needs + taken, 'attention'],
      [t('connection.lamps.sideForward', { port: 28791 }), t('connection.lamps.sideForwardGood'), 'good'],
      ['Gateway', t('connection.lamps.state.working'), 'working'],
      [t('connection.lamps.authentication'), t('connection.lamps.state.off'), 'off'],
    ]);
  });

  it('have no SSH in Local mode', () => {
    renderScreen(<Lamps />, localSnapshot);
    expect(lines().map(([label]) => label)).toEqual(['Gateway', t('connection.lamps.authentication')]);
  });

  it('name the persistent tunnel and the system’s engine', () => {
    renderScreen(<Lamps />, {
      ...remoteSnapshot,
      tunnel: { tag: 'up', localPort: 28789, owner: 'service', sinceMs: 0, suspectSinceMs: null },
      ssh: { engine: 'openssh', crypto: null, sideForwards: [] },
    });
    expect(screen.getByText(t('connection.lamps.portOfService', { port: 28789 }))).toBeTruthy();
    expect(screen.getByText(t('connection.lamps.openssh'))).toBeTruthy();
  });
});

describe('the 24-hour strip', () => {
  const quality = (): Quality => ({
    uptime: 0.99961,
    drops: 3,
    strip: Array.from({ length: 96 }, (_, at) => ({
      startMs: at * 900_000,
      up: at < 40 ? null : at === 50 ? 0.5 : at === 51 ? 0 : 1,
      rttMs: at < 40 ? null : 20 + (at % 7),
      drops: at === 50 ? 3 : 0,
    })),
  });

  it('says in one line how the day was, and never rounds a gap away', () => {
    renderScreen(<QualityStrip />, { ...remoteSnapshot, quality: quality() });
    expect(screen.getByText('24 h: 99.9% up, 3 drops, median 23 ms')).toBeTruthy();
  });

  it('draws 96 quarters, by height and kind, and marks the drops', () => {
    renderScreen(<QualityStrip />, { ...remoteSnapshot, quality: quality() });
    expect(document.querySelectorAll('.quality-strip g')).toHaveLength(96);
    const count = (kind: string) => document.querySelectorAll(`.quality-strip .${kind}`).length;
    expect(['is-none', 'is-up', 'is-part', 'is-down', 'drop'].map(count)).toEqual([40, 54, 1, 1, 1]);
    const part = Number(document.querySelector('.is-part')?.getAttribute('height'));
    const full = Number(document.querySelector('.is-up')?.getAttribute('height'));
    expect(part).toBeCloseTo(full / 2);
    expect(document.querySelectorAll('title')[50]?.textContent).toMatch(/: 50% up, 3 drops, 21 ms$/);
    expect(document.querySelectorAll('title')[0]?.textContent).toContain(t('connection.quality.nothing'));
  });

  it.each([null, { uptime: null, drops: 0, strip: [] }])('says so when nothing was recorded', (nothing) => {
    renderScreen(<QualityStrip />, { ...remoteSnapshot, quality: nothing });
    expect(screen.getByText(t('connection.quality.empty'))).toBeTruthy();
    expect(document.querySelector('svg')).toBeNull();
  });
});

describe('R6: connect and disconnect', () => {
  const idle: Snapshot = { ...remoteSnapshot, connection: { tag: 'idle' }, endpoint: null };

  it('from the panel', async () => {
    const { fake } = renderScreen(<Panel />, remoteSnapshot);
    await userEvent.click(await button(t('connection.disconnect')));
    expect(asked(fake, 'connection.disconnect')).toEqual([{}]);
    act(() => fake.show(idle));
    expect(screen.queryByRole('button', { name: t('connection.disconnect') })).toBeNull();
    await userEvent.click(await button(t('connection.connect')));
    expect(asked(fake, 'connection.retry')).toEqual([{}]);
  });

  it('from the status line, which says that it is not connected', async () => {
    const { fake } = renderScreen(<StatusLine />, idle);
    expect(screen.getByRole('status').textContent).toContain(t('connection.idle'));
    await userEvent.click(await button(t('connection.connect')));
    expect(asked(fake, 'connection.retry')).toEqual([{}]);
  });
});
