import { describe, expect, it } from 'vitest';
import type { TransportPhase } from '../../shared/connection/connection-state.ts';
import { appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { createListeners } from '../listeners.ts';
import type { PortVerdict } from '../port-holder/look-at-port.ts';
import { attachingTransport } from './attaching-transport.ts';
import type { Transport } from './transport.ts';

const taken = appError('PORT_IN_USE', 'taken', { details: { port: 18789 } });
const named = appError('PORT_IN_USE_BY', 'nginx', {
  details: { port: 18789, pid: 7, command: 'nginx', suggestedPort: 50000 },
});
const gateway = (pid: number | null): PortVerdict => ({ tag: 'gateway', pid });

function setUp() {
  const changes = createListeners<void>();
  const log: string[] = [];
  let phase: TransportPhase = { tag: 'off' };
  let now = 1000;
  const own: Transport = {
    start: () => void log.push('start'),
    stop: async () => void log.push('stop'),
    retryNow: () => void log.push('retry'),
    probeNow: () => undefined,
    phase: () => phase,
    url: () => (phase.tag === 'up' ? 'ws://127.0.0.1:18789' : null),
    tunnelState: () => ({ tag: 'stopped' }),
    refusal: () => null,
    sshDetails: () => null,
    sshConnection: () => null,
    onDidChange: changes.add,
  };
  const verdicts: ((verdict: PortVerdict) => void)[] = [];
  let due: { ms: number; run: () => void } | null = null;
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const mine = { ms, run };
      due = mine;
      return () => {
        if (due === mine) due = null;
      };
    },
  };
  const transport = attachingTransport({
    own,
    port: 18789,
    look: () => new Promise((resolve) => verdicts.push(resolve)),
    clock,
    random: () => 0,
  });
  transport.start();
  return {
    transport,
    log,
    enter(next: TransportPhase) {
      phase = next;
      changes.announce();
    },
    async say(verdict: PortVerdict) {
      verdicts.shift()?.(verdict);
      await new Promise((resolve) => setImmediate(resolve));
    },
    /** Returns how long it waited. */
    tick() {
      const one = due;
      if (!one) throw new Error('nothing is due');
      due = null;
      now += one.ms;
      one.run();
      return one.ms;
    },
    later(ms: number) {
      now += ms;
    },
    asked: () => verdicts.length,
  };
}

describe('Local mode on a port (R16, R36)', () => {
  it('a free port: Chela’s own Gateway', async () => {
    const { transport, log, enter, say } = setUp();
    expect(transport.phase()).toEqual({ tag: 'starting', step: 'port' });
    expect(log).toEqual([]);
    await say({ tag: 'free' });
    expect(log).toEqual(['start']);
    enter({ tag: 'up' });
    expect(transport.localRun?.()).toEqual({ startedBy: 'chela', sinceMs: 1000, pid: null });
  });

  it('is never idle between the look and the start', async () => {
    const { transport, enter, say } = setUp();
    const seen: string[] = [];
    transport.onDidChange(() => seen.push(transport.phase().tag));
    await say({ tag: 'free' });
    enter({ tag: 'starting', step: 'localGateway' });
    enter({ tag: 'up' });
    expect(seen).toEqual(['starting', 'up']);
  });

  it('a Gateway is used, and not stopped with Chela', async () => {
    const { transport, log, say } = setUp();
    await say(gateway(42));
    expect(transport.phase()).toEqual({ tag: 'up' });
    expect(transport.url()).toBe('ws://127.0.0.1:18789');
    expect(transport.localRun?.()).toEqual({ startedBy: 'another', sinceMs: 1000, pid: 42 });
    await transport.stop();
    expect(log).toEqual(['stop']);
    expect(transport.phase()).toEqual({ tag: 'off' });
  });

  it('a stranger is named and left alone, until somebody asks again', async () => {
    const { transport, log, say } = setUp();
    await say({ tag: 'stranger', error: named });
    expect(transport.phase()).toEqual({ tag: 'failed', error: named });
    transport.retryNow();
    await say({ tag: 'free' });
    expect(log).toEqual(['start']);
  });

  it('when it ends, it has time to come back; then ours takes over, and says so', async () => {
    const { transport, log, say, tick, asked } = setUp();
    await say(gateway(42));
    transport.linkLost?.();
    transport.linkLost?.();
    expect(asked()).toBe(1);
    await say({ tag: 'free' });
    expect(transport.phase()).toMatchObject({
      tag: 'backingOff',
      attempt: 1,
      error: { code: 'ATTACHED_GATEWAY_ENDED', retryable: true, details: { port: 18789 } },
    });
    expect(transport.localRun?.()).toBeNull();
    expect(tick()).toBe(3000);
    expect(log).toEqual([]);
    await say({ tag: 'free' });
    expect(log).toEqual(['start']);
  });

  it('one that announced its restart keeps its place until that takes too long', async () => {
    const { transport, log, say, tick, later } = setUp();
    await say(gateway(42));
    transport.restartAnnounced?.({ expectedMs: 1500, withinMs: 31_500 });
    transport.linkLost?.();
    await say({ tag: 'free' });
    expect(transport.phase()).toEqual({ tag: 'up' });
    expect(tick()).toBe(1000);
    // It listens before it speaks.
    await say({ tag: 'stranger', error: named });
    expect(transport.phase()).toEqual({ tag: 'up' });
    expect(tick()).toBe(1000);
    await say(gateway(42));
    expect(tick()).toBe(10_000);
    later(30_000);
    await say({ tag: 'free' });
    expect(transport.phase()).toMatchObject({
      tag: 'backingOff',
      error: { code: 'ATTACHED_GATEWAY_ENDED' },
    });
    expect(log).toEqual([]);
  });

  it('one that started itself again is used again', async () => {
    const { transport, log, say, tick } = setUp();
    await say(gateway(42));
    transport.linkLost?.();
    await say({ tag: 'free' });
    tick();
    await say(gateway(43));
    expect(transport.localRun?.()).toMatchObject({ startedBy: 'another', pid: 43 });
    expect(log).toEqual([]);
  });

  it('backs off from one that keeps ending, and forgets that after a good while', async () => {
    const { transport, say, tick, later } = setUp();
    const waits: number[] = [];
    await say(gateway(1));
    for (let round = 0; round < 7; round += 1) {
      transport.linkLost?.();
      await say({ tag: 'free' });
      waits.push(tick());
      await say(gateway(1));
    }
    expect(waits).toEqual([3000, 3000, 3000, 3000, 3000, 3200, 6400]);
    later(60_000);
    transport.linkLost?.();
    await say({ tag: 'free' });
    expect(tick()).toBe(3000);
  });

  it('looks from time to time, and learns of another process on the port', async () => {
    const { transport, say, tick } = setUp();
    await say(gateway(42));
    expect(tick()).toBe(10_000);
    await say(gateway(null));
    expect(transport.localRun?.()).toMatchObject({ pid: 42, sinceMs: 1000 });
    tick();
    await say(gateway(50));
    expect(transport.localRun?.()).toMatchObject({ pid: 50, sinceMs: 21_000 });
  });

  it('one that came between the look and the start is used, too', async () => {
    const { transport, log, enter, say } = setUp();
    await say({ tag: 'free' });
    enter({ tag: 'failed', error: taken });
    await say(gateway(42));
    expect(transport.localRun?.()).toMatchObject({ startedBy: 'another', pid: 42 });
    transport.linkLost?.();
    await say({ tag: 'free' });
    transport.retryNow();
    await say({ tag: 'free' });
    expect(log).toEqual(['start', 'retry']);
  });

  it('a port that is taken and free again is no endless search', async () => {
    const { transport, enter, say, asked } = setUp();
    await say({ tag: 'free' });
    enter({ tag: 'failed', error: taken });
    await say({ tag: 'free' });
    expect(transport.phase()).toEqual({ tag: 'failed', error: taken });
    expect(asked()).toBe(0);
  });

  it('drops a verdict that comes after the stop', async () => {
    const { transport, log, say } = setUp();
    await transport.stop();
    await say({ tag: 'free' });
    expect(log).toEqual(['stop']);
    expect(transport.phase()).toEqual({ tag: 'off' });
  });
});
