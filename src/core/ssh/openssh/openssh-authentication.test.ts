import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { makeKey, startSshAgent } from '../../../../e2e/fixtures/sshd.ts';
import type { Answer } from '../../../shared/contract/question.ts';
import { no, passphrase, person, yes } from '../test-bench.ts';
import { makeOpensshBench } from './test-bench.ts';

const bench = makeOpensshBench();
const cancel: Answer = { kind: 'cancel' };

describe('R6 signing in with the system’s ssh', () => {
  it('asks for a passphrase until it is right', async () => {
    const locked = await makeKey({ type: 'ed25519', dir: bench.ssh.home, passphrase: 'sesame' });
    const sshd = await bench.server({ authorizedKeys: [locked.publicKey] });
    const { ask, asked } = person(passphrase('wrong'), passphrase('sesame'));
    await bench.connected({ port: sshd.port, identityFile: locked.file, ask, canRemember: true });
    expect(asked).toEqual([
      { kind: 'passphrase', identityFile: locked.file, wrongBefore: false, canRemember: true },
      { kind: 'passphrase', identityFile: locked.file, wrongBefore: true, canRemember: true },
    ]);
  });

  it('stops when the passphrase is not given', async () => {
    const locked = await makeKey({ type: 'ed25519', dir: bench.ssh.home, passphrase: 'sesame' });
    const sshd = await bench.server({ authorizedKeys: [locked.publicKey] });
    const { ask } = person(cancel);
    expect(await bench.refused({ port: sshd.port, identityFile: locked.file, ask })).toMatchObject({
      code: 'SSH_PASSPHRASE_CANCELLED',
      details: { file: locked.file },
    });
  });

  it('does not let the time of a person run into the deadline', async () => {
    const locked = await makeKey({ type: 'ed25519', dir: bench.ssh.home, passphrase: 'sesame' });
    const sshd = await bench.server({ authorizedKeys: [locked.publicKey] });
    const { ask } = person(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2500));
      return passphrase('sesame');
    });
    await bench.connected({ port: sshd.port, identityFile: locked.file, ask, readyTimeoutMs: 2000 });
  });

  it('names the keys that were refused', async () => {
    const other = await makeKey({ type: 'ed25519', dir: bench.ssh.home });
    const sshd = await bench.server();
    expect(await bench.refused({ port: sshd.port, identityFile: other.file })).toMatchObject({
      code: 'SSH_AUTH_REFUSED',
      retryable: false,
      details: { host: '127.0.0.1', user: sshd.user, offered: [other.file] },
    });
  });

  it('says that a picked key is not there', async () => {
    const sshd = await bench.server();
    const identityFile = join(bench.ssh.home, 'absent');
    expect(await bench.refused({ port: sshd.port, identityFile })).toMatchObject({
      code: 'SSH_IDENTITY_UNREADABLE',
      details: { file: identityFile, cause: 'absent' },
    });
  });

  it('uses the agent of the environment', async () => {
    const agent = await startSshAgent();
    bench.defer(() => agent.stop());
    const sshd = await bench.server();
    await agent.add(sshd.clientKey);
    const env = { PATH: process.env.PATH, SSH_AUTH_SOCK: agent.socket };
    await bench.connected({ port: sshd.port, env });
  });

  it('brings a certificate, which the built-in engine cannot', async () => {
    const ca = await makeKey({ type: 'ed25519', dir: bench.ssh.home, name: 'ca' });
    const key = await makeKey({ type: 'ed25519', dir: bench.ssh.home, name: 'key' });
    const sshd = await bench.server({
      authorizedKeys: [ca.publicKey.replace(/^/, 'from="192.0.2.1" ')],
      extraConfig: [`TrustedUserCAKeys ${ca.file}.pub`],
    });
    expect(await bench.refused({ port: sshd.port, identityFile: key.file })).toMatchObject({
      code: 'SSH_AUTH_REFUSED',
    });
    const sign = ['-q', '-s', ca.file, '-I', 'chela-test', '-n', sshd.user, `${key.file}.pub`];
    execFileSync('ssh-keygen', sign);
    await bench.connected({ port: sshd.port, identityFile: key.file });
  });

  it('asks for a password and for codes, on a server that wants both', async () => {
    const hostKey = await makeKey({ type: 'ed25519', dir: bench.ssh.home, name: 'host' });
    const server = new Server({ hostKeys: [readFileSync(hostKey.file)] }, (client) => {
      client.on('error', () => {});
      client.on('authentication', (context) => {
        if (context.method === 'password') {
          if (context.password === 'hunter2') context.accept();
          else context.reject(['password']);
        } else if (context.method === 'keyboard-interactive') {
          context.prompt(
            [{ prompt: 'Code: ', echo: false }],
            'Two steps',
            'Look at your phone',
            (answers) => {
              if (answers[0] === '123456') context.reject(['password'], true);
              else context.reject(['keyboard-interactive']);
            },
          );
        } else context.reject(['keyboard-interactive']);
      });
      client.on('session', (accept) => accept());
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (address !== null && typeof address === 'object') resolve(address.port);
      });
    });
    bench.defer(() => server.close());
    writeFileSync(bench.ssh.knownHosts, `[127.0.0.1]:${port} ${hostKey.publicKey}\n`);
    const { ask, asked } = person(
      { kind: 'keyboardInteractive', answers: ['123456'] },
      { kind: 'password', password: 'wrong', remember: false },
      { kind: 'password', password: 'hunter2', remember: false },
    );
    await bench.connected({ port, user: 'ann', ask });
    expect(asked).toMatchObject([
      { kind: 'keyboardInteractive', user: 'ann', prompts: [{ prompt: 'Code:', echo: false }] },
      { kind: 'password', user: 'ann', host: '127.0.0.1', wrongBefore: false },
      { kind: 'password', wrongBefore: true },
    ]);
    const declining = person(cancel);
    expect(await bench.refused({ port, user: 'ann', ask: declining.ask })).toMatchObject({
      code: 'SSH_AUTH_CANCELLED',
      details: { host: '127.0.0.1', user: 'ann' },
    });
  });
});

describe('R6 host keys with the system’s ssh', () => {
  it('asks about an unknown host and remembers a yes', async () => {
    const sshd = await bench.ssh.server();
    const { ask, asked } = person(yes);
    const options = { port: sshd.port, identityFile: sshd.clientKey };
    await bench.connected({ ...options, ask });
    expect(asked).toEqual([
      {
        kind: 'hostKey',
        host: '127.0.0.1',
        port: sshd.port,
        keyType: 'ssh-ed25519',
        fingerprint: sshd.hostFingerprint,
        knownHostsFile: bench.ssh.knownHosts,
      },
    ]);
    expect(readFileSync(bench.ssh.knownHosts, 'utf8')).toContain(sshd.hostKeyLine.split(' ')[2]);
    await bench.connected(options);
  });

  it('goes no further after a no', async () => {
    const sshd = await bench.ssh.server();
    const { ask } = person(no);
    expect(await bench.refused({ port: sshd.port, identityFile: sshd.clientKey, ask })).toMatchObject({
      code: 'SSH_HOST_KEY_DECLINED',
      details: { host: '127.0.0.1', keyType: 'ssh-ed25519', fingerprint: sshd.hostFingerprint },
    });
  });

  it('asks even where the configuration would trust anybody, unless the policy is the system’s', async () => {
    const sshd = await bench.ssh.server();
    const configFile = join(bench.ssh.home, 'config');
    writeFileSync(configFile, 'Host *\n  StrictHostKeyChecking no\n');
    const options = { port: sshd.port, identityFile: sshd.clientKey, configFile };
    const { ask } = person(no);
    expect(await bench.refused({ ...options, ask })).toMatchObject({ code: 'SSH_HOST_KEY_DECLINED' });
    await bench.connected({ ...options, hostKeyPolicy: 'openssh' });
  });

  it('refuses an unknown host without asking where the system’s policy says so', async () => {
    const sshd = await bench.ssh.server();
    const configFile = join(bench.ssh.home, 'config');
    writeFileSync(configFile, 'Host *\n  StrictHostKeyChecking yes\n');
    const options = { port: sshd.port, identityFile: sshd.clientKey, configFile };
    expect(await bench.refused({ ...options, hostKeyPolicy: 'openssh' })).toMatchObject({
      code: 'SSH_HOST_KEY_UNKNOWN',
      details: { fingerprint: sshd.hostFingerprint },
    });
  });

  it('refuses a key that changed, and names both', async () => {
    const before = await bench.ssh.server();
    const sshd = await bench.ssh.server();
    const line = before.hostKeyLine.replace(/^\S+/, `[127.0.0.1]:${sshd.port}`);
    writeFileSync(bench.ssh.knownHosts, `# a comment\n${line}\n`);
    expect(await bench.refused({ port: sshd.port, identityFile: sshd.clientKey })).toMatchObject({
      code: 'SSH_HOST_KEY_CHANGED',
      details: {
        host: '127.0.0.1',
        port: sshd.port,
        keyType: 'ssh-ed25519',
        expected: before.hostFingerprint,
        fingerprint: sshd.hostFingerprint,
        file: bench.ssh.knownHosts,
        line: 2,
      },
    });
  });

  it('refuses a revoked key', async () => {
    const sshd = await bench.ssh.server();
    writeFileSync(bench.ssh.knownHosts, `@revoked ${sshd.hostKeyLine}\n`);
    expect(await bench.refused({ port: sshd.port, identityFile: sshd.clientKey })).toMatchObject({
      code: 'SSH_HOST_KEY_REVOKED',
      details: { fingerprint: sshd.hostFingerprint },
    });
  });

  it('reaches a server that offers only post-quantum key exchange', async () => {
    const kex = 'sntrup761x25519-sha512@openssh.com';
    const sshd = await bench.server({ extraConfig: [`KexAlgorithms ${kex}`] });
    await bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
    const configFile = join(bench.ssh.home, 'config');
    writeFileSync(configFile, 'Host *\n  KexAlgorithms curve25519-sha256\n');
    const options = { port: sshd.port, identityFile: sshd.clientKey, configFile };
    expect(await bench.refused(options)).toMatchObject({ code: 'SSH_KEX_FAILED', details: { reason: kex } });
  });
});
