import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { AppError } from '../../../shared/errors.ts';
import { makeOpensshBench, noneWith, processesWith } from './test-bench.ts';

const bench = makeOpensshBench();

async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

describe('R6 a session of the system’s ssh', () => {
  it('carries streams that end in halves', async () => {
    const sshd = await bench.server();
    const steps: string[] = [];
    const connection = await bench.connected({
      port: sshd.port,
      identityFile: sshd.clientKey,
      onStep: (step) => steps.push(step),
    });
    expect(connection).toMatchObject({ engine: 'openssh', crypto: null });
    expect(steps).toEqual(['tcp', 'hostKey', 'authentication']);
    const stream = await connection.forwardOut(await bench.echo());
    stream.end('hello');
    expect(String(await readAll(stream))).toBe('hello');
  });

  it('carries 20 MB both ways without a lost byte', async () => {
    const sshd = await bench.server();
    const connection = await bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
    const stream = await connection.forwardOut(await bench.echo());
    const sent = Buffer.alloc(20 * 1024 * 1024);
    for (let at = 0; at < sent.length; at += 4) sent.writeUInt32BE(at, at);
    const reading = readAll(stream);
    stream.end(sent);
    expect((await reading).equals(sent)).toBe(true);
  });

  it('lets a slow reader slow the writer', async () => {
    const sshd = await bench.server();
    const connection = await bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
    let written = 0;
    const port = await bench.ssh.listening(
      createServer((socket) => {
        const chunk = Buffer.alloc(64 * 1024);
        const go = () => {
          while (socket.writable && socket.write(chunk)) written += chunk.length;
        };
        socket.on('drain', go);
        go();
      }),
    );
    const stream = await connection.forwardOut(port);
    let last = -1;
    while (last !== written) {
      last = written;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(stream.readableLength).toBeLessThan(5 * 1024 * 1024);
    expect(written).toBeLessThan(32 * 1024 * 1024);
    stream.destroy();
    // The other channels go on.
    await connection.ping(5000);
  });

  it('asks the server and tells how long it took', async () => {
    const sshd = await bench.server();
    const connection = await bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
    expect(await connection.ping(5000)).toBeGreaterThanOrEqual(0);
    sshd.pause();
    await expect(connection.ping(200)).rejects.toMatchObject({ error: { code: 'SSH_TIMEOUT' } });
    sshd.resume();
    expect(await connection.ping(5000)).toBeGreaterThanOrEqual(0);
  });

  it('runs commands on the host', async () => {
    const sshd = await bench.server();
    const connection = await bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
    expect(await connection.exec('echo out; echo err >&2; exit 3', { timeoutMs: 5000 })).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    const long = await connection.exec('head -c 200000 /dev/zero', { timeoutMs: 5000 });
    expect(long.stdout.length).toBe(64 * 1024);
    await expect(connection.exec('sleep 30', { timeoutMs: 100 })).rejects.toMatchObject({
      error: { code: 'SSH_TIMEOUT' },
    });
  });

  it('says that nothing listens, or that forwarding is not allowed', async () => {
    const open = await bench.server();
    const first = await bench.connected({ port: open.port, identityFile: open.clientKey });
    await expect(first.forwardOut(1)).rejects.toMatchObject({
      error: { code: 'FORWARD_NOTHING_LISTENING', details: { host: '127.0.0.1', port: 1 } },
    });
    const closed = await bench.server({ allowTcpForwarding: false });
    const second = await bench.connected({ port: closed.port, identityFile: closed.clientKey });
    await expect(second.forwardOut(await bench.echo())).rejects.toMatchObject({
      error: { code: 'FORWARD_PROHIBITED' },
    });
  });

  it('tells of its loss before its streams end', async () => {
    const sshd = await bench.server();
    const connection = await bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
    const stream = await connection.forwardOut(await bench.echo());
    const order: string[] = [];
    const reasons: AppError[] = [];
    stream.on('close', () => order.push('stream'));
    stream.resume();
    connection.onDidClose((reason) => {
      order.push('session');
      reasons.push(reason);
    });
    const closed = once(stream, 'close');
    await sshd.kill();
    await closed;
    expect(order).toEqual(['session', 'stream']);
    expect(reasons).toMatchObject([{ code: 'SSH_CLOSED', retryable: true, details: { cause: 'closed' } }]);
    await expect(connection.forwardOut(1)).rejects.toMatchObject({ error: { code: 'SSH_CLOSED' } });
    await expect(connection.ping(1000)).rejects.toMatchObject({ error: { code: 'SSH_CLOSED' } });
  });

  it('notices a server that has gone silent', async () => {
    const sshd = await bench.server();
    const connection = await bench.connected({
      port: sshd.port,
      identityFile: sshd.clientKey,
      keepaliveIntervalMs: 1000,
    });
    const reason = new Promise<AppError>((resolve) => connection.onDidClose(resolve));
    sshd.pause();
    expect(await reason).toMatchObject({ code: 'SSH_CLOSED', details: { cause: 'silent' } });
    sshd.resume();
  });

  it('leaves no process and no directory when it is closed', async () => {
    const sshd = await bench.server();
    const connection = await bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
    const text = `-p\0${sshd.port}`;
    expect(processesWith(text)).not.toEqual([]);
    const reasons: string[] = [];
    connection.onDidClose((reason) => reasons.push(reason.code));
    await connection.close();
    await connection.close();
    expect(reasons).toEqual(['STOPPED']);
    await noneWith(text);
  });
});
