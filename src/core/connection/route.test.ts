import { describe, expect, it } from 'vitest';
import type { TransportPhase } from '../../shared/connection/connection-state.ts';
import type { TunnelState } from '../../shared/connection/tunnel-state.ts';
import type { Health } from '../../shared/contract/snapshot.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import type { HealthMonitor } from '../health/monitor.ts';
import type { GatewayLink, LinkState } from '../link/gateway-link.ts';
import type { GatewayEvent } from '../link/link-attempt.ts';
import { createListeners } from '../listeners.ts';
import { createGatewayRoute } from './route.ts';
import type { Transport } from './transport.ts';

const lost = appError('SSH_CLOSED', 'lost');
const unreachable = appError('GATEWAY_UNREACHABLE', 'closed before hello');
const open: LinkState = {
  tag: 'open',
  sinceMs: 7,
  version: '1',
  mainSessionKey: 'agent:main:main',
  authMethod: 'token',
  scopes: [],
  server: {},
};

function setUp() {
  const transportChanges = createListeners<void>();
  let phase: TransportPhase = { tag: 'off' };
  let refusal: AppError | null = null;
  let tunnel: TunnelState = { tag: 'stopped' };
  let startedBy: 'chela' | 'another' | null = null;
  const log: string[] = [];
  const transport: Transport = {
    start: () => void log.push('transport start'),
    stop: async () => void log.push('transport stop'),
    retryNow: () => void log.push('transport retry'),
    phase: () => phase,
    url: () => (phase.tag === 'off' ? null : 'ws://127.0.0.1:1'),
    tunnelState: () => tunnel,
    refusal: () => refusal,
    sshDetails: () => null,
    localRun: () => startedBy && { startedBy, sinceMs: 0, pid: null },
    probeNow: () => void log.push('transport probe'),
    restartAnnounced: ({ expectedMs }) => void log.push(`transport restarts in ${expectedMs}`),
    sshConnection: () => null,
    onDidChange: transportChanges.add,
  };

  const links: { enter(state: LinkState): void; hear(event: GatewayEvent): void }[] = [];
  let health: Health | null = null;
  const route = createGatewayRoute({
    transport,
    kind: 'openclaw',
    keyOf: (isAttached) => (isAttached ? 'theirs' : 'ours'),
    makeLink: () => {
      const changes = createListeners<LinkState>();
      const events = createListeners<GatewayEvent>();
      let state: LinkState = { tag: 'closed' };
      const number = links.length + 1;
      links.push({
        enter(next) {
          state = next;
          changes.announce(next);
        },
        hear: events.announce,
      });
      const link: Partial<GatewayLink> = {
        start: () => void log.push(`link ${number} start`),
        stop: async () => void log.push(`link ${number} stop`),
        retryNow: () => void log.push(`link ${number} retry`),
        state: () => state,
        onDidChange: changes.add,
        onEvent: events.add,
      };
      return link as GatewayLink;
    },
    makeHealth: () => {
      const monitor: Partial<HealthMonitor> = {
        start: () => undefined,
        stop: () => undefined,
        last: () => health,
        onDidChange: () => () => undefined,
      };
      return monitor as HealthMonitor;
    },
  });
  route.start();
  return {
    route,
    log,
    links,
    enter(next: TransportPhase) {
      phase = next;
      transportChanges.announce();
    },
    swap(sinceMs: number) {
      tunnel = { tag: 'up', localPort: 1, owner: 'app', sinceMs, suspectSinceMs: null };
      transportChanges.announce();
    },
    run: (by: typeof startedBy) => {
      startedBy = by;
    },
    refuse: (error: AppError | null) => {
      refusal = error;
    },
    setHealth: (next: Health) => {
      health = next;
    },
    connection: () => route.state().connection,
  };
}

describe('route', () => {
  it('opens the link when the transport is up, and tells the endpoint once the link was open', () => {
    const { enter, links, route, log } = setUp();
    enter({ tag: 'starting', step: 'tcp' });
    expect(links).toHaveLength(0);
    enter({ tag: 'up' });
    expect(log).toEqual(['transport start', 'link 1 start']);
    expect(route.state()).toMatchObject({ endpoint: null, gateway: null });
    links[0]?.enter(open);
    expect(route.state()).toMatchObject({
      connection: { tag: 'connected', sinceMs: 7 },
      endpoint: { url: 'ws://127.0.0.1:1', epoch: 1 },
      gateway: { version: '1', kind: 'openclaw' },
    });
  });

  it('names the Gateway of its link until another one has a link (R8)', () => {
    const { enter, route, run } = setUp();
    expect(route.state().gatewayKey).toBeNull();
    run('another');
    enter({ tag: 'up' });
    expect(route.state().gatewayKey).toBe('theirs');
    run(null);
    enter({ tag: 'backingOff', attempt: 1, retryAt: 5, error: lost });
    expect(route.state().gatewayKey).toBe('theirs');
    run('chela');
    enter({ tag: 'up' });
    expect(route.state()).toMatchObject({ gatewayKey: 'ours' });
  });

  it('tells the transport of a restart, which explains more than a forward that finds nobody (R6)', () => {
    const { enter, links, refuse, log, connection } = setUp();
    enter({ tag: 'up' });
    links[0]?.enter(open);
    links[0]?.hear({ event: 'shutdown', payload: { reason: 'update', restartExpectedMs: 1500 } });
    expect(log.at(-1)).toBe('transport restarts in 1500');
    refuse(appError('FORWARD_NOTHING_LISTENING', 'nobody'));
    const error = appError('GATEWAY_RESTARTING', 'closed');
    links[0]?.enter({ tag: 'waiting', attempt: 1, retryAt: 5, error });
    expect(connection()).toMatchObject({ tag: 'reconnecting', error: { code: 'GATEWAY_RESTARTING' } });
    links[0]?.enter({ tag: 'connecting' });
    expect(connection()).toMatchObject({ tag: 'reconnecting', error: { code: 'GATEWAY_RESTARTING' } });
  });

  it('keeps the endpoint through a drop and hurries the link when the transport is back', () => {
    const { enter, links, route, log, connection } = setUp();
    enter({ tag: 'up' });
    links[0]?.enter(open);
    enter({ tag: 'backingOff', attempt: 1, retryAt: 5, error: lost });
    expect(connection()).toMatchObject({ tag: 'reconnecting', retryAt: 5, error: lost });
    expect(route.state().endpoint?.epoch).toBe(1);
    enter({ tag: 'starting', step: 'tcp' });
    expect(connection()).toEqual({ tag: 'reconnecting', attempt: 1, retryAt: null, error: lost });
    enter({ tag: 'up' });
    expect(log.at(-1)).toBe('link 1 retry');
    expect(links).toHaveLength(1);
    expect(route.state().endpoint?.epoch).toBe(2);
  });

  it('hurries the link and WebChat when a second connection took over', () => {
    const { enter, swap, links, route, log } = setUp();
    enter({ tag: 'up' });
    links[0]?.enter(open);
    swap(100);
    const before = route.state().endpoint?.epoch ?? 0;
    swap(100);
    expect(route.state().endpoint?.epoch).toBe(before);
    swap(200);
    expect(route.state().endpoint?.epoch).toBe(before + 1);
    expect(log.at(-1)).toBe('link 1 retry');
  });

  it('names what the far side of the transport said instead of what the link saw', () => {
    const { enter, links, refuse, connection } = setUp();
    const nothing = appError('FORWARD_NOTHING_LISTENING', 'refused', {
      details: { port: 1, host: 'studio' },
    });
    enter({ tag: 'up' });
    refuse(nothing);
    links[0]?.enter({ tag: 'waiting', attempt: 1, retryAt: 9, error: unreachable });
    expect(connection()).toEqual({ tag: 'reconnecting', attempt: 1, retryAt: 9, error: nothing });
  });

  it('stops the link for a permanent refusal and starts another one when asked', () => {
    const { enter, links, refuse, connection, log, route } = setUp();
    const prohibited = appError('FORWARD_PROHIBITED', 'no', { details: { port: 1, host: 'studio' } });
    enter({ tag: 'up' });
    refuse(prohibited);
    links[0]?.enter({ tag: 'waiting', attempt: 1, retryAt: 9, error: unreachable });
    expect(connection()).toEqual({ tag: 'failed', error: prohibited });
    expect(log).toContain('link 1 stop');
    refuse(null);
    route.retryNow();
    links[1]?.enter(open);
    expect(connection()).toMatchObject({ tag: 'connected' });
  });

  it.each([
    ['waits', { tag: 'backingOff', attempt: 2, retryAt: 1, error: lost }, 'transport retry'],
    ['has failed', { tag: 'failed', error: lost }, 'transport retry'],
    ['is up', { tag: 'up' }, 'link 1 retry'],
  ] as [string, TransportPhase, string][])(
    'retries what is in the way when the transport %s',
    (_name, phase, expected) => {
      const { enter, route, log } = setUp();
      enter({ tag: 'up' });
      enter(phase);
      route.retryNow();
      expect(log.at(-1)).toBe(expected);
    },
  );

  it('asks the transport after a wake-up, and hurries a link that waits, not one that was refused', () => {
    const { enter, links, route, log } = setUp();
    enter({ tag: 'up' });
    links[0]?.enter({ tag: 'waiting', attempt: 1, retryAt: 9, error: unreachable });
    route.probeNow();
    expect(log.slice(-2)).toEqual(['transport probe', 'link 1 retry']);
    links[0]?.enter({ tag: 'failed', error: unreachable });
    route.probeNow();
    expect(log.at(-1)).toBe('transport probe');
  });

  it('is degraded while the health check fails', () => {
    const { enter, links, setHealth, connection } = setUp();
    enter({ tag: 'up' });
    links[0]?.enter(open);
    setHealth({ checkedAtMs: 1, ok: false, rttMs: null, error: unreachable });
    expect(connection()).toEqual({ tag: 'degraded', sinceMs: 7, error: unreachable });
  });

  it('says nothing any more after stop', async () => {
    const { enter, links, route, log } = setUp();
    enter({ tag: 'up' });
    let heard = 0;
    route.onDidChange(() => {
      heard += 1;
    });
    await route.stop();
    expect(log.slice(-2)).toEqual(['link 1 stop', 'transport stop']);
    links[0]?.enter(open);
    enter({ tag: 'up' });
    expect(heard).toBe(0);
    expect(links).toHaveLength(1);
  });
});
