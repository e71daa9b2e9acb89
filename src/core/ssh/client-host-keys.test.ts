import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import type { AskQuestion } from '../questions.ts';
import { makeSshBench, no, person, yes } from './test-bench.ts';

const bench = makeSshBench();
const { connected, refused, roundTrip, server, trust } = bench;

describe('connectSsh: host keys (R6)', () => {
  it('asks about a host never seen, writes the line after a yes, and does not ask again', async () => {
    const sshd = await server();
    const { ask, asked } = person(yes);
    const first = await connected({ port: sshd.port, identityFile: sshd.clientKey, ask });
    expect(asked).toEqual([
      {
        kind: 'hostKey',
        host: '127.0.0.1',
        port: sshd.port,
        keyType: 'ssh-ed25519',
        fingerprint: sshd.hostFingerprint,
        art: expect.stringMatching(/^\+--\[ED25519 256\]--\+\n(\|.{17}\|\n){9}\+----\[SHA256\]-----\+$/),
        knownHostsFile: bench.knownHosts,
      },
    ]);
    expect(readFileSync(bench.knownHosts, 'utf8')).toBe(`${sshd.hostKeyLine}\n`);
    expect(await roundTrip(first, 'through')).toBe('through');

    const second = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    expect(await roundTrip(second, 'again')).toBe('again');
  });

  it('writes a line that ssh itself accepts under StrictHostKeyChecking', async () => {
    const sshd = await server();
    await connected({ port: sshd.port, identityFile: sshd.clientKey, ask: person(yes).ask });
    const strict = ['-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${bench.knownHosts}`];
    const login = ['-o', 'BatchMode=yes', '-i', sshd.clientKey, '-p', String(sshd.port)];
    execFileSync('ssh', ['-F', 'none', ...strict, ...login, '-N', '-f', '127.0.0.1', 'true'], {
      stdio: 'ignore',
      timeout: 5000,
    });
  });

  it('does not connect after a no, and writes nothing', async () => {
    const sshd = await server();
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey, ask: person(no).ask });
    expect(error).toMatchObject({
      code: 'SSH_HOST_KEY_DECLINED',
      details: { host: '127.0.0.1', keyType: 'ssh-ed25519', fingerprint: sshd.hostFingerprint },
    });
    expect(() => readFileSync(bench.knownHosts)).toThrow();
    expect(await sshd.readLog()).not.toContain('Accepted');
  });

  it('refuses a changed key without a question, with both fingerprints, file and line', async () => {
    const sshd = await server();
    const other = await makeKey({ type: 'ed25519', dir: join(bench.home, 'other') });
    writeFileSync(bench.knownHosts, `# mine\n[127.0.0.1]:${sshd.port} ${other.publicKey}\n`);
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey });
    expect(error).toMatchObject({
      code: 'SSH_HOST_KEY_CHANGED',
      retryable: false,
      details: {
        host: '127.0.0.1',
        expected: other.fingerprint,
        fingerprint: sshd.hostFingerprint,
        file: bench.knownHosts,
        line: 2,
      },
    });
  });

  it('refuses a revoked key', async () => {
    const sshd = await server();
    writeFileSync(
      bench.knownHosts,
      `${sshd.hostKeyLine}\n@revoked * ${sshd.hostKeyLine.split(' ').slice(1).join(' ')}\n`,
    );
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey });
    expect(error).toMatchObject({
      code: 'SSH_HOST_KEY_REVOKED',
      details: { file: bench.knownHosts, line: 2 },
    });
  });

  it('lets the server show the key that is known, whatever else it has', async () => {
    const sshd = await server({ hostKeyTypes: ['rsa', 'ed25519'] });
    trust(sshd);
    expect(readFileSync(bench.knownHosts, 'utf8')).toContain('ssh-rsa');
    await connected({ port: sshd.port, identityFile: sshd.clientKey });
  });

  it('takes a host that no longer shows its known type for a changed one', async () => {
    const sshd = await server();
    const rsa = await makeKey({ type: 'rsa', dir: join(bench.home, 'other') });
    writeFileSync(bench.knownHosts, `[127.0.0.1]:${sshd.port} ${rsa.publicKey}\n`);
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey });
    expect(error).toMatchObject({ code: 'SSH_HOST_KEY_CHANGED', details: { expected: rsa.fingerprint } });
  });

  it('says when the line cannot be written', async () => {
    const sshd = await server();
    const blocked = join(bench.home, 'blocked');
    writeFileSync(blocked, '');
    const files = { user: [join(blocked, 'known_hosts')], system: [] };
    const error = await refused({ port: sshd.port, knownHosts: files });
    expect(error).toMatchObject({ code: 'KNOWN_HOSTS_UNWRITABLE', details: { file: files.user[0] } });
  });

  it('waits for a person longer than its own timeout and longer than the server does', async () => {
    const sshd = await server({ extraConfig: ['LoginGraceTime 1'] });
    const { ask, asked } = person(async () => {
      // Connected later than the attempt, so hung up on later.
      const idle = connectTcp(sshd.port, '127.0.0.1');
      idle.resume();
      await once(idle, 'close');
      return yes;
    });
    const options = { port: sshd.port, identityFile: sshd.clientKey, ask, readyTimeoutMs: 900 };
    const connection = await connected(options);
    expect(asked).toHaveLength(1);
    expect(await roundTrip(connection, 'late')).toBe('late');
  });

  it('takes the question back when it is stopped', async () => {
    const sshd = await server();
    const stop = new AbortController();
    let withdrawn: AbortSignal | undefined;
    const ask: AskQuestion = (_question, signal) => {
      withdrawn = signal;
      queueMicrotask(() => stop.abort());
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const error = await refused({ port: sshd.port, ask, signal: stop.signal });
    expect(error.code).toBe('STOPPED');
    expect(withdrawn?.aborted).toBe(true);
  });
});
