import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeKey, type Sshd, startSshAgent } from '../../../e2e/fixtures/sshd.ts';
import type { AppError } from '../../shared/errors.ts';
import { agentSocketsOf } from './agent.ts';
import { describeSocketError } from './failures.ts';
import { makeSshBench, passphrase, person, yes } from './test-bench.ts';

const bench = makeSshBench();
const { connected, listening, refused, roundTrip, server, trust } = bench;

const configure = (...lines: string[]) =>
  writeFileSync(join(bench.home, '.ssh', 'config'), `${lines.join('\n')}\n`, { mode: 0o600 });
const block = (alias: string, sshd: Pick<Sshd, 'port' | 'clientKey'>, ...more: string[]) =>
  [
    `Host ${alias}`,
    'HostName 127.0.0.1',
    `Port ${sshd.port}`,
    `IdentityFile ${sshd.clientKey}`,
    ...more,
  ].join('\n  ');

describe('connectSsh: the person’s own configuration (R6, R10)', () => {
  it('an alias is a target', async () => {
    const sshd = await server();
    trust(sshd);
    configure(block('box', sshd));
    const connection = await connected({ host: 'box', port: undefined });
    expect(await roundTrip(connection, 'by name')).toBe('by name');
  });

  it('HostKeyAlias and UserKnownHostsFile are where the key is looked for and written', async () => {
    const sshd = await server();
    const file = join(bench.home, 'elsewhere');
    configure(block('box', sshd, 'HostKeyAlias the-box', `UserKnownHostsFile ${file}`));
    const { ask, asked } = person(yes);
    await connected({ host: 'box', port: undefined, ask });
    expect(asked[0]).toMatchObject({ kind: 'hostKey', host: '127.0.0.1', knownHostsFile: file });
    expect(readFileSync(file, 'utf8')).toMatch(/^the-box ssh-ed25519 \S+\n$/);
    expect(existsSync(bench.knownHosts)).toBe(false);
    await connected({ host: 'box', port: undefined });
  });

  it('IdentityAgent and IdentitiesOnly', async () => {
    const agent = await startSshAgent();
    bench.defer(() => agent.stop());
    const held = await makeKey({ type: 'ed25519', dir: bench.home, name: 'held', comment: 'held' });
    const stranger = await makeKey({ type: 'ed25519', dir: bench.home, name: 'stranger' });
    const sshd = await server({ authorizedKeys: [held.publicKey] });
    trust(sshd);
    await agent.add(held.file);
    const box = { port: sshd.port, clientKey: stranger.file };

    configure(block('box', box, `IdentityAgent ${agent.socket}`));
    await connected({ host: 'box', port: undefined });

    configure(block('box', box, `IdentityAgent ${agent.socket}`, 'IdentitiesOnly yes'));
    expect(await refused({ host: 'box', port: undefined })).toMatchObject({
      code: 'SSH_AUTH_REFUSED',
      details: { offered: ['stranger'] },
    });

    configure(block('box', box, 'IdentityAgent none'));
    const env = { SSH_AUTH_SOCK: agent.socket };
    expect(await refused({ host: 'box', port: undefined, env })).toMatchObject({
      code: 'SSH_AUTH_REFUSED',
      details: { offered: ['stranger'] },
    });
  });

  it('several IdentityFiles, of which one may be missing and one locked', async () => {
    const locked = await makeKey({ type: 'ed25519', dir: bench.home, name: 'locked', passphrase: 'open' });
    const sshd = await server({ authorizedKeys: [locked.publicKey] });
    trust(sshd);
    configure(block('box', { port: sshd.port, clientKey: '~/.ssh/absent' }, `IdentityFile ${locked.file}`));
    await connected({ host: 'box', port: undefined, ask: person(passphrase('open')).ask });
  });

  it('a server that wants two keys gets two', async () => {
    const one = await makeKey({ type: 'ed25519', dir: bench.home, name: 'one' });
    const two = await makeKey({ type: 'rsa', dir: bench.home, name: 'two' });
    const sshd = await server({
      authorizedKeys: [one.publicKey, two.publicKey],
      extraConfig: ['AuthenticationMethods publickey,publickey'],
    });
    trust(sshd);
    configure(block('box', { port: sshd.port, clientKey: two.file }, `IdentityFile ${one.file}`));
    await connected({ host: 'box', port: undefined });
    configure(block('box', { port: sshd.port, clientKey: one.file }));
    expect(await refused({ host: 'box', port: undefined })).toMatchObject({
      code: 'SSH_AUTH_INCOMPLETE',
      details: { host: '127.0.0.1', accepted: ['one'], methods: ['publickey'] },
    });
  });

  it('says what is wrong in it', async () => {
    configure('Host box', 'Nonsense yes');
    expect(await refused({ host: 'box', port: undefined })).toMatchObject({
      code: 'SSH_CONFIG_INVALID',
      details: { host: 'box', reason: expect.stringContaining('nonsense') },
    });
  });
});

describe('connectSsh: jump hosts (R6)', () => {
  it('goes over two, each with its own host key and its own key', async () => {
    const [one, two, target] = await Promise.all([server(), server(), server()]);
    configure(
      block('one', one),
      block('two', two, 'ProxyJump never'),
      block('target', target, 'ProxyJump one,two'),
    );
    const { ask, asked } = person(yes, yes, yes);
    const steps: string[] = [];
    const onStep = (step: string) => steps.push(step);
    const connection = await connected({ host: 'target', port: undefined, ask, onStep });
    expect(asked.map((question) => question.kind === 'hostKey' && question.port)).toEqual([
      one.port,
      two.port,
      target.port,
    ]);
    expect(readFileSync(bench.knownHosts, 'utf8')).toBe(
      `${[one, two, target].map((sshd) => sshd.hostKeyLine).join('\n')}\n`,
    );
    expect(await roundTrip(connection, 'x'.repeat(300_000))).toHaveLength(300_000);
    for (const sshd of [one, two, target]) expect(await sshd.readLog()).toContain('Accepted publickey');

    await connection.close();
    for (const sshd of [one, two, target]) {
      await expect.poll(() => sshd.readLog()).toMatch(/Disconnected from|Connection closed/);
    }
  });

  it('checks the target’s key though the jump host is trusted', async () => {
    const [hop, target] = await Promise.all([server(), server()]);
    const other = await makeKey({ type: 'ed25519', dir: bench.home, name: 'other' });
    writeFileSync(bench.knownHosts, `${hop.hostKeyLine}\n[127.0.0.1]:${target.port} ${other.publicKey}\n`);
    configure(block('hop', hop), block('target', target, 'ProxyJump hop'));
    const error = await refused({ host: 'target', port: undefined });
    expect(error).toMatchObject({ code: 'SSH_HOST_KEY_CHANGED', details: { line: 2 } });
  });

  it('tells the hop’s troubles: nothing there, no forwarding, a key it does not take', async () => {
    const [hop, strict] = await Promise.all([server(), server({ allowTcpForwarding: false })]);
    writeFileSync(bench.knownHosts, `${hop.hostKeyLine}\n${strict.hostKeyLine}\n`);
    const nothing = { port: await freePort(), clientKey: hop.clientKey };
    configure(
      block('hop', hop),
      block('strict', strict),
      block('closed', { port: hop.port, clientKey: '/nowhere' }),
      block('target', nothing, 'ProxyJump hop'),
      block('walled', nothing, 'ProxyJump strict'),
      block('locked', nothing, 'ProxyJump closed'),
    );
    expect(await refused({ host: 'target', port: undefined })).toMatchObject({
      code: 'SSH_REFUSED',
      details: { port: nothing.port },
    });
    expect((await refused({ host: 'walled', port: undefined })).code).toBe('FORWARD_PROHIBITED');
    expect((await refused({ host: 'locked', port: undefined })).code).toBe('SSH_NO_KEY');
    await expect.poll(() => hop.readLog()).toMatch(/Disconnected from|Connection closed/);
  });

  it('goes on over the same jump host when the target did not wait for the person', async () => {
    const [hop, target] = await Promise.all([server(), server({ extraConfig: ['LoginGraceTime 1'] })]);
    writeFileSync(bench.knownHosts, `${hop.hostKeyLine}\n`);
    configure(block('hop', hop), block('target', target, 'ProxyJump hop'));
    const { ask, asked } = person(async () => {
      // Connected later than the attempt, so hung up on later.
      const idle = connectTcp(target.port, '127.0.0.1');
      idle.resume();
      await once(idle, 'close');
      return yes;
    });
    const connection = await connected({ host: 'target', port: undefined, ask });
    expect(asked).toHaveLength(1);
    expect(await roundTrip(connection, 'late')).toBe('late');
    expect((await hop.readLog()).split('Accepted publickey')).toHaveLength(2);
  });

  it('is lost with its jump host', async () => {
    const [hop, target] = await Promise.all([server(), server()]);
    writeFileSync(bench.knownHosts, `${hop.hostKeyLine}\n${target.hostKeyLine}\n`);
    configure(block('hop', hop), block('target', target, 'ProxyJump hop'));
    const connection = await connected({ host: 'target', port: undefined });
    const lost = new Promise<AppError>((resolve) => connection.onDidClose(resolve));
    await hop.kill();
    expect(await lost).toMatchObject({ code: 'SSH_CLOSED', retryable: true });
  });

  it('refuses a circle', async () => {
    configure('Host a', 'ProxyJump b', 'Host b', 'ProxyJump a');
    expect(await refused({ host: 'a', port: undefined })).toMatchObject({
      code: 'SSH_CONFIG_INVALID',
      details: { cause: 'loop' },
    });
  });
});

describe('connectSsh: a proxy command (R6)', () => {
  const relay = (extra = '') => {
    const file = join(bench.home, 'relay.mjs');
    writeFileSync(
      file,
      `import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
writeFileSync(process.argv[4], String(process.pid));
const socket = connect(Number(process.argv[3]), process.argv[2]);
process.stdin.pipe(socket).pipe(process.stdout);
${extra}`,
    );
    return `${process.execPath} ${file} %h %p ${join(bench.home, 'pid')}`;
  };
  const isRunning = () => {
    try {
      const pid = Number(readFileSync(join(bench.home, 'pid'), 'utf8'));
      // The file is there before the number is in it.
      return pid > 0 && process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('carries the connection and ends with it', async () => {
    const sshd = await server();
    trust(sshd);
    configure(block('box', sshd, `ProxyCommand ${relay()}`));
    const connection = await connected({ host: 'box', port: undefined, env: process.env });
    expect(await roundTrip(connection, 'x'.repeat(300_000))).toHaveLength(300_000);
    expect(isRunning()).toBe(true);
    await connection.close();
    await expect.poll(isRunning).toBe(false);
  });

  it('is lost with its command', async () => {
    const sshd = await server();
    trust(sshd);
    configure(block('box', sshd, `ProxyCommand ${relay()}`));
    const connection = await connected({ host: 'box', port: undefined, env: process.env });
    const lost = new Promise<AppError>((resolve) => connection.onDidClose(resolve));
    process.kill(Number(readFileSync(join(bench.home, 'pid'), 'utf8')), 'SIGKILL');
    expect((await lost).code).toBe('SSH_CLOSED');
  });

  it.each([
    [
      'what it said',
      'sh -c "echo no way to %h:%p for %r as %n >&2; exit 3"',
      /^no way to 127\.0\.0\.1:\d+ for \S+ as box$/,
    ],
    ['its exit code', 'sh -c "exit 3"', /^exit 3$/],
    ['a command that is not there', 'no-such-command %h', /not found/],
  ])('tells of a failure: %s', async (_name, command, reason) => {
    const sshd = { port: 22, clientKey: '/nowhere' };
    configure(block('box', sshd, `ProxyCommand ${command}`));
    expect(await refused({ host: 'box', port: undefined, env: process.env })).toMatchObject({
      code: 'SSH_PROXY_FAILED',
      details: { host: '127.0.0.1', reason: expect.stringMatching(reason) },
    });
  });

  it('is stopped with the attempt', async () => {
    const silent = await listening(createServer(() => {}));
    configure(block('box', { port: silent, clientKey: '/nowhere' }, `ProxyCommand ${relay()}`));
    const stop = new AbortController();
    const pending = refused({ host: 'box', port: undefined, env: process.env, signal: stop.signal });
    await expect.poll(isRunning, { timeout: 10_000 }).toBe(true);
    stop.abort();
    expect((await pending).code).toBe('STOPPED');
    await expect.poll(isRunning).toBe(false);
  });
});

describe('connectSsh: the system’s own host key policy (R6)', () => {
  const policy = (value: string) => ['Host *', `StrictHostKeyChecking ${value}`] as const;
  const options = (sshd: Sshd) => ({
    port: sshd.port,
    identityFile: sshd.clientKey,
    hostKeyPolicy: 'openssh' as const,
  });

  it('yes: no host that is not known, and no question', async () => {
    const sshd = await server();
    configure(...policy('yes'));
    expect(await refused(options(sshd))).toMatchObject({
      code: 'SSH_HOST_KEY_UNKNOWN',
      details: { fingerprint: sshd.hostFingerprint },
    });
    expect(existsSync(bench.knownHosts)).toBe(false);
  });

  it.each(['accept-new', 'no'])(
    '%s: the line is written in silence; a changed key is still refused',
    async (value) => {
      const sshd = await server();
      configure(...policy(value));
      await connected(options(sshd));
      expect(readFileSync(bench.knownHosts, 'utf8')).toBe(`${sshd.hostKeyLine}\n`);
      const other = await makeKey({ type: 'ed25519', dir: bench.home, name: 'other' });
      writeFileSync(bench.knownHosts, `[127.0.0.1]:${sshd.port} ${other.publicKey}\n`);
      expect((await refused(options(sshd))).code).toBe('SSH_HOST_KEY_CHANGED');
    },
  );

  it('ask: the question; and strict asks whatever the configuration says', async () => {
    const sshd = await server();
    configure(...policy('ask'));
    const first = person({ kind: 'cancel' });
    expect((await refused({ ...options(sshd), ask: first.ask })).code).toBe('SSH_HOST_KEY_DECLINED');
    configure(...policy('no'));
    const second = person(yes);
    await connected({ ...options(sshd), hostKeyPolicy: 'strict', ask: second.ask });
    expect(second.asked).toHaveLength(1);
  });
});

describe('where agents listen', () => {
  it('by the configuration, the environment and the system', () => {
    const usual = { kind: 'usual' } as const;
    expect(agentSocketsOf({ kind: 'none' }, { SSH_AUTH_SOCK: '/a' }, 'linux')).toEqual([]);
    expect(agentSocketsOf({ kind: 'socket', path: '/b' }, { SSH_AUTH_SOCK: '/a' }, 'linux')).toEqual(['/b']);
    expect(agentSocketsOf(usual, { SSH_AUTH_SOCK: '/a' }, 'darwin')).toEqual(['/a']);
    expect(agentSocketsOf(usual, {}, 'linux')).toEqual([]);
    expect(agentSocketsOf(usual, {}, 'win32')).toEqual(['\\\\.\\pipe\\openssh-ssh-agent', 'pageant']);
  });
});

describe('R7 a name that is not found', () => {
  it.each([
    ['ENOTFOUND', false, false],
    ['ENOTFOUND', true, true],
    ['EAI_AGAIN', false, true],
  ])('%s, offline %s: tried again %s', (code, offline, retryable) => {
    const error = Object.assign(new Error(code), { code });
    const described = describeSocketError(error, { host: 'gw', port: 22 }, 1000, 'linux', () => offline);
    expect(described).toMatchObject({ code: 'SSH_HOST_NOT_FOUND', retryable });
  });
});

describe('no way to a host on the local network (macOS)', () => {
  const failed = (code: string, address: string) => Object.assign(new Error(code), { code, address });
  const codeOf = (error: Error, host: string, platform: NodeJS.Platform) =>
    describeSocketError(error, { host, port: 22 }, 1000, platform).code;

  it.each([
    ['192.168.1.7', '192.168.1.7', 'darwin', 'SSH_LOCAL_NETWORK_BLOCKED'],
    ['fe80::1', 'box.local', 'darwin', 'SSH_LOCAL_NETWORK_BLOCKED'],
    ['::ffff:10.0.0.1', 'box', 'darwin', 'SSH_LOCAL_NETWORK_BLOCKED'],
    ['93.184.216.34', 'example.com', 'darwin', 'SSH_UNREACHABLE'],
    ['192.168.1.7', '192.168.1.7', 'linux', 'SSH_UNREACHABLE'],
  ] as const)('%s (%s) on %s: %s', (address, host, platform, code) => {
    expect(codeOf(failed('EHOSTUNREACH', address), host, platform)).toBe(code);
    expect(codeOf(failed('ENETUNREACH', address), host, platform)).toBe('SSH_UNREACHABLE');
  });
});
