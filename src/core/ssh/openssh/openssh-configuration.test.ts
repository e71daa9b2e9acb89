import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../../e2e/fixtures/free-port.ts';
import { person, yes } from '../test-bench.ts';
import { makeOpensshBench, noneWith, processesWith } from './test-bench.ts';

const bench = makeOpensshBench();

function configured(...lines: string[]): string {
  const configFile = join(bench.ssh.home, 'config');
  writeFileSync(configFile, `${lines.join('\n')}\n`);
  return configFile;
}

describe('R10 an alias of ssh_config with the system’s ssh', () => {
  it('goes through a jump host and asks about both', async () => {
    const jump = await bench.ssh.server();
    const sshd = await bench.ssh.server();
    const common = [
      `  HostName 127.0.0.1`,
      `  UserKnownHostsFile ${bench.ssh.knownHosts}`,
      `  GlobalKnownHostsFile /dev/null`,
      `  IdentitiesOnly yes`,
    ];
    const configFile = configured(
      ...['Host jump', `  Port ${jump.port}`, `  IdentityFile ${jump.clientKey}`, ...common],
      ...[
        'Host far',
        `  Port ${sshd.port}`,
        `  IdentityFile ${sshd.clientKey}`,
        '  ProxyJump jump',
        ...common,
      ],
    );
    const { ask, asked } = person(yes, yes);
    const options = { host: 'far', port: undefined, configFile, knownHosts: undefined };
    const connection = await bench.connected({ ...options, ask });
    expect(asked).toMatchObject([
      { kind: 'hostKey', port: jump.port, fingerprint: jump.hostFingerprint },
      { kind: 'hostKey', port: sshd.port, fingerprint: sshd.hostFingerprint },
    ]);
    expect(await bench.ssh.roundTrip(connection, 'far away')).toBe('far away');
    const mark = configFile;
    expect(processesWith(mark).length).toBeGreaterThan(1);
    await connection.close();
    await noneWith(mark);
  });

  it('opens no forward, shares no session and runs no command that the alias asks for', async () => {
    const sshd = await bench.server();
    const port = await freePort();
    const touched = join(bench.ssh.home, 'touched');
    const configFile = configured(
      'IgnoreUnknown UseKeychain',
      'Host remote-gateway',
      '  UseKeychain yes',
      '  HostName 127.0.0.1',
      `  Port ${sshd.port}`,
      `  IdentityFile ${sshd.clientKey}`,
      `  LocalForward ${port} 127.0.0.1:${port}`,
      '  BatchMode yes',
      '  LogLevel QUIET',
      '  ControlMaster auto',
      `  ControlPath ${join(bench.ssh.home, 'shared')}`,
      '  ControlPersist 600',
      '  RemoteCommand sleep 600',
      '  RequestTTY force',
      '  PermitLocalCommand yes',
      `  LocalCommand touch ${touched}`,
    );
    // Held, as our own listener holds it.
    const holder = createServer().listen(port, '127.0.0.1');
    bench.defer(() => holder.close());
    const connection = await bench.connected({ host: 'remote-gateway', port: undefined, configFile });
    expect(await bench.ssh.roundTrip(connection, 'hello')).toBe('hello');
    expect(() => readFileSync(touched)).toThrow('ENOENT');
    await connection.close();
    await noneWith(configFile);
  });

  it('names the real host and port when it fails', async () => {
    const port = await bench.ssh.listening(createServer());
    const configFile = configured('Host silent', '  HostName 127.0.0.1', `  Port ${port}`);
    const options = { host: 'silent', port: undefined, configFile, readyTimeoutMs: 1000 };
    expect(await bench.refused(options)).toMatchObject({
      code: 'SSH_TIMEOUT',
      details: { host: '127.0.0.1', port },
    });
  });

  it('says what is wrong in the configuration', async () => {
    const configFile = configured('Host *', '  NoSuchOption yes');
    expect(await bench.refused({ port: 1, configFile })).toMatchObject({
      code: 'SSH_CONFIG_INVALID',
      retryable: false,
    });
  });

  it('says that a proxy command has failed', async () => {
    const configFile = configured('Host *', '  ProxyCommand false');
    expect(await bench.refused({ port: 1, configFile })).toMatchObject({ code: 'SSH_PROXY_FAILED' });
  });
});

describe('R7 what the system’s ssh says, in our words', () => {
  it('a name that does not exist', async () => {
    expect(await bench.refused({ host: 'no-such-host.invalid', port: 22 })).toMatchObject({
      code: 'SSH_HOST_NOT_FOUND',
      details: { host: 'no-such-host.invalid' },
    });
  });

  it('a closed port', async () => {
    const port = await freePort();
    expect(await bench.refused({ port })).toMatchObject({
      code: 'SSH_REFUSED',
      details: { host: '127.0.0.1', port },
    });
  });

  it('a server that says nothing', async () => {
    const port = await bench.ssh.listening(createServer());
    expect(await bench.refused({ port, readyTimeoutMs: 1000 })).toMatchObject({
      code: 'SSH_TIMEOUT',
      details: { seconds: 1 },
    });
  });

  it('something else than an SSH server', async () => {
    const page = 'HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(2000);
    const port = await bench.ssh.listening(createServer((socket) => socket.end(page)));
    expect(await bench.refused({ port })).toMatchObject({ code: 'SSH_NOT_SSH', details: { port } });
  });

  it('a server that is too busy', async () => {
    const port = await bench.ssh.listening(createServer((socket) => socket.end()));
    expect(await bench.refused({ port })).toMatchObject({ code: 'SSH_BUSY', retryable: true });
  });

  it('no ssh on this computer', async () => {
    expect(await bench.refused({ port: 1, sshPath: '/nowhere/ssh' })).toMatchObject({
      code: 'OPENSSH_MISSING',
    });
  });
});

describe('R6 an ssh without control sockets', () => {
  const options = { multiplex: false };

  it('carries streams over forwards of loopback ports', async () => {
    const sshd = await bench.server();
    const port = await bench.echo();
    const connection = await bench.connected({
      ...options,
      port: sshd.port,
      identityFile: sshd.clientKey,
      forwardPorts: [port],
    });
    for (const text of ['one', 'two']) {
      const stream = await connection.forwardOut(port);
      stream.end(text);
      let received = '';
      for await (const chunk of stream) received += String(chunk);
      expect(received).toBe(text);
    }
    expect(await connection.ping(5000)).toBeGreaterThanOrEqual(0);
    expect(await connection.exec('echo hi; echo oh >&2; exit 4', { timeoutMs: 5000 })).toEqual({
      code: 4,
      stdout: 'hi\n',
      stderr: 'oh\n',
    });
    await connection.close();
    await noneWith(`-p\0${sshd.port}`);
  });

  it('says that nothing listens, or that forwarding is not allowed', async () => {
    const port = await freePort();
    const sshd = await bench.server();
    const open = { ...options, port: sshd.port, identityFile: sshd.clientKey, forwardPorts: [port] };
    await expect((await bench.connected(open)).forwardOut(port)).rejects.toMatchObject({
      error: { code: 'FORWARD_NOTHING_LISTENING' },
    });
    const shut = await bench.server({ allowTcpForwarding: false });
    const closed = { ...options, port: shut.port, identityFile: shut.clientKey, forwardPorts: [port] };
    await expect((await bench.connected(closed)).forwardOut(port)).rejects.toMatchObject({
      error: { code: 'FORWARD_PROHIBITED' },
    });
  });
});
