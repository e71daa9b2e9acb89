import { once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import type { AppError } from '../../shared/errors.ts';
import { makeSshBench, person, yes } from './test-bench.ts';

const bench = makeSshBench();
const { connected, defer, listening, refused, roundTrip, server, trust } = bench;

describe('connectSsh: what can be wrong on the way (R6)', () => {
  const answering = (answer: (socket: Socket) => void) => listening(createServer(answer));

  it('a name that nobody has', async () => {
    const error = await refused({ port: 22, host: 'no-such-host.invalid' });
    expect(error).toMatchObject({ code: 'SSH_HOST_NOT_FOUND', details: { host: 'no-such-host.invalid' } });
  });

  it('a port that nothing listens on', async () => {
    const port = await freePort();
    const error = await refused({ port });
    expect(error).toMatchObject({
      code: 'SSH_REFUSED',
      retryable: true,
      details: { host: '127.0.0.1', port },
    });
  });

  it('a web server', async () => {
    const port = await answering((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    });
    expect(await refused({ port })).toMatchObject({ code: 'SSH_NOT_SSH', details: { port } });
  });

  it('something that talks binary', async () => {
    const port = await answering((socket) => socket.end(Buffer.alloc(9000, 0x15)));
    expect(await refused({ port })).toMatchObject({ code: 'SSH_NOT_SSH' });
  });

  it('something that hangs up at once', async () => {
    const port = await answering((socket) => socket.end());
    expect(await refused({ port })).toMatchObject({
      code: 'SSH_BUSY',
      retryable: true,
      details: { cause: 'silent' },
    });
  });

  it('a server that is full', async () => {
    const port = await answering((socket) => socket.end('Exceeded MaxStartups\r\n'));
    expect(await refused({ port })).toMatchObject({
      code: 'SSH_BUSY',
      retryable: true,
      details: { cause: 'full' },
    });
  });

  it('a real server that has MaxStartups connections already', async () => {
    const sshd = await server({ extraConfig: ['MaxStartups 1'] });
    trust(sshd);
    let idle = connectTcp(sshd.port, '127.0.0.1');
    defer(() => idle.destroy());
    // Who looked whether the server is there may still be counted: then this one is turned away.
    while (!String(await once(idle, 'data')).startsWith('SSH-')) {
      idle.destroy();
      idle = connectTcp(sshd.port, '127.0.0.1');
    }
    const options = { port: sshd.port, identityFile: sshd.clientKey };
    expect(await refused(options)).toMatchObject({ code: 'SSH_BUSY', retryable: true });
    idle.destroy();
    await expect
      .poll(() =>
        connected(options).then(
          () => 'in',
          () => 'busy',
        ),
      )
      .toBe('in');
  });

  it('a server that is cut off in its greeting', async () => {
    const port = await answering((socket) => socket.end('SSH-2.0-Open'));
    expect(await refused({ port })).toMatchObject({ code: 'SSH_CLOSED', retryable: true });
  });

  it('something that says nothing', async () => {
    const port = await answering(() => {});
    const error = await refused({ port, readyTimeoutMs: 200 });
    expect(error).toMatchObject({ code: 'SSH_TIMEOUT', details: { host: '127.0.0.1', port, seconds: 1 } });
  });

  it('a server that takes only post-quantum key exchanges', async () => {
    const sshd = await server({ extraConfig: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });
    const error = await refused({ port: sshd.port });
    expect(error).toMatchObject({
      code: 'SSH_NEEDS_OPENSSH',
      details: { cause: 'postQuantum', algorithms: ['sntrup761x25519-sha512@openssh.com'] },
    });
  });

  it('a server with other ciphers', async () => {
    const sshd = await server({ extraConfig: ['Ciphers aes256-cbc'] });
    const error = await refused({ port: sshd.port });
    expect(error).toMatchObject({ code: 'SSH_KEX_FAILED', details: { reason: 'aes256-cbc' } });
  });

  it('a server that dies in the middle', async () => {
    const sshd = await server();
    const { ask } = person(async () => {
      await sshd.kill();
      return yes;
    });
    const error = await refused({ port: sshd.port, identityFile: sshd.clientKey, ask });
    // Depends on whether the news of its end or the answer came first.
    expect(['SSH_REFUSED', 'SSH_CLOSED']).toContain(error.code);
    expect(error.retryable).toBe(true);
  });
});

describe('an SSH session (R6)', () => {
  it('says what a forward meets: nothing there, and not allowed', async () => {
    const sshd = await server();
    trust(sshd);
    const connection = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    const port = await freePort();
    await expect(connection.forwardOut(port)).rejects.toMatchObject({
      error: { code: 'FORWARD_NOTHING_LISTENING', details: { host: '127.0.0.1', port } },
    });

    const closed = await server({ allowTcpForwarding: false });
    trust(closed);
    const strict = await connected({ port: closed.port, identityFile: closed.clientKey });
    await expect(strict.forwardOut(port)).rejects.toMatchObject({ error: { code: 'FORWARD_PROHIBITED' } });
  });

  it('tells once that it was lost, and opens nothing after that', async () => {
    const sshd = await server();
    trust(sshd);
    const connection = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    const reasons: AppError[] = [];
    connection.onDidClose((reason) => reasons.push(reason));
    await sshd.kill();
    await expect.poll(() => reasons.length).toBe(1);
    expect(reasons[0]).toMatchObject({ code: 'SSH_CLOSED', retryable: true, details: { host: '127.0.0.1' } });
    await expect(connection.forwardOut(1)).rejects.toMatchObject({ error: { code: 'SSH_CLOSED' } });
  });

  it('notices a server that has gone silent', async () => {
    const sshd = await server();
    trust(sshd);
    const options = { port: sshd.port, identityFile: sshd.clientKey, keepaliveIntervalMs: 50 };
    const connection = await connected(options);
    defer(() => sshd.resume());
    const closed = new Promise<AppError>((resolve) => connection.onDidClose(resolve));
    sshd.pause();
    expect((await closed).code).toBe('SSH_CLOSED');
  });

  it('goes on when the server changes keys, and encrypts with AES-GCM', async () => {
    const sshd = await server({ extraConfig: ['RekeyLimit 1M', 'LogLevel DEBUG1'] });
    trust(sshd);
    const connection = await connected({ port: sshd.port, identityFile: sshd.clientKey });
    const text = 'x'.repeat(4 * 1024 * 1024);
    expect((await roundTrip(connection, text)).length).toBe(text.length);
    const log = await sshd.readLog();
    expect(log.split('KEXINIT received').length).toBeGreaterThan(2);
    expect(log).toMatch(/cipher: aes128-gcm@openssh\.com/);
  });
});
