import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import { type Clock, systemClock } from '../clock.ts';
import { makeTunnelBench, readAll, tagged, upOn } from './test-bench.ts';

const bench = makeTunnelBench();
const { defer, dial, echo, remote, roundTrip, server, tunnelTo } = bench;
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('a tunnel (R6, R10)', () => {
  it('goes through its steps, comes up and carries bytes', async () => {
    const sshd = await server();
    const { tunnel, seen } = tunnelTo({ sshd, remotePort: await echo() });
    const port = await upOn(tunnel);
    expect(seen.map((state) => (state.tag === 'starting' ? state.step : state.tag))).toEqual([
      'port',
      'tcp',
      'hostKey',
      'authentication',
      'up',
    ]);
    expect(await roundTrip(port, 'hello')).toBe('hello');
    await tunnel.stop();
    expect(tunnel.state()).toEqual({ tag: 'stopped' });
  });

  it('listens on the port that was asked for, on loopback only', async () => {
    const sshd = await server();
    const localPort = await freePort();
    const { tunnel } = tunnelTo({ sshd, localPort, remotePort: await echo() });
    expect(await upOn(tunnel)).toBe(localPort);
    const other = connect({ port: localPort, host: '127.0.0.2' });
    const [error] = (await once(other, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  it('carries 20 MB both ways at once, whole', async () => {
    const sshd = await server();
    const down = randomBytes(20 * 1024 * 1024);
    const up = randomBytes(20 * 1024 * 1024);
    let received: Promise<Buffer> | undefined;
    const remotePort = await remote((socket) => {
      socket.end(down);
      received = readAll(socket);
    });
    const { tunnel } = tunnelTo({ sshd, remotePort });
    const socket = await dial(await upOn(tunnel));
    socket.end(up);
    expect(sha(await readAll(socket))).toBe(sha(down));
    expect(sha((await received) ?? Buffer.alloc(0))).toBe(sha(up));
  });

  it('slows a sender down to the pace of a reader that stopped', async () => {
    const sshd = await server();
    let sent = 0;
    const remotePort = await remote((socket) => {
      const block = Buffer.alloc(1024 * 1024);
      const more = () => {
        do sent += block.length;
        while (socket.write(block));
      };
      socket.on('drain', more);
      more();
    });
    const { tunnel } = tunnelTo({ sshd, remotePort });
    const socket = await dial(await upOn(tunnel));
    socket.pause();
    let before = -1;
    // Kernel buffers and one SSH window fill up, then it stands still.
    await expect
      .poll(
        () => {
          const isStill = sent === before;
          before = sent;
          return isStill;
        },
        { interval: 300, timeout: 10_000 },
      )
      .toBe(true);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('ends each half by itself', async () => {
    const sshd = await server();
    const remotePort = await remote((socket) => {
      socket.end('early answer');
      void readAll(socket).then((bytes) => (heard = bytes.toString()));
    });
    let heard = '';
    const { tunnel } = tunnelTo({ sshd, remotePort });
    const socket = await dial(await upOn(tunnel));
    expect((await readAll(socket)).toString()).toBe('early answer');
    socket.end('late question');
    await expect.poll(() => heard).toBe('late question');
  });

  it('closes the far side when the local client breaks off', async () => {
    const sshd = await server();
    let closed = false;
    const remotePort = await remote((socket) => {
      socket.write('x');
      socket.resume();
      socket.once('end', () => (closed = true));
    });
    const { tunnel } = tunnelTo({ sshd, remotePort });
    const socket = await dial(await upOn(tunnel));
    await once(socket, 'data');
    socket.resetAndDestroy();
    await expect.poll(() => closed).toBe(true);
  });

  it('keeps many connections apart', async () => {
    const sshd = await server();
    const { tunnel } = tunnelTo({ sshd, remotePort: await echo() });
    const port = await upOn(tunnel);
    const texts = Array.from({ length: 60 }, (_, index) => `${index}`.repeat(5000));
    expect(await Promise.all(texts.map((text) => roundTrip(port, text)))).toEqual(texts);
  });
});

describe('a tunnel that meets trouble (R6)', () => {
  it('says that its own port is taken', async () => {
    const sshd = await server();
    const localPort = await echo();
    const { tunnel } = tunnelTo({ sshd, localPort });
    await tunnel.start();
    expect(tunnel.state()).toMatchObject({
      tag: 'failed',
      error: { code: 'PORT_IN_USE', details: { port: localPort } },
    });
  });

  it('takes the port after all when it is free again', async () => {
    const sshd = await server();
    const blocker = createServer();
    blocker.listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port: localPort } = blocker.address() as { port: number };
    const { tunnel } = tunnelTo({ sshd, localPort, remotePort: await echo() });
    await tunnel.start();
    expect(tunnel.state().tag).toBe('failed');
    blocker.close();
    await once(blocker, 'close');
    tunnel.retryNow();
    expect((await tagged(tunnel, 'up')).localPort).toBe(localPort);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform !== 'linux')(
    'says that its own port is not allowed',
    async () => {
      const sshd = await server();
      const { tunnel } = tunnelTo({ sshd, localPort: 1 });
      await tunnel.start();
      expect(tunnel.state()).toMatchObject({ tag: 'failed', error: { code: 'PORT_FORBIDDEN' } });
    },
  );

  it('fails for good on a refused key, and leaves that on retryNow', async () => {
    const sshd = await server();
    const stranger = await makeKey({ type: 'ed25519', dir: join(bench.ssh.home, 'stranger') });
    const { tunnel, seen } = tunnelTo({ sshd: { ...sshd, clientKey: stranger.file } });
    void tunnel.start();
    const failed = await tagged(tunnel, 'failed');
    expect(failed.error).toMatchObject({ code: 'SSH_AUTH_REFUSED', details: { offered: ['id_ed25519'] } });
    seen.length = 0;
    tunnel.retryNow();
    await expect.poll(() => seen.at(-1)?.tag).toBe('failed');
    expect(seen.map((state) => state.tag)).toContain('starting');
  });

  it('backs off from a server that is not there, and finds it', async () => {
    const sshd = await server();
    await sshd.kill();
    const { tunnel } = tunnelTo({ sshd, remotePort: await echo() });
    void tunnel.start();
    const waiting = await tagged(tunnel, 'backingOff');
    expect(waiting).toMatchObject({ attempt: 1, error: { code: 'SSH_REFUSED' } });
    await sshd.restart();
    const { localPort } = await tagged(tunnel, 'up');
    expect(await roundTrip(localPort, 'back')).toBe('back');
  });

  it('tries once, with retry off', async () => {
    const sshd = await server();
    await sshd.kill();
    const { tunnel, seen } = tunnelTo({ sshd, retry: false });
    void tunnel.start();
    expect((await tagged(tunnel, 'failed')).error.code).toBe('SSH_REFUSED');
    expect(seen.some((state) => state.tag === 'backingOff')).toBe(false);
  });

  it('waits longer each time, and not at all on retryNow', async () => {
    const delays: number[] = [];
    let due = () => {};
    const clock: Clock = {
      now: () => 1000,
      after: (delayMs, run) => {
        // Half a second and more: timeouts of an attempt, which are not the point here.
        if (delayMs >= 5000) return systemClock.after(delayMs, run);
        delays.push(delayMs);
        due = run;
        return () => {};
      },
    };
    const sshd = { port: await freePort(), clientKey: '' };
    const { tunnel, seen } = tunnelTo({ sshd, clock, random: () => 1 });
    const attempts = () => seen.filter((state) => state.tag === 'backingOff').length;
    void tunnel.start();
    for (const count of [1, 2, 3]) {
      await expect.poll(attempts).toBe(count);
      expect(tunnel.state()).toMatchObject({ attempt: count, retryAt: 1000 + (delays.at(-1) ?? 0) });
      due();
    }
    await expect.poll(attempts).toBe(4);
    expect(delays).toEqual([200, 400, 800, 1600]);
    tunnel.retryNow();
    await expect.poll(attempts).toBe(5);
    expect(delays.at(-1)).toBe(200);
  });

  it('tells that nothing listens on the remote port, until something does', async () => {
    const sshd = await server();
    const remotePort = await freePort();
    const { tunnel } = tunnelTo({ sshd, remotePort });
    const port = await upOn(tunnel);
    expect(tunnel.lastForwardError()).toBeNull();
    const socket = await dial(port);
    socket.resume();
    await once(socket, 'end');
    expect(tunnel.lastForwardError()).toMatchObject({
      code: 'FORWARD_NOTHING_LISTENING',
      details: { host: '127.0.0.1', port: remotePort },
    });
    expect(tunnel.state().tag).toBe('up');
    const late = createServer((far) => far.pipe(far)).listen(remotePort, '127.0.0.1');
    defer(() => late.close());
    await once(late, 'listening');
    expect(await roundTrip(port, 'now')).toBe('now');
    expect(tunnel.lastForwardError()).toBeNull();
  });

  it('tells that the server does not allow forwarding', async () => {
    const sshd = await server({ allowTcpForwarding: false });
    const { tunnel } = tunnelTo({ sshd, remotePort: await echo() });
    const socket = await dial(await upOn(tunnel));
    socket.resume();
    await once(socket, 'end');
    expect(tunnel.lastForwardError()).toMatchObject({ code: 'FORWARD_PROHIBITED' });
  });
});
