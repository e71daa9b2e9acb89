import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { Client } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { startDelayProxy } from '../../../e2e/fixtures/delay-proxy.ts';
import { startFaultProxy } from '../../../e2e/fixtures/fault-proxy.ts';
import type { SshConnection } from './connection.ts';
import { readSsh2Facts } from './ssh2-facts.ts';
import { makeSshBench } from './test-bench.ts';
import { tuneClient, tunedVersion } from './tuning.ts';

const bench = makeSshBench();
const { connected, defer, listening, server, trust } = bench;

describe('ssh2 as it is tuned (R6)', () => {
  it('is the version whose insides were read: look at tuning.ts again before you change this', () => {
    expect(readSsh2Facts().version).toBe(tunedVersion);
  });

  it('still has everything where tuning.ts looks for it', async () => {
    const sshd = await server();
    const client = new Client();
    defer(() => client.destroy());
    client.on('error', () => {});
    client.connect({ host: sshd.host, port: sshd.port, username: 'nobody', hostVerifier: () => false });
    expect(tuneClient(client).problem).toBeNull();
  });

  it('stays as it came, and says so, when something is not where it was', async () => {
    const sshd = await server();
    const client = new Client();
    defer(() => client.destroy());
    client.on('error', () => {});
    client.connect({ host: sshd.host, port: sshd.port, username: 'nobody', hostVerifier: () => false });
    Reflect.set(Reflect.get(client, '_protocol'), 'authPK', undefined);
    expect(tuneClient(client).problem).toContain('authPK');
  });

  it('changes nothing of other clients', async () => {
    const sshd = await server();
    const other = new Client();
    defer(() => other.destroy());
    other.on('error', () => {});
    other.connect({ host: sshd.host, port: sshd.port, username: 'nobody', hostVerifier: () => false });
    const protocol: object = Reflect.get(other, '_protocol');
    const before = ['service', 'authPK', 'ping'].map((name) => Reflect.get(protocol, name));
    trust(sshd);
    await connected({ port: sshd.port, identityFile: sshd.clientKey });
    expect(['service', 'authPK', 'ping'].map((name) => Reflect.get(protocol, name))).toEqual(before);
    expect(Object.keys(protocol)).not.toContain('authPK');
  });

  it('says which crypto runs', async () => {
    const { crypto, cryptoProblem } = readSsh2Facts();
    expect(crypto === 'native' ? cryptoProblem : cryptoProblem?.length).not.toBe(0);
    const sshd = await server();
    trust(sshd);
    const connection = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    expect(connection).toMatchObject({ engine: 'builtin', crypto });
  });

  it('signs at once, without asking first whether the key would do', async () => {
    const sshd = await server({ extraConfig: ['LogLevel DEBUG2'] });
    trust(sshd);
    await connected({ port: sshd.port, identityFile: sshd.clientKey });
    const log = await sshd.readLog();
    expect(log).toContain('Accepted publickey');
    expect(log).not.toContain('method none');
    expect(log).not.toContain('Postponed publickey');
  });

  it('needs four round trips from the connection to the login', async () => {
    const sshd = await server();
    const proxy = await startDelayProxy({ target: sshd, rttMs: 300 });
    defer(() => proxy.stop());
    trust({ ...sshd, hostKeyLine: sshd.hostKeyLine.replace(/^\S+/, `[127.0.0.1]:${proxy.port}`) });
    const startedAt = performance.now();
    await connected({ port: proxy.port, identityFile: sshd.clientKey });
    // TCP and the greeting, algorithms, keys, login: 4.5 with what a busy machine adds. Stock ssh2 needs 7.
    expect((performance.now() - startedAt) / 300).toBeLessThan(6);
  });

  it('keeps a wide window, and holds back for a reader that stopped', async () => {
    const sshd = await server();
    trust(sshd);
    const connection = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    const block = randomBytes(64 * 1024);
    let sent = 0;
    const port = await listening(
      createServer((socket) => {
        const more = () => {
          while (sent < 24 * 1024 * 1024) {
            sent += block.length;
            if (!socket.write(block)) return;
          }
          socket.end();
        };
        socket.on('drain', more);
        more();
      }),
    );
    const channel = await connection.forwardOut(port);
    await expect.poll(() => channel.readableLength).toBeGreaterThan(3.5 * 1024 * 1024);
    expect(channel.readableLength).toBeLessThan(5 * 1024 * 1024);
    let received = 0;
    for await (const chunk of channel) received += (chunk as Buffer).length;
    expect(received).toBe(24 * 1024 * 1024);
  });
});

describe('a session (R6)', () => {
  const login = async (): Promise<SshConnection> => {
    // A shell that reads nobody's start-up files, which may take their time.
    const sshd = await server({ extraConfig: ['SetEnv HOME=/nonexistent'] });
    trust(sshd);
    return connected({ port: sshd.port, identityFile: sshd.clientKey });
  };

  it('answers many pings at once', async () => {
    const connection = await login();
    const times = await Promise.all(Array.from({ length: 200 }, () => connection.ping(5000)));
    expect(times.every((ms) => ms > 0 && ms < 5000)).toBe(true);
  });

  it('has no answer from a silent server, one when it is back, and none after its end', async () => {
    const sshd = await server();
    const proxy = await startFaultProxy({ target: sshd });
    defer(() => proxy.stop());
    trust({ ...sshd, hostKeyLine: sshd.hostKeyLine.replace(/^\S+/, `[127.0.0.1]:${proxy.port}`) });
    const connection = await connected({
      port: proxy.port,
      identityFile: sshd.clientKey,
      keepaliveIntervalMs: 0,
    });
    proxy.blackHole();
    await expect(connection.ping(200)).rejects.toMatchObject({ error: { code: 'SSH_TIMEOUT' } });
    const late = connection.ping(10_000);
    proxy.restore({ lost: false });
    expect(await late).toBeGreaterThan(0);
    const never = connection.ping(10_000);
    proxy.rst();
    await expect(never).rejects.toMatchObject({ error: { code: 'SSH_CLOSED' } });
    await expect(connection.ping(1000)).rejects.toMatchObject({ error: { code: 'SSH_CLOSED' } });
  });

  it('runs a command, with what it printed and how it ended', async () => {
    const connection = await login();
    const command = 'cat; echo out; echo err >&2; exit 3';
    expect(await connection.exec(command, { timeoutMs: 18_000 })).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    const { stdout } = await connection.exec('head -c 300000 /dev/zero', { timeoutMs: 18_000 });
    expect(stdout).toHaveLength(64 * 1024);
  });

  it('does not wait for a command for ever', async () => {
    const connection = await login();
    await expect(connection.exec('sleep 5', { timeoutMs: 200 })).rejects.toMatchObject({
      error: { code: 'SSH_TIMEOUT' },
    });
    const stop = new AbortController();
    const stopped = connection.exec('sleep 5', { timeoutMs: 60_000, signal: stop.signal });
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ error: { code: 'STOPPED' } });
    expect(await connection.ping(1000)).toBeGreaterThan(0);
  });
});
