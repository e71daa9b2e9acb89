import { describe, expect, it } from 'vitest';
import type { CandidateName } from '../credentials/candidates.ts';
import { appError } from '../errors.ts';
import { type EffectiveInput, effectiveSettings } from './effective.ts';
import { openclawConfigSchema } from './openclaw.ts';
import { applySettingsPatch } from './patch.ts';
import { loopbackPort } from './port.ts';
import { settingsSchema } from './settings.ts';

const files = { settings: '/data/settings.json', openclaw: '/home/ada/.openclaw/openclaw.json' };

const undecided = { remote: null, server: null, foreseen: null };

function effective(
  settings: unknown,
  openclaw: unknown = null,
  decided: EffectiveInput['decided'] = undecided,
) {
  return effectiveSettings({
    settings: settingsSchema.parse(settings),
    openclaw: openclaw === null ? null : openclawConfigSchema.parse(openclaw),
    env: {},
    files,
    decided,
  });
}

describe('effectiveSettings', () => {
  it('needs nothing: Local on 18789 (R2, R6)', () => {
    const { view, remoteCredentials, server } = effective({});
    expect(view.mode).toEqual({ value: 'local', origin: 'default' });
    expect(view.local.port).toEqual({ value: 18789, origin: 'default' });
    expect(remoteCredentials).toEqual({});
    expect(server).toBeNull();
  });

  it('takes the remote target from openclaw.json (R10, R12)', () => {
    const { view } = effective(
      {},
      {
        gateway: {
          mode: 'remote',
          remote: { url: 'ws://127.0.0.1:19000', sshTarget: 'ada@studio', token: 'secret' },
        },
      },
    );
    expect(view.mode).toEqual({ value: 'remote', origin: 'openclaw.json' });
    expect(view.remote.sshTarget).toEqual({ value: 'ada@studio', origin: 'openclaw.json' });
    expect(view.remote.localPort).toEqual({ value: 19000, origin: 'openclaw.json' });
    expect(view.remote.gatewayPort).toEqual({ value: 18789, origin: 'default' });
  });

  it('lets what was chosen in Chela win, value by value', () => {
    const { view } = effective(
      { mode: 'remote', remote: { sshTarget: 'ada@attic', gatewayPort: 20000, token: 'mine' } },
      { gateway: { remote: { sshTarget: 'ada@studio', sshIdentity: '/keys/id', token: 'theirs' } } },
    );
    expect(view.remote.sshTarget).toEqual({ value: 'ada@attic', origin: 'settings' });
    expect(view.remote.identityFile).toEqual({ value: '/keys/id', origin: 'openclaw.json' });
    expect(view.remote.localPort).toEqual({ value: 20000, origin: 'default' });
  });

  const trail = [] as const;
  const origin = { tag: 'environment', variable: 'OPENCLAW_GATEWAY_TOKEN' } as const;

  it('carries what the credential contract decided, and shows no secret (R16-R22)', () => {
    const remote = {
      tag: 'use',
      kind: 'password',
      value: 'canary',
      name: 'gateway.remote.password',
      origin,
      trail,
    } as const;
    const server = {
      tag: 'secret',
      kind: 'token',
      value: 'canary-own',
      name: 'gateway.auth.token',
      trail,
    } as const;
    const { view, ...rest } = effective({}, null, { ...undecided, remote, server });
    expect(rest).toEqual({
      remoteCredentials: { password: 'canary' },
      localCredentials: null,
      server,
      refusal: null,
    });
    expect(JSON.stringify(view)).not.toContain('canary');
  });

  it('carries the refusal of a secret that cannot be had (R21)', () => {
    const error = appError('SECRET_ENV_MISSING', 'not set');
    const refused = { tag: 'refused', by: 'gateway.auth.token', error, trail } as const;
    for (const decided of [
      { ...undecided, remote: refused },
      { ...undecided, server: refused },
    ]) {
      expect(effective({}, null, decided)).toMatchObject({
        remoteCredentials: {},
        refusal: error,
      });
    }
  });

  it.each<[CandidateName | null, object, object]>([
    [null, {}, { isSet: false, origin: 'default' }],
    ['gateway.remote.token', {}, { isSet: true, origin: 'openclaw.json' }],
    ['OPENCLAW_GATEWAY_TOKEN', {}, { isSet: true, origin: 'environment' }],
    ['chela.remote.token', {}, { isSet: true, origin: 'settings', keptIn: 'session' }],
    ['chela.remote.token', { tokenIn: 'file' }, { isSet: true, origin: 'settings', keptIn: 'file' }],
    ['chela.remote.token', { tokenIn: 'keychain' }, { isSet: true, origin: 'settings', keptIn: 'keychain' }],
    ['chela.remote.token', { token: 'plain' }, { isSet: true, origin: 'settings', keptIn: 'settings' }],
  ])('says where the token is: %s %j', (name, remote, expected) => {
    const foreseen = name && ({ name, kind: 'token', origin, verdict: 'used', why: 'firstSet' } as const);
    expect(effective({ remote }, null, { ...undecided, foreseen }).view.remote.token).toEqual(expected);
  });

  it('ignores values of the wrong shape in openclaw.json, one by one', () => {
    const { view } = effective(
      {},
      { gateway: { mode: 'sideways', port: 'x', remote: { sshTarget: 7, remotePort: 20001 } } },
    );
    expect(view.mode.value).toBe('local');
    expect(view.local.port.value).toBe(18789);
    expect(view.remote.sshTarget.value).toBe('');
    expect(view.remote.gatewayPort).toEqual({ value: 20001, origin: 'openclaw.json' });
  });
});

describe('applySettingsPatch', () => {
  const before = settingsSchema.parse({
    mode: 'remote',
    extra: 1,
    remote: { sshTarget: 'ada@studio', token: 't', later: true },
  });

  it('keeps what it does not name, unknown keys too', () => {
    expect(applySettingsPatch(before, { remote: { gatewayPort: 20000 } })).toEqual({
      ...before,
      remote: { sshTarget: 'ada@studio', token: 't', later: true, gatewayPort: 20000 },
    });
  });

  it('goes back to "not chosen here" on null and empty text', () => {
    expect(applySettingsPatch(before, { mode: null, remote: { token: null, sshTarget: '' } })).toEqual({
      version: 1,
      extra: 1,
      remote: { later: true },
      local: {},
      appearance: {},
    });
  });
});

describe('loopbackPort', () => {
  it.each([
    ['ws://127.0.0.1:18789', 18789],
    ['ws://localhost:1/', 1],
    ['ws://[::1]:2', 2],
    ['ws://127.0.0.1', 80],
    ['ws://studio.example:18789', null],
    ['wss://127.0.0.1:18789', null],
    ['ws://127.0.0.1.evil.example:1', null],
    ['ws://127.0.0.1:0', null],
    [undefined, null],
  ])('%s → %s', (url, port) => {
    expect(loopbackPort(url)).toBe(port);
  });
});
