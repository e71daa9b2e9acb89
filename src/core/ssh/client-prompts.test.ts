import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LoginServerOptions, startLoginServer } from '../../../e2e/fixtures/login-server.ts';
import { makeKey, startSshAgent } from '../../../e2e/fixtures/sshd.ts';
import type { Keychain } from '../keychain/keychain.ts';
import type { UnlockedKeys } from './secrets.ts';
import { answers, makeSshBench, passphrase, password, person } from './test-bench.ts';

const bench = makeSshBench();
const { connected, refused, roundTrip, server, trust } = bench;

async function loginServer(...steps: LoginServerOptions['steps']) {
  const started = await startLoginServer({ steps });
  bench.defer(() => started.stop());
  appendFileSync(bench.knownHosts, `${started.hostKeyLine}\n`);
  return started;
}

function fakeKeychain(entries: Record<string, string> = {}) {
  const store = new Map(Object.entries(entries));
  const keychain: Keychain = {
    isAvailable: async () => true,
    get: async (account) => store.get(account) ?? null,
    set: async (account, secret) => {
      store.set(account, secret);
      return true;
    },
    delete: async (account) => void store.delete(account),
  };
  return { keychain, store };
}

const user = 'ada';

describe('connectSsh: passwords (R6)', () => {
  it('asks for the password where the server takes one, and works', async () => {
    const { port, tries } = await loginServer({ kind: 'password', password: 'swordfish' });
    const { ask, asked } = person(password('swordfish'));
    const connection = await connected({ port, user, ask });
    expect(asked).toEqual([
      { kind: 'password', user, host: '127.0.0.1', wrongBefore: false, canRemember: false },
    ]);
    expect(tries).toEqual(['password']);
    expect(await roundTrip(connection, 'through')).toBe('through');
  });

  it('asks three times, says that the one before was wrong, and then gives up', async () => {
    const { port, tries } = await loginServer({ kind: 'password', password: 'swordfish' });
    const { ask, asked } = person(password('a'), password('b'), password('c'));
    const error = await refused({ port, user, ask });
    expect(asked.map((question) => question.kind === 'password' && question.wrongBefore)).toEqual([
      false,
      true,
      true,
    ]);
    expect(error).toMatchObject({
      code: 'SSH_AUTH_REFUSED',
      retryable: false,
      details: { host: '127.0.0.1', user, offered: ['password'] },
    });
    expect(tries).toHaveLength(3);
    expect(JSON.stringify(error)).not.toContain('"a"');
  });

  it('ends when the question is cancelled', async () => {
    const { port } = await loginServer({ kind: 'password', password: 'swordfish' });
    const error = await refused({ port, user, ask: person({ kind: 'cancel' }).ask });
    expect(error).toMatchObject({ code: 'SSH_AUTH_CANCELLED', details: { host: '127.0.0.1', user } });
  });

  it('does not ask where the server takes no password', async () => {
    const sshd = await server();
    trust(sshd);
    expect((await refused({ port: sshd.port })).code).toBe('SSH_NO_KEY');
  });

  it('does not ask where the configuration says no', async () => {
    const { port } = await loginServer({ kind: 'password', password: 'swordfish' });
    writeFileSync(join(bench.home, '.ssh', 'config'), 'Host *\n  PasswordAuthentication no\n');
    expect((await refused({ port, user })).code).toBe('SSH_NO_KEY');
  });

  it('offers keys first', async () => {
    const { port, tries } = await loginServer({ kind: 'password', password: 'swordfish' });
    const key = await makeKey({ type: 'ed25519', dir: bench.home });
    await connected({ port, user, identityFile: key.file, ask: person(password('swordfish')).ask });
    expect(tries).toEqual(['publickey', 'password']);
  });

  it('is not asked again on the next connection of the same tunnel', async () => {
    const { port } = await loginServer({ kind: 'password', password: 'swordfish' });
    const unlocked: UnlockedKeys = new Map();
    await connected({ port, user, unlocked, ask: person(password('swordfish')).ask });
    await connected({ port, user, unlocked });
  });

  it('is remembered in the keychain only when a person says so, and only when it was right', async () => {
    const { port } = await loginServer({ kind: 'password', password: 'swordfish' });
    const account = `password:${user}@127.0.0.1:${port}`;
    const { keychain, store } = fakeKeychain();
    await connected({ port, user, keychain, ask: person(password('swordfish')).ask });
    expect(store.size).toBe(0);
    const { ask, asked } = person(password('wrong', true), password('swordfish', true));
    await connected({ port, user, keychain, ask });
    expect(asked[0]).toMatchObject({ canRemember: true });
    expect([...store]).toEqual([[account, 'swordfish']]);
    await connected({ port, user, keychain });
    const written = readdirSync(bench.home, { recursive: true, encoding: 'utf8' });
    for (const name of written.filter((entry) => existsSync(join(bench.home, entry)))) {
      const file = join(bench.home, name);
      const text = name.endsWith('.ssh') ? '' : readFileSync(file, 'utf8');
      expect(text).not.toContain('swordfish');
    }
  });

  it('is forgotten when the remembered one is wrong, and asked for', async () => {
    const { port } = await loginServer({ kind: 'password', password: 'swordfish' });
    const account = `password:${user}@127.0.0.1:${port}`;
    const { keychain, store } = fakeKeychain({ [account]: 'stale' });
    const { ask, asked } = person(password('swordfish'));
    await connected({ port, user, keychain, ask });
    expect(asked).toHaveLength(1);
    expect(store.size).toBe(0);
  });
});

describe('connectSsh: a passphrase in the keychain (R6)', () => {
  it('is remembered, used in silence, and forgotten when it is wrong', async () => {
    const key = await makeKey({ type: 'ed25519', dir: bench.home, passphrase: 'open sesame' });
    const sshd = await server({ authorizedKeys: [key.publicKey] });
    trust(sshd);
    const { keychain, store } = fakeKeychain({ [`passphrase:${key.file}`]: 'stale' });
    const { ask, asked } = person(passphrase('open sesame', true));
    const options = { port: sshd.port, identityFile: key.file, keychain };
    await connected({ ...options, ask });
    expect(asked).toEqual([
      { kind: 'passphrase', identityFile: key.file, wrongBefore: false, canRemember: true },
    ]);
    expect([...store]).toEqual([[`passphrase:${key.file}`, 'open sesame']]);
    await connected(options);
  });
});

describe('connectSsh: keyboard-interactive (R6)', () => {
  const twoRounds = {
    kind: 'prompts',
    rounds: [
      {
        name: 'Sign in\u001b[31m',
        instructions: 'Two things\nare needed',
        prompts: [
          { prompt: 'Password: ', echo: false, answer: 'swordfish' },
          { prompt: 'Shoe size: ', echo: true, answer: '43' },
        ],
      },
      { prompts: [{ prompt: 'Code: ', echo: false, answer: '123456' }] },
    ],
  } as const;

  it('shows the prompts of each round as they are, without control characters', async () => {
    const { port, tries } = await loginServer(twoRounds);
    const { ask, asked } = person(answers('swordfish', '43'), answers('123456'));
    await connected({ port, user, ask });
    expect(asked).toEqual([
      {
        kind: 'keyboardInteractive',
        user,
        host: '127.0.0.1',
        name: 'Sign in[31m',
        instructions: 'Two things\nare needed',
        prompts: [
          { prompt: 'Password: ', echo: false },
          { prompt: 'Shoe size: ', echo: true },
        ],
      },
      expect.objectContaining({ name: '', prompts: [{ prompt: 'Code: ', echo: false }] }),
    ]);
    expect(tries).toEqual(['keyboard-interactive']);
  });

  it('begins again after a wrong answer, three times at most', async () => {
    const { port, tries } = await loginServer(twoRounds);
    const { ask, asked } = person(answers('no'), answers('no'), answers('no'));
    const error = await refused({ port, user, ask });
    expect(error).toMatchObject({
      code: 'SSH_AUTH_REFUSED',
      details: { offered: ['keyboard-interactive'] },
    });
    expect(asked).toHaveLength(3);
    expect(tries).toHaveLength(3);
  });

  it('a lone password prompt is answered from memory on the next connection, and asked for when that fails', async () => {
    const only = (answer: string) =>
      ({ kind: 'prompts', rounds: [{ prompts: [{ prompt: 'Password: ', echo: false, answer }] }] }) as const;
    const { port, tries } = await loginServer(only('swordfish'));
    const unlocked: UnlockedKeys = new Map();
    const first = person(answers('wrong'), answers('swordfish'));
    await connected({ port, user, unlocked, ask: first.ask });
    expect(first.asked.map((question) => question.kind)).toEqual([
      'keyboardInteractive',
      'keyboardInteractive',
    ]);
    await connected({ port, user, unlocked });
    unlocked.set(`password:${user}@127.0.0.1:${port}`, { password: 'stale' });
    const second = person(answers('swordfish'));
    await connected({ port, user, unlocked, ask: second.ask });
    expect(tries).toHaveLength(5);
  });

  it('a code is never answered from memory', async () => {
    const code = { prompts: [{ prompt: 'One-time password: ', echo: false, answer: '1' }] };
    const { port } = await loginServer({ kind: 'prompts', rounds: [code] });
    const unlocked: UnlockedKeys = new Map();
    await connected({ port, user, unlocked, ask: person(answers('1')).ask });
    const { ask, asked } = person(answers('1'));
    await connected({ port, user, unlocked, ask });
    expect(asked).toHaveLength(1);
  });

  it('ends when it is cancelled', async () => {
    const { port } = await loginServer(twoRounds);
    const { ask } = person(answers('swordfish', '43'), { kind: 'cancel' });
    expect((await refused({ port, user, ask })).code).toBe('SSH_AUTH_CANCELLED');
  });

  it.each(['ed25519', 'rsa', 'ecdsa'] as const)('comes as a second factor after an %s key', async (type) => {
    const code = { prompts: [{ prompt: 'Code: ', echo: false, answer: '123456' }] };
    const { port, tries } = await loginServer({ kind: 'publickey' }, { kind: 'prompts', rounds: [code] });
    const key = await makeKey({ type, dir: bench.home });
    const { ask, asked } = person(answers('000000'), answers('123456'));
    await connected({ port, user, identityFile: key.file, ask });
    expect(asked.map((question) => question.kind)).toEqual(['keyboardInteractive', 'keyboardInteractive']);
    expect(tries.filter((method) => method !== 'publickey')).toHaveLength(2);
  });

  it('does not call the key refused that was the first factor', async () => {
    const { port } = await loginServer({ kind: 'publickey' }, { kind: 'password', password: 'swordfish' });
    const key = await makeKey({ type: 'ed25519', dir: bench.home });
    const { ask } = person(password('a'), password('b'), password('c'));
    expect(await refused({ port, user, identityFile: key.file, ask })).toMatchObject({
      code: 'SSH_AUTH_REFUSED',
      details: { offered: ['password'] },
    });
  });

  it('a password and then a code', async () => {
    const code = { prompts: [{ prompt: 'Code: ', echo: false, answer: '123456' }] };
    const { port } = await loginServer(
      { kind: 'password', password: 'swordfish' },
      { kind: 'prompts', rounds: [code] },
    );
    const { keychain, store } = fakeKeychain();
    const { ask } = person(password('swordfish', true), answers('123456'));
    await connected({ port, user, keychain, ask });
    expect([...store.values()]).toEqual(['swordfish']);
  });
});

describe('connectSsh: ways in that only others have (R6)', () => {
  it('Kerberos: the other engine', async () => {
    const { port } = await loginServer({ kind: 'only', methods: ['gssapi-with-mic'] });
    expect(await refused({ port, user })).toMatchObject({
      code: 'SSH_NEEDS_OPENSSH',
      details: { host: '127.0.0.1', cause: 'gssapi' },
    });
  });

  it('host-based: nobody here', async () => {
    const { port } = await loginServer({ kind: 'only', methods: ['hostbased'] });
    expect(await refused({ port, user })).toMatchObject({
      code: 'SSH_AUTH_UNSUPPORTED',
      details: { host: '127.0.0.1', methods: ['hostbased'] },
    });
  });

  it.each([
    ['CertificateFile ~/.ssh/box-cert.pub', 'certificate'],
    ['PKCS11Provider /usr/lib/card.so', 'pkcs11'],
  ])('%s: the other engine', async (line, cause) => {
    const { port } = await loginServer({ kind: 'only', methods: ['publickey'] });
    writeFileSync(join(bench.home, '.ssh', 'config'), `Host *\n  ${line}\n`);
    expect(await refused({ port, user })).toMatchObject({ code: 'SSH_NEEDS_OPENSSH', details: { cause } });
  });

  it('a certificate in the agent, with which ssh itself gets in', async () => {
    const authority = await makeKey({ type: 'ed25519', dir: bench.home, name: 'authority' });
    const key = await makeKey({ type: 'ed25519', dir: bench.home, name: 'signed' });
    const me = userInfo().username;
    const sign = ['-q', '-s', authority.file, '-I', 'test', '-n', me, `${key.file}.pub`];
    execFileSync('ssh-keygen', sign, { stdio: 'pipe' });
    const sshd = await server({
      authorizedKeys: [],
      extraConfig: [`TrustedUserCAKeys ${authority.file}.pub`],
    });
    trust(sshd);
    const agent = await startSshAgent();
    bench.defer(() => agent.stop());
    const env = { SSH_AUTH_SOCK: agent.socket };
    await agent.add(key.file);
    const strict = ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${bench.knownHosts}`];
    const login = ['-o', 'BatchMode=yes', '-p', String(sshd.port), '-N', '-f', '127.0.0.1'];
    execFileSync('ssh', ['-F', 'none', ...strict, ...login], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
      timeout: 10_000,
    });
    expect(await refused({ port: sshd.port, env })).toMatchObject({
      code: 'SSH_NEEDS_OPENSSH',
      details: { host: '127.0.0.1', cause: 'certificate' },
    });
  });

  it('a certificate beside the configured key, and a security key among the usual files', async () => {
    const { port } = await loginServer({ kind: 'only', methods: ['publickey'] });
    writeFileSync(join(bench.home, '.ssh', 'id_ed25519_sk'), '');
    expect(await refused({ port, user })).toMatchObject({
      code: 'SSH_NEEDS_OPENSSH',
      details: { cause: 'securityKey' },
    });
    const key = await makeKey({ type: 'ed25519', dir: join(bench.home, '.ssh'), name: 'mine' });
    writeFileSync(`${key.file}-cert.pub`, '');
    writeFileSync(join(bench.home, '.ssh', 'config'), 'Host *\n  IdentityFile ~/.ssh/mine\n');
    expect(await refused({ port, user })).toMatchObject({
      code: 'SSH_NEEDS_OPENSSH',
      details: { cause: 'certificate', offered: ['mine'] },
    });
  });
});
