import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConfigSource, configSecrets, type Surroundings } from './config-secrets.ts';
import { explainCredentials } from './explain.ts';
import { foreseeWith, resolveCredential, resolveServerAuth } from './resolve-credential.ts';
import { put, putResolver, scratch } from './test-bench.ts';

const CANARY = 'canary-77aa01';
const source = (gateway: unknown, secrets?: unknown): ConfigSource => ({
  file: '/c/openclaw.json',
  authored: { gateway, secrets },
  locate: async (path) => ({ file: '/c/openclaw.json', line: path.length + 4, column: 7 }),
});
const around = (env: Record<string, string> = {}): Surroundings => ({ env, homeDir: '/nobody' });
const local = { path: 'call', mode: 'local', urlSource: 'config' } as const;
const remote = { path: 'call', mode: 'remote', urlSource: 'config' } as const;

describe('resolveCredential', () => {
  it('R16, R21: looks up what decides, and refuses with its own error, file and line', async () => {
    const config = source({ auth: { token: '$NOT_THERE' }, remote: { token: CANARY } });
    const decision = await resolveCredential(local, config, around());
    expect(decision).toMatchObject({
      tag: 'refused',
      by: 'gateway.auth.token',
      error: {
        code: 'SECRET_ENV_MISSING',
        details: { key: 'gateway.auth.token', file: '/c/openclaw.json:7', variable: 'NOT_THERE' },
      },
    });
    expect(JSON.stringify(decision)).not.toContain(CANARY);
  });

  it('R17: an unresolved remote token is not replaced by the environment', async () => {
    const config = source({ remote: { token: '$NOT_THERE' } });
    const decision = await resolveCredential(remote, config, around({ OPENCLAW_GATEWAY_TOKEN: CANARY }));
    expect(decision).toMatchObject({ tag: 'refused', by: 'gateway.remote.token' });
  });

  it('R14, R16: no command is run for a secret that does not decide', async () => {
    const dir = await scratch();
    const ran = join(dir, 'ran');
    const command = await putResolver(
      join(dir, 'resolve'),
      `require('node:fs').writeFileSync(${JSON.stringify(ran)}, ''); console.log('${CANARY}')`,
    );
    const secrets = { providers: { vault: { source: 'exec', command, jsonOnly: false, timeoutMs: 20_000 } } };
    const config = source({ auth: { token: { source: 'exec', provider: 'vault', id: 'x' } } }, secrets);
    const hasRun = () =>
      readFile(ran).then(
        () => true,
        () => false,
      );

    expect(await resolveCredential({ ...local, urlSource: 'flag' }, config, around())).toMatchObject({
      tag: 'none',
    });
    const fromEnv = await resolveCredential(local, config, around({ OPENCLAW_GATEWAY_TOKEN: 'mine' }));
    expect(fromEnv).toMatchObject({ tag: 'use', value: 'mine' });
    expect(foreseeWith(local, configSecrets(config, around()), around())).toMatchObject({
      name: 'gateway.auth.token',
    });
    expect(await hasRun()).toBe(false);
    expect(await resolveCredential(local, config, around())).toMatchObject({ tag: 'use', value: CANARY });
    expect(await hasRun()).toBe(true);
  });

  it('R22: the Gateway’s own authentication comes from gateway.auth.* and the environment', async () => {
    const remoteOnly = source({ remote: { token: CANARY } });
    expect(await resolveServerAuth(remoteOnly, around())).toMatchObject({ tag: 'generate', kind: 'token' });
    const own = source({ auth: { token: '$OWN' }, remote: { token: 'x' } });
    expect(await resolveServerAuth(own, around({ OWN: CANARY }))).toMatchObject({
      tag: 'secret',
      value: CANARY,
    });
    expect(await resolveServerAuth(own, around())).toMatchObject({
      tag: 'refused',
      by: 'gateway.auth.token',
    });
  });

  it('auth.mode is read from the file; an unknown one counts as not set', async () => {
    const both = { token: 't', password: 'p' };
    const modeOf = async (mode: unknown) => {
      const decision = await resolveCredential(local, source({ auth: { ...both, mode } }), around());
      return decision.tag === 'use' ? decision.value : decision.tag;
    };
    expect(await modeOf('password')).toBe('p');
    expect(await modeOf('token')).toBe('t');
    expect(await modeOf('none')).toBe('none');
    expect(await modeOf('sideways')).toBe('t');
  });
});

describe('explainCredentials', () => {
  it('says for every call path which one wins and where each stands, without a value (R13-R22)', async () => {
    const dir = await scratch();
    const path = await put(join(dir, 'token'), CANARY);
    const secrets = { providers: { f: { source: 'file', path, mode: 'singleValue' } } };
    const config = source(
      { remote: { token: { source: 'file', provider: 'f', id: 'value' } }, auth: { token: CANARY } },
      secrets,
    );
    const report = await explainCredentials(
      { mode: 'remote' },
      config,
      around({ OPENCLAW_GATEWAY_TOKEN: CANARY }),
    );
    expect(JSON.stringify(report)).not.toContain(CANARY);
    expect(report.calls.map(({ path, outcome }) => [path, outcome.tag])).toEqual([
      ['call', 'use'],
      ['probe', 'use'],
      ['status', 'use'],
      ['app', 'use'],
      ['nodeHost', 'use'],
    ]);
    expect(report.calls[1]?.trail.find(({ name }) => name === 'OPENCLAW_GATEWAY_TOKEN')).toEqual({
      name: 'OPENCLAW_GATEWAY_TOKEN',
      kind: 'token',
      origin: { tag: 'environment', variable: 'OPENCLAW_GATEWAY_TOKEN' },
      verdict: 'ignored',
      why: 'strictRemote',
    });
    expect(report.calls[0]?.trail.find(({ verdict }) => verdict === 'used')?.origin).toEqual({
      tag: 'config',
      file: '/c/openclaw.json',
      path: 'gateway.remote.token',
      line: 7,
      column: 7,
      ref: { source: 'file', provider: 'f', id: 'value' },
    });
    expect(report.server.outcome).toEqual({ tag: 'secret', name: 'OPENCLAW_GATEWAY_TOKEN', kind: 'token' });
  });

  it('crosses the contract', async () => {
    const { credentialReportSchema } = await import('../../shared/contract/credentials.ts');
    const report = await explainCredentials(
      { mode: 'local', stored: { state: 'set', value: CANARY, origin: { tag: 'keychain', account: 'a' } } },
      source({ auth: { token: '$NONE' }, remote: { password: CANARY } }),
      around(),
    );
    expect(credentialReportSchema.parse(report)).toEqual(report);
  });
});
