import { describe, expect, it } from 'vitest';
import type { TransportPhase } from '../../shared/connection/connection-state.ts';
import { appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { createListeners } from '../listeners.ts';
import type { AdoptVerdict } from '../port-holder/adopt.ts';
import { adoptingTransport } from './adopting-transport.ts';
import type { Transport } from './transport.ts';

const taken = appError('PORT_IN_USE', 'taken', { details: { port: 18789 } });
const named = appError('PORT_IN_USE_BY', 'node', {
  details: { port: 18789, pid: 7, command: 'node', suggestedPort: 50000 },
});

function setUp(awaitService?: (signal: AbortSignal) => Promise<void>) {
  const changes = createListeners<void>();
  let phase: TransportPhase = { tag: 'off' };
  let starts = 0;
  let retries = 0;
  const tunnel: Transport = {
    start: () => {
      starts += 1;
    },
    stop: async () => undefined,
    retryNow: () => {
      retries += 1;
    },
    probeNow: () => undefined,
    phase: () => phase,
    url: () => null,
    tunnelState: () => ({ tag: 'stopped' }),
    refusal: () => null,
    sshDetails: () => null,
    sshConnection: () => null,
    onDidChange: changes.add,
  };
  const verdicts: ((verdict: AdoptVerdict) => void)[] = [];
  let due: (() => void) | null = null;
  const clock: Clock = {
    now: () => 5,
    after(_ms, run) {
      due = run;
      return () => {
        due = null;
      };
    },
  };
  const explain = () => new Promise<AdoptVerdict>((resolve) => verdicts.push(resolve));
  const transport = adoptingTransport({ tunnel, port: 18789, explain, awaitService, clock });
  transport.start();
  return {
    transport,
    enter(next: TransportPhase) {
      phase = next;
      changes.announce();
    },
    async say(verdict: AdoptVerdict) {
      verdicts.shift()?.(verdict);
      await new Promise((resolve) => setImmediate(resolve));
    },
    tick: () => due?.(),
    asked: () => verdicts.length,
    retries: () => retries,
    starts: () => starts,
    isWaiting: () => due !== null,
  };
}

describe('adopting the persistent tunnel (R36)', () => {
  it('leaves a tunnel alone whose port was free', () => {
    const { transport, enter, asked } = setUp();
    enter({ tag: 'up' });
    expect(transport.phase()).toEqual({ tag: 'up' });
    expect(asked()).toBe(0);
  });

  it('uses our own persistent tunnel where it holds the port', async () => {
    const { transport, enter, say } = setUp();
    enter({ tag: 'failed', error: taken });
    expect(transport.phase()).toEqual({ tag: 'starting', step: 'port' });
    await say({ tag: 'adopt', pid: 7 });
    expect(transport.phase()).toEqual({ tag: 'up' });
    expect(transport.url()).toBe('ws://127.0.0.1:18789');
    expect(transport.tunnelState()).toMatchObject({ tag: 'up', owner: 'service', sinceMs: 5 });
  });

  it('takes over when that one is gone', async () => {
    const { transport, enter, say, tick, retries } = setUp();
    enter({ tag: 'failed', error: taken });
    await say({ tag: 'adopt', pid: 7 });
    tick();
    await say({ tag: 'adopt', pid: 7 });
    expect(transport.phase()).toEqual({ tag: 'up' });
    tick();
    await say({ tag: 'busy', error: named });
    expect(retries()).toBe(1);
    expect(transport.tunnelState()).toEqual({ tag: 'stopped' });
  });

  it('names a stranger, asks once, and tries again only when told', async () => {
    const { transport, enter, say, asked, retries } = setUp();
    enter({ tag: 'failed', error: taken });
    enter({ tag: 'failed', error: taken });
    expect(asked()).toBe(1);
    await say({ tag: 'busy', error: named });
    expect(transport.phase()).toEqual({ tag: 'failed', error: named });
    transport.retryNow();
    expect(retries()).toBe(1);
  });

  it('drops a verdict that comes after stop, and leaves no timer', async () => {
    const { transport, enter, say, isWaiting } = setUp();
    enter({ tag: 'failed', error: taken });
    await transport.stop();
    await say({ tag: 'adopt', pid: 7 });
    expect(transport.phase()).toEqual({ tag: 'starting', step: 'port' });
    expect(isWaiting()).toBe(false);
  });
});

describe('R36 a persistent tunnel that is on its way', () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('gets the port first, at the start and when the system starts it again', async () => {
    const waits: (() => void)[] = [];
    const { transport, enter, say, tick, starts, retries } = setUp(
      () => new Promise((resolve) => waits.push(resolve)),
    );
    expect(transport.tunnelState()).toEqual({ tag: 'starting', step: 'port' });
    transport.probeNow();
    expect([starts(), retries()]).toEqual([0, 0]);
    waits.shift()?.();
    await settled();
    expect(starts()).toBe(1);
    enter({ tag: 'failed', error: taken });
    await say({ tag: 'adopt', pid: 7 });
    expect(transport.tunnelState()).toMatchObject({ owner: 'service' });
    tick();
    await say({ tag: 'busy', error: named });
    expect(transport.tunnelState()).toEqual({ tag: 'starting', step: 'port' });
    expect([waits.length, retries()]).toEqual([1, 0]);
    waits.shift()?.();
    await settled();
    expect([starts(), retries()]).toEqual([1, 1]);
  });

  it('is not waited for by who wants it tried now, nor after the end', async () => {
    const waits: (() => void)[] = [];
    const signals: AbortSignal[] = [];
    const wait = (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        signals.push(signal);
        waits.push(resolve);
      });
    const eager = setUp(wait);
    eager.transport.retryNow();
    expect(eager.starts()).toBe(1);
    waits.shift()?.();
    await settled();
    expect([eager.starts(), eager.retries()]).toEqual([1, 0]);

    const ended = setUp(wait);
    await ended.transport.stop();
    expect(signals.at(-1)?.aborted).toBe(true);
    waits.shift()?.();
    await settled();
    expect(ended.starts()).toBe(0);
  });
});
