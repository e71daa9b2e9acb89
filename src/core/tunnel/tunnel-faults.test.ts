import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { type Clock, systemClock } from '../clock.ts';
import { createNetworkWatch } from '../network-watch/network-watch.ts';
import { carriesNoise, makeTunnelBench, namesOf, quickTimings, readAll, tagged, upOn } from './test-bench.ts';
import type { Tunnel } from './tunnel.ts';

const bench = makeTunnelBench();
const { behindFaults, defer, dial, echo, server, tunnelTo } = bench;
const timings = quickTimings;

const untilSuspect = (tunnel: Tunnel) => expect.poll(() => suspectSince(tunnel)).not.toBeNull();
const untilUp = (tunnel: Tunnel) =>
  expect.poll(() => namesOf([tunnel.state()]), { timeout: 15_000 }).toEqual(['up']);

function suspectSince(tunnel: Tunnel): number | null {
  const state = tunnel.state();
  return state.tag === 'up' ? state.suspectSinceMs : null;
}

function sinceMs(tunnel: Tunnel): number {
  const state = tunnel.state();
  if (state.tag !== 'up') throw new Error(state.tag);
  return state.sinceMs;
}

/** A tunnel over a path that can go wrong, to an echo server, up. */
async function upBehindFaults(options: Parameters<typeof tunnelTo>[0] | object = {}) {
  const real = await server();
  const { proxy, sshd } = await behindFaults(real);
  const made = tunnelTo({ sshd, remotePort: await echo(), timings, random: () => 0, ...options });
  const port = await upOn(made.tunnel);
  made.seen.length = 0;
  return { real, proxy, port, ...made };
}

/** A connection that has been through once. */
async function talking(port: number): Promise<Socket> {
  const socket = await dial(port);
  socket.on('error', () => {});
  socket.write('hello');
  await once(socket, 'data');
  return socket;
}

const authorizedKeysOf = (sshd: { clientKey: string }) => join(dirname(sshd.clientKey), 'authorized_keys');

describe('a tunnel whose path goes silent (R6)', () => {
  it('black hole, old connections lost: suspect, then another connection on the same port', async () => {
    const { proxy, tunnel, seen, port } = await upBehindFaults();
    const torn = await talking(port);
    const tornBy = once(torn, 'error');
    proxy.blackHole();
    await untilSuspect(tunnel);
    // It is held, not refused.
    const early = await dial(port);
    early.end('early');
    proxy.restore({ lost: true });
    await untilUp(tunnel);
    expect(namesOf(seen)).toEqual(['suspect', 'up']);
    expect(await tornBy).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(await carriesNoise(dial, port)).toBe(true);
    expect(tunnel.state()).toMatchObject({ localPort: port });
  });

  it('black hole that TCP survives: the same connection goes on, and nothing is lost', async () => {
    const { proxy, tunnel, seen, port } = await upBehindFaults({
      timings: { ...timings, raceEveryMs: 60_000 },
    });
    const since = sinceMs(tunnel);
    const socket = await talking(port);
    proxy.blackHole();
    socket.end('said into the hole');
    await untilSuspect(tunnel);
    proxy.restore({ lost: false });
    expect((await readAll(socket)).toString()).toBe('said into the hole');
    await untilUp(tunnel);
    expect(namesOf(seen)).toEqual(['suspect', 'up']);
    expect(sinceMs(tunnel)).toBe(since);
    // The one that raced is closed, not kept.
    await expect.poll(async () => (await tunnel.connection()?.ping(1000)) !== undefined).toBe(true);
  });

  it('black hole for long: given up after a while, and up when the path is back', async () => {
    const { proxy, tunnel, seen, port } = await upBehindFaults({ timings: { ...timings, lostAfterMs: 700 } });
    proxy.blackHole();
    const lost = await tagged(tunnel, 'backingOff');
    expect(lost.error).toMatchObject({ code: 'SSH_CLOSED', details: { cause: 'silent' } });
    proxy.restore({ lost: true });
    tunnel.probeNow();
    await expect.poll(() => tunnel.state().tag, { timeout: 10_000 }).toBe('up');
    expect(namesOf(seen)).toEqual(['suspect', 'backingOff', 'starting', 'up']);
    expect(await carriesNoise(dial, port)).toBe(true);
  });

  it('half-open: the far side is gone and nobody said so', async () => {
    const { proxy, tunnel, seen, port } = await upBehindFaults();
    proxy.halfOpen();
    await untilSuspect(tunnel);
    await untilUp(tunnel);
    expect(namesOf(seen)).toEqual(['suspect', 'up']);
    expect(await carriesNoise(dial, port)).toBe(true);
  });

  it('a stopped server (SIGSTOP) that goes on: the same connection, not one byte lost', async () => {
    const sshd = await server();
    const { tunnel, seen } = tunnelTo({ sshd, remotePort: await echo(), timings });
    const port = await upOn(tunnel);
    seen.length = 0;
    const since = sinceMs(tunnel);
    const socket = await talking(port);
    defer(() => sshd.resume());
    sshd.pause();
    socket.end('patience');
    await untilSuspect(tunnel);
    sshd.resume();
    expect((await readAll(socket)).toString()).toBe('patience');
    await untilUp(tunnel);
    expect(namesOf(seen)).toEqual(['suspect', 'up']);
    expect(sinceMs(tunnel)).toBe(since);
  });

  it('a computer that slept: a jump of the clock asks at once, and the tunnel comes back', async () => {
    let asleepMs = 0;
    const clock: Clock = { now: () => systemClock.now() + asleepMs, after: systemClock.after };
    const { proxy, tunnel, seen, port } = await upBehindFaults({
      clock,
      timings: { ...timings, pingEveryMs: 60_000 },
    });
    const watch = createNetworkWatch({ interfaces: () => ({}), clock });
    watch.onDidChange(() => tunnel.probeNow());
    watch.start();
    defer(() => watch.stop());
    proxy.halfOpen();
    asleepMs = 3_600_000;
    // The watch looks every two seconds, and the question has two.
    await expect.poll(() => namesOf(seen), { timeout: 10_000 }).toEqual(['suspect', 'up']);
    expect(await carriesNoise(dial, port)).toBe(true);
  });

  it('asks nobody while the old connection may still answer', async () => {
    const { tunnel, proxy, real } = await upBehindFaults();
    // Whoever connects now would have to ask about the host key, which the test bench refuses.
    await writeFile(bench.ssh.knownHosts, '');
    proxy.blackHole();
    await untilSuspect(tunnel);
    proxy.restore({ lost: false });
    await untilUp(tunnel);
    expect(await real.readLog()).toContain('Accepted publickey');
  });
});

describe('a tunnel that is torn (R6)', () => {
  it('killed server: backs off with the reason, and comes back on its port', async () => {
    const { real, tunnel, seen, port } = await upBehindFaults();
    await real.kill();
    expect((await tagged(tunnel, 'backingOff')).error.code).toBe('SSH_CLOSED');
    await real.restart();
    expect((await tagged(tunnel, 'up')).localPort).toBe(port);
    expect(namesOf(seen).slice(0, 2)).toEqual(['backingOff', 'starting']);
    expect(namesOf(seen).at(-1)).toBe('up');
    expect(await carriesNoise(dial, port)).toBe(true);
  });

  it('RST storm: four in a row, each waited for a little longer', async () => {
    const { proxy, tunnel, seen, port } = await upBehindFaults();
    proxy.rst(3);
    await expect
      .poll(() => seen.filter((state) => state.tag === 'backingOff').length, { timeout: 10_000 })
      .toBe(4);
    expect((await tagged(tunnel, 'up')).localPort).toBe(port);
    const codes = seen.flatMap((state) => (state.tag === 'backingOff' ? [state.error.code] : []));
    // A server that hangs up before its greeting is full, as far as one can tell.
    expect(codes).toEqual(['SSH_CLOSED', 'SSH_BUSY', 'SSH_BUSY', 'SSH_BUSY']);
    const attempts = seen.flatMap((state) => (state.tag === 'backingOff' ? [state.attempt] : []));
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(await carriesNoise(dial, port)).toBe(true);
  });

  it('one byte in a hundred late: everything arrives, in order, over one connection', async () => {
    const { proxy, tunnel, seen, port } = await upBehindFaults();
    const since = sinceMs(tunnel);
    proxy.delayBytes(0.01, 40);
    for (let round = 0; round < 5; round++) expect(await carriesNoise(dial, port)).toBe(true);
    expect(namesOf(seen).filter((name) => name !== 'up' && name !== 'suspect')).toEqual([]);
    expect(sinceMs(tunnel)).toBe(since);
  });

  it('key removed while connected: stays up, and once torn it stops with the refusal', async () => {
    const { real, proxy, tunnel, seen, port } = await upBehindFaults();
    await writeFile(authorizedKeysOf(real), '');
    expect(await carriesNoise(dial, port)).toBe(true);
    proxy.rst();
    expect((await tagged(tunnel, 'failed')).error.code).toBe('SSH_AUTH_REFUSED');
    expect(namesOf(seen)).toEqual(['backingOff', 'starting', 'failed']);
  });

  it('key removed, then silence: the refusal stands when the old connection is given up', async () => {
    // Time for two more attempts before the old connection is given up, and for the refusal before the next of them.
    const { real, proxy, tunnel, seen } = await upBehindFaults({
      timings: { ...timings, raceEveryMs: 1500, lostAfterMs: 4000 },
    });
    await writeFile(authorizedKeysOf(real), '');
    proxy.halfOpen();
    expect((await tagged(tunnel, 'failed')).error.code).toBe('SSH_AUTH_REFUSED');
    expect(namesOf(seen)).toEqual(['suspect', 'failed']);
    // One attempt was enough to know.
    expect(proxy.accepted()).toBe(2);
  });

  it('authentication closed half-way, wherever that is', async () => {
    const { proxy, tunnel, seen, port } = await upBehindFaults();
    const wholeLogin = proxy.lastReceived();
    for (const share of [0.01, 0.4, 0.75, 0.9]) {
      seen.length = 0;
      proxy.closeAfter(Math.max(1, Math.floor(wholeLogin * share)));
      proxy.rst();
      await expect
        .poll(() => seen.filter((state) => state.tag === 'backingOff').length, { timeout: 10_000 })
        .toBe(2);
      const codes = seen.flatMap((state) => (state.tag === 'backingOff' ? [state.error.code] : []));
      expect(codes).toEqual(['SSH_CLOSED', 'SSH_CLOSED']);
      proxy.closeAfter(null);
      tunnel.retryNow();
      expect((await tagged(tunnel, 'up')).localPort).toBe(port);
    }
    expect(await carriesNoise(dial, port)).toBe(true);
  });

  it('its port cannot be stolen while it is down', async () => {
    const { real, tunnel, port } = await upBehindFaults();
    await real.kill();
    await tagged(tunnel, 'backingOff');
    const thief = createServer();
    thief.listen(port, '127.0.0.1');
    expect(await once(thief, 'error')).toMatchObject([{ code: 'EADDRINUSE' }]);
    await real.restart();
    await tagged(tunnel, 'up');
    expect(await carriesNoise(dial, port)).toBe(true);
  });

  it('a port stolen while it was stopped is named, and taken again when it is free', async () => {
    const localPort = await freePort();
    const { tunnel } = await upBehindFaults({ localPort });
    await tunnel.stop();
    const thief = createServer();
    thief.listen(localPort, '127.0.0.1');
    await once(thief, 'listening');
    await tunnel.start();
    expect(tunnel.state()).toMatchObject({
      tag: 'failed',
      error: { code: 'PORT_IN_USE', details: { port: localPort } },
    });
    thief.close();
    await once(thief, 'close');
    tunnel.retryNow();
    expect((await tagged(tunnel, 'up')).localPort).toBe(localPort);
    expect(await carriesNoise(dial, localPort)).toBe(true);
  });
});

describe('probeNow (R6)', () => {
  it('skips the countdown', async () => {
    let due = 0;
    const clock: Clock = {
      now: systemClock.now,
      // The back-off's own timers never come due.
      after: (delayMs, run) => {
        if (delayMs <= 200) due++;
        return systemClock.after(delayMs <= 200 ? 3_600_000 : delayMs, run);
      },
    };
    const { real, tunnel, port } = await upBehindFaults({ clock });
    await real.kill();
    await tagged(tunnel, 'backingOff');
    await real.restart();
    tunnel.probeNow();
    expect((await tagged(tunnel, 'up')).localPort).toBe(port);
    expect(due).toBeGreaterThan(0);
  });

  it('leaves alone what is stopped or has failed', async () => {
    const sshd = await server();
    const { tunnel, seen } = tunnelTo({ sshd });
    tunnel.probeNow();
    expect(seen).toEqual([]);
  });
});
