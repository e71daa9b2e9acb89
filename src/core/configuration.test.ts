import { join } from 'node:path';
import Conf from 'conf';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../shared/config/settings.ts';
import { explainConfiguration, readConfiguration, testCredential } from './configuration.ts';
import { credentialsOf, planConnection, wantedGatewayKey } from './connection/plan.ts';
import { saveWithToken } from './credentials/save-token.ts';
import { put, scratch } from './credentials/test-bench.ts';
import { createTokenStore } from './credentials/token-store.ts';
import { noKeychain } from './keychain/keychain.ts';
import { openSettingsStore } from './settings/settings-store.ts';

type Bench = { openclaw?: unknown; settings?: unknown; env?: Record<string, string> };

async function bench({ openclaw, settings = {}, env = {} }: Bench) {
  const dataDir = await scratch();
  const file = join(dataDir, 'openclaw.json');
  if (openclaw !== undefined) await put(file, JSON.stringify(openclaw, null, 2));
  const store = openSettingsStore({ dataDir, create: (options) => new Conf(options) });
  store.write(settingsSchema.parse(settings));
  const tokens = createTokenStore({ dataDir, keychain: noKeychain });
  const world = { OPENCLAW_CONFIG_PATH: file, ...env };
  const read = () => readConfiguration(store, world, dataDir, tokens);
  return { store, tokens, file, world, dataDir, read };
}

/** What the app would connect with. */
async function plan(one: Bench, of: 'effective' | 'probe' = 'effective') {
  const found = await (await bench(one)).read();
  const planned = planConnection(found[of], found.openclaw.config, 'generated');
  if (planned.tag === 'refused') return planned.error.code;
  return credentialsOf(planned);
}

const remote = { mode: 'remote', remote: { sshTarget: 'ada@studio' } };
const TOKEN = 'OPENCLAW_GATEWAY_TOKEN';

describe('the name of the Gateway that is wanted (R8)', () => {
  const ssh = (more: object) => ({ mode: 'remote', remote: { sshTarget: 'ada@studio', ...more } });
  const url = 'wss://studio.example:18789';
  it.each<[string, unknown, string]>([
    ['tells ports of a host apart', ssh({}), 'ssh:ada@studio#18789'],
    ['tells ports of a host apart: another', ssh({ gatewayPort: 19001 }), 'ssh:ada@studio#19001'],
    ['does not follow the local port', ssh({ localPort: 20000 }), 'ssh:ada@studio#18789'],
    ['is an address where there is no SSH', ssh({ transport: 'direct', url }), `${url}/`],
    ['is that of the last one, where whichever is there is wanted', {}, 'local:attached'],
    ['is our own, where that one alone is wanted', { local: { gateway: 'embedded' } }, 'local'],
    ['is the installed one’s, attached or started', { local: { gateway: 'openclaw' } }, 'local:attached'],
  ])('%s', async (_, settings, key) => {
    const { effective } = await (await bench({ settings })).read();
    expect(wantedGatewayKey(effective.view, 'local:attached')).toBe(key);
  });

  it.each<[string, unknown]>([
    ['where whichever is there is wanted and none was used yet', {}],
    ['where the target is none', { mode: 'remote', remote: { sshTarget: 'ada@' } }],
    ['where the address is none', ssh({ transport: 'direct', url: 'studio' })],
  ])('is not known %s', async (_, settings) => {
    const { effective } = await (await bench({ settings })).read();
    expect(wantedGatewayKey(effective.view, null)).toBeNull();
  });

  it('does not change where a credential is missing', async () => {
    const openclaw = {
      gateway: { remote: { token: { source: 'env', provider: 'default', id: 'NOT_SET' } } },
    };
    const { effective } = await (await bench({ openclaw, settings: ssh({}) })).read();
    expect(effective.refusal).not.toBeNull();
    expect(wantedGatewayKey(effective.view, 'local')).toBe('ssh:ada@studio#18789');
  });
});

describe('what the app connects with', () => {
  it.each<[string, Bench, unknown]>([
    ['R16 local: generated', {}, { token: 'generated' }],
    [
      'R16 local: gateway.auth.token',
      { openclaw: { gateway: { auth: { token: 'own' } } } },
      { token: 'own' },
    ],
    [
      'R16 local: the environment',
      { openclaw: { gateway: { auth: { token: 'own' } } }, env: { [TOKEN]: 'e' } },
      { token: 'e' },
    ],
    [
      'R22 local: never gateway.remote.*',
      { openclaw: { gateway: { remote: { token: 'r' } } } },
      { token: 'generated' },
    ],
    ['R16 local: a password', { openclaw: { gateway: { auth: { password: 'p' } } } }, { password: 'p' }],
    [
      'R16 local: a password from the environment, by its mode',
      { openclaw: { gateway: { auth: { mode: 'password' } } }, env: { OPENCLAW_GATEWAY_PASSWORD: 'p' } },
      { password: 'p' },
    ],
    ['R16 local: no authentication', { openclaw: { gateway: { auth: { mode: 'none', token: 'own' } } } }, {}],
    [
      'R28 local: the password beside a trusted proxy',
      {
        openclaw: {
          gateway: { auth: { mode: 'trusted-proxy', trustedProxy: { userHeader: 'x-user' }, password: 'p' } },
        },
      },
      { password: 'p' },
    ],
    [
      'R28 local: a trusted proxy that names no header',
      { openclaw: { gateway: { auth: { mode: 'trusted-proxy' } } } },
      'SERVER_PROXY_INCOMPLETE',
    ],
    [
      'local: token and password, and nobody said which',
      { openclaw: { gateway: { auth: { token: 'own', password: 'p' } } } },
      'SERVER_AUTH_AMBIGUOUS',
    ],
    ['R21 local: refused', { openclaw: { gateway: { auth: { token: '$NONE' } } } }, 'SECRET_ENV_MISSING'],
    [
      'R21 remote: refused',
      { settings: remote, openclaw: { gateway: { remote: { token: '$NONE' } } }, env: { [TOKEN]: 'e' } },
      'SECRET_ENV_MISSING',
    ],
    [
      'R17 remote: resolved',
      {
        settings: remote,
        openclaw: { gateway: { remote: { token: '$MINE' } } },
        env: { MINE: 'm', [TOKEN]: 'e' },
      },
      { token: 'm' },
    ],
    [
      'R17 remote: a password alone',
      { settings: remote, openclaw: { gateway: { remote: { password: 'p' } } } },
      { password: 'p' },
    ],
    [
      'R17 remote: entered in Chela, plain from before',
      {
        settings: { ...remote, remote: { ...remote.remote, token: 's' } },
        openclaw: { gateway: { remote: { token: 'r' } } },
      },
      { token: 's' },
    ],
    [
      'R12 remote by openclaw.json',
      { openclaw: { gateway: { mode: 'remote', remote: { sshTarget: 'a@b', token: 'r' } } } },
      { token: 'r' },
    ],
    [
      'a local reference is no matter in remote mode with a token',
      { settings: remote, openclaw: { gateway: { remote: { token: 'r' }, auth: { token: '$NONE' } } } },
      { token: 'r' },
    ],
  ])('%s', async (_what, one, expected) => {
    expect(await plan(one)).toEqual(expected);
  });

  describe('R17 a URL entered in Chela', () => {
    const own = (url: string, more: object = {}) => ({
      mode: 'remote',
      remote: { transport: 'direct', url, ...more },
    });
    const openclaw = {
      gateway: { remote: { url: 'wss://studio.example', token: 'r' }, auth: { token: 'own' } },
    };
    const env = { [TOKEN]: 'e', OPENCLAW_GATEWAY_PASSWORD: 'p' };

    it.each<[string, string, object, unknown]>([
      ['of the host in the file takes its token', 'wss://studio.example:8443', {}, { token: 'r' }],
      ['of another host takes none of the file’s and the environment’s', 'wss://den.example', {}, {}],
      [
        'of another host takes the token entered with it',
        'wss://den.example',
        { token: 's' },
        { token: 's' },
      ],
    ])('%s', async (_what, url, more, expected) => {
      const one = { settings: own(url, more), openclaw, env };
      expect(await plan(one)).toEqual(expected);
      expect(await plan(one, 'probe')).toEqual(expected);
    });

    it('of another host says why not, and that none is set', async () => {
      const one = await bench({ settings: own('wss://den.example'), openclaw, env });
      const { openclaw: file, effective } = await one.read();
      expect(effective.view.remote.token).toEqual({ isSet: false, origin: 'default' });
      const sources = {
        openclaw: file,
        store: one.store,
        tokens: one.tokens,
        surroundings: { env: one.world, homeDir: one.dataDir },
      };
      const saved = await testCredential({ token: undefined, isSavedTarget: true }, sources);
      expect(saved.tag).toBe('none');
      const { calls } = await explainConfiguration(sources);
      const [app] = calls.filter(({ path }) => path === 'app');
      expect(app).toMatchObject({ urlSource: 'settings', outcome: { tag: 'none' } });
      const kept = app?.trail.filter(({ why }) => why === 'otherHost').map(({ name }) => name);
      expect(kept).toEqual([
        TOKEN,
        'OPENCLAW_GATEWAY_PASSWORD',
        'gateway.auth.token',
        'gateway.remote.token',
      ]);
    });
  });

  it('R19 a probe of the remote Gateway is strict', async () => {
    const one = { settings: remote, env: { [TOKEN]: 'e' } };
    expect(await plan(one)).toEqual({ token: 'e' });
    expect(await plan(one, 'probe')).toEqual({});
  });

  it('R21 names key, file and line of what cannot be resolved', async () => {
    const { read, file } = await bench({
      settings: remote,
      openclaw: { gateway: { remote: { token: '$NONE' } } },
    });
    const { effective } = await read();
    expect(effective.refusal?.details).toEqual({
      key: 'gateway.remote.token',
      file: `${file}:4`,
      variable: 'NONE',
    });
    expect(effective.view.remote.token).toEqual({ isSet: true, origin: 'openclaw.json' });
  });

  it('R13, R14 a test of another target gets what was typed for it, and nothing of the saved one', async () => {
    const { read, store, tokens, world, dataDir } = await bench({
      settings: { ...remote, remote: { ...remote.remote, token: 's' } },
    });
    const { openclaw } = await read();
    const sources = { openclaw, store, tokens, surroundings: { env: world, homeDir: dataDir } };
    const test = async (token: string | undefined, isSavedTarget: boolean) => {
      const decision = await testCredential({ token, isSavedTarget }, sources);
      return decision.tag === 'use' ? decision.value : decision.tag;
    };
    expect(await test(undefined, true)).toBe('s');
    expect(await test('typed', true)).toBe('typed');
    expect(await test('typed', false)).toBe('typed');
    expect(await test(undefined, false)).toBe('none');
    expect(await test('', true)).toBe('none');
  });
});

describe('saving a token (R12)', () => {
  const gatewayOf = (settings: { remote: { sshTarget?: string | undefined } }) =>
    settings.remote.sshTarget ?? '';

  it('asks where to keep it, changes nothing until then, and forgets it with its target', async () => {
    const { store, tokens, read } = await bench({ settings: remote });
    const save = (patch: object) => saveWithToken({ remote: patch }, { store, tokens, gatewayOf });
    const before = store.read();
    expect(await save({ token: 'canary' })).toMatchObject({ ok: false, error: { code: 'TOKEN_STORE_ASK' } });
    expect(store.read()).toEqual(before);

    expect(await save({ token: 'canary', tokenPlace: 'file' })).toEqual({
      ok: true,
      value: { isOtherToken: true },
    });
    expect(JSON.stringify(store.read())).not.toContain('canary');
    expect((await read()).effective).toMatchObject({
      remoteCredentials: { token: 'canary' },
      view: { remote: { token: { isSet: true, origin: 'settings', keptIn: 'file' } } },
    });

    expect(await save({ gatewayPort: 20_000 })).toEqual({ ok: true, value: { isOtherToken: false } });
    expect((await read()).effective.remoteCredentials).toEqual({ token: 'canary' });
    await save({ sshTarget: 'eve@elsewhere' });
    expect((await read()).effective.remoteCredentials).toEqual({});
    await save({ sshTarget: 'ada@studio' });
    expect((await read()).effective.remoteCredentials).toEqual({});

    await save({ token: 'canary', tokenPlace: 'session' });
    expect((await read()).effective.view.remote.token.keptIn).toBe('session');
    await save({ token: null });
    expect((await read()).effective.remoteCredentials).toEqual({});
  });
});
