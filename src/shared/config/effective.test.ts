import { describe, expect, it } from 'vitest';
import { type EffectiveInput, effectiveSettings } from './effective.ts';
import { loopbackPort, openclawConfigSchema } from './openclaw.ts';
import { applySettingsPatch } from './patch.ts';
import { settingsSchema } from './settings.ts';

const files = { settings: '/data/settings.json', openclaw: '/home/ada/.openclaw/openclaw.json' };

function effective(settings: unknown, openclaw: unknown = null, env: EffectiveInput['env'] = {}) {
  return effectiveSettings({
    settings: settingsSchema.parse(settings),
    openclaw: openclaw === null ? null : openclawConfigSchema.parse(openclaw),
    env,
    files,
  });
}

describe('effectiveSettings', () => {
  it('needs nothing: Local on 18789 (R2, R6)', () => {
    const { view, remoteCredentials, serverToken } = effective({});
    expect(view.mode).toEqual({ value: 'local', origin: 'default' });
    expect(view.local.port).toEqual({ value: 18789, origin: 'default' });
    expect(remoteCredentials).toEqual({});
    expect(serverToken).toBeNull();
  });

  it('takes the remote target from openclaw.json (R10, R12)', () => {
    const { view, remoteCredentials } = effective(
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
    expect(view.remote.token).toEqual({ isSet: true, origin: 'openclaw.json' });
    expect(remoteCredentials).toEqual({ token: 'secret' });
  });

  it('lets what was chosen in Chela win, value by value', () => {
    const { view, remoteCredentials } = effective(
      { mode: 'remote', remote: { sshTarget: 'ada@attic', gatewayPort: 20000, token: 'mine' } },
      { gateway: { remote: { sshTarget: 'ada@studio', sshIdentity: '/keys/id', token: 'theirs' } } },
    );
    expect(view.remote.sshTarget).toEqual({ value: 'ada@attic', origin: 'settings' });
    expect(view.remote.identityFile).toEqual({ value: '/keys/id', origin: 'openclaw.json' });
    expect(view.remote.localPort).toEqual({ value: 20000, origin: 'default' });
    expect(remoteCredentials).toEqual({ token: 'mine' });
  });

  it.each([
    [
      { gateway: { remote: { token: 'r' }, auth: { token: 'a' } } },
      { OPENCLAW_GATEWAY_TOKEN: 'e' },
      { token: 'r' },
    ],
    [{ gateway: { auth: { token: 'a' } } }, { OPENCLAW_GATEWAY_TOKEN: 'e' }, { token: 'e' }],
    [{ gateway: { auth: { token: 'a' } } }, {}, { token: 'a' }],
    [{ gateway: { remote: { password: 'r' } } }, { OPENCLAW_GATEWAY_PASSWORD: 'e' }, { password: 'e' }],
    [{ gateway: { remote: { password: 'r' }, auth: { password: 'a' } } }, {}, { password: 'r' }],
  ])('remote credentials follow R17: %j %j', (openclaw, env, credentials) => {
    expect(effective({ mode: 'remote' }, openclaw, env).remoteCredentials).toEqual(credentials);
  });

  it('never lets gateway.remote.* configure the embedded Gateway (R22)', () => {
    expect(effective({}, { gateway: { remote: { token: 'r' } } }).serverToken).toBeNull();
    expect(effective({}, { gateway: { auth: { token: 'a' } } }).serverToken).toBe('a');
    expect(
      effective({}, { gateway: { auth: { token: 'a' } } }, { OPENCLAW_GATEWAY_TOKEN: 'e' }).serverToken,
    ).toBe('e');
  });

  it('shows no secret', () => {
    const { view } = effective({ remote: { token: 'canary' } }, { gateway: { auth: { token: 'canary' } } });
    expect(JSON.stringify(view)).not.toContain('canary');
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
