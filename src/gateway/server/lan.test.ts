import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../index.ts';
import type { walkWorld } from '../test-support/admission/walk.ts';
import type { Knock, Order } from '../test-support/lan-peer.ts';

/**
 * Binds that are not loopback, in network namespaces made here: a Gateway at 10.99.0.1, callers at that address, at
 * loopback, and at 10.99.0.2 of a second namespace. Only root on Linux may make them, and where it cannot the tests fail.
 */
const gatewaySpace = `chela-gw-${process.pid}`;
const callerSpace = `chela-caller-${process.pid}`;
const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });

const impossible =
  process.platform !== 'linux'
    ? 'only Linux has network namespaces'
    : process.getuid?.() !== 0
      ? 'only root may make a network namespace: run it with sudo'
      : null;

const peers = new Map<string, ReturnType<typeof startPeer>>();

beforeAll(() => {
  if (impossible !== null) return;
  ip('netns', 'add', gatewaySpace);
  ip('netns', 'add', callerSpace);
  const [ours, theirs] = ['chela0', 'chela1'];
  ip(
    'link',
    'add',
    ours,
    'netns',
    gatewaySpace,
    'type',
    'veth',
    'peer',
    'name',
    theirs,
    'netns',
    callerSpace,
  );
  for (const [space, link, address] of [
    [gatewaySpace, ours, '10.99.0.1/24'],
    [callerSpace, theirs, '10.99.0.2/24'],
  ] as const) {
    ip('-n', space, 'link', 'set', 'lo', 'up');
    ip('-n', space, 'addr', 'add', address, 'dev', link);
    ip('-n', space, 'link', 'set', link, 'up');
  }
  ip('-n', gatewaySpace, 'addr', 'add', '100.64.7.7/32', 'dev', ours);
  for (const space of [gatewaySpace, callerSpace]) peers.set(space, startPeer(space));
});
afterAll(async () => {
  for (const peer of peers.values()) await peer.end();
  if (impossible !== null) return;
  for (const space of [gatewaySpace, callerSpace]) ip('netns', 'del', space);
});
beforeEach(({ skip }) => {
  if (impossible !== null) skip(impossible);
});

const PORT = 18_789;
const script = join(import.meta.dirname, '..', 'test-support', 'lan-peer.ts');

/** The peer script inside a namespace. */
function startPeer(space: string) {
  const child = spawn('ip', ['netns', 'exec', space, process.execPath, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async obey(order: Order): Promise<unknown> {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const { value } = await lines.next();
      return JSON.parse(value ?? '"it has ended"');
    },
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}

describe('a Gateway on the network (R23, R25, R28)', () => {
  const withGateway = async (options: Partial<GatewayOptions>, use: () => Promise<void>) => {
    const { obey } = peers.get(gatewaySpace) ?? expect.fail('no peer');
    expect(await obey({ task: 'serve', options: { ...options, port: PORT } })).toBe('listening');
    await use().finally(() => obey({ task: 'stop' }));
  };
  /** Knocks from a namespace, once per host and client. */
  const attempt = async (space: string, ...knocks: (readonly [host: string, client: Knock])[]) => {
    const { obey } = peers.get(space) ?? expect.fail('no peer');
    return obey({
      task: 'attempt',
      knocks: knocks.map(([host, client]) => [`ws://${host}:${PORT}`, client]),
    });
  };
  const secret = { token: 'a-shared-token-for-tests' };
  const backend = { id: 'gateway-client', mode: 'backend', auth: secret };
  const app = { id: 'openclaw-linux', mode: 'ui', auth: secret, device: true };
  const page = { id: 'webchat-ui', mode: 'webchat', auth: secret, origin: 'http://localhost:5173' };
  const rebound = { host: `rebound.example:${PORT}` };
  const refusedOrigin = 'INVALID_REQUEST CONTROL_UI_ORIGIN_NOT_ALLOWED origin not allowed';
  const needsPairing = 'NOT_PAIRED PAIRING_REQUIRED not-paired';
  const inAs = (method: string, scopes: string) => `in ${method} operator ${scopes}`;

  it('lan: other computers get in with the secret, but are no local tools and are not paired silently', async () => {
    await withGateway({ bind: 'lan' }, async () => {
      const headers = { 'x-forwarded-for': '203.0.113.7' };
      expect(
        await attempt(
          callerSpace,
          ['10.99.0.1', backend],
          ['10.99.0.1', { ...backend, auth: null }],
          ['10.99.0.1', app],
          ['10.99.0.1', { ...backend, headers }],
          ['10.99.0.1', page],
          ['10.99.0.1', { ...page, origin: `http://10.99.0.1:${PORT}` }],
          ['10.99.0.1', { ...page, origin: `http://${rebound.host}`, headers: rebound }],
        ),
      ).toEqual([
        inAs('token', '-'),
        'NOT_PAIRED DEVICE_IDENTITY_REQUIRED',
        needsPairing,
        'http 403 proxy_attribution_required',
        refusedOrigin,
        refusedOrigin,
        refusedOrigin,
      ]);
      // This computer by its network address is a stranger too (doc); by loopback it is not.
      expect(await attempt(gatewaySpace, ['10.99.0.1', app], ['127.0.0.1', app])).toEqual([
        needsPairing,
        inAs('token', 'operator.read,operator.write'),
      ]);
    });
  });

  it('loopback: nobody else can even connect, and a name that was rebound to it is refused', async () => {
    await withGateway({ bind: 'loopback' }, async () => {
      expect(await attempt(callerSpace, ['10.99.0.1', backend])).toEqual(['no connection']);
      expect(
        await attempt(
          gatewaySpace,
          ['127.0.0.1', { ...app, headers: rebound }],
          ['127.0.0.1', { ...page, origin: `http://${rebound.host}`, headers: rebound }],
        ),
      ).toEqual(['http 403 host_not_allowed', 'http 403 host_not_allowed']);
    });
  });

  it.each<[GatewayOptions['bind'] & string, Partial<GatewayOptions>, string, string]>([
    ['tailnet', {}, '100.64.7.7', '10.99.0.1'],
    ['custom', { customBindHost: '10.99.0.1' }, '10.99.0.1', '100.64.7.7'],
  ])('%s: its address and loopback, no other', async (bind, options, bound, other) => {
    await withGateway({ bind, ...options }, async () => {
      expect(await attempt(gatewaySpace, [bound, backend], ['127.0.0.1', backend], [other, backend])).toEqual(
        [inAs('token', '-'), inAs('token', 'operator.read,operator.write'), 'no connection'],
      );
    });
  });

  // The other worlds of the matrix need no network of their own.
  it('the admission matrix of a tailnet', { timeout: 120_000 }, async () => {
    const { obey } = peers.get(gatewaySpace) ?? expect.fail('no peer');
    const order: Order = { task: 'walk', world: 'tailnet' };
    const { walked, differences } = (await obey(order)) as Awaited<ReturnType<typeof walkWorld>>;
    expect(walked).toBeGreaterThan(40);
    expect(differences).toEqual({});
  });

  it('trusted-proxy: the proxy of another computer vouches, a program of this one cannot', async () => {
    const auth: GatewayOptions['auth'] = {
      mode: 'trusted-proxy',
      trustedProxy: { userHeader: 'x-user', requiredHeaders: [], allowUsers: [], allowLoopback: false },
    };
    await withGateway({ bind: 'lan', trustedProxies: ['10.99.0.0/24'], auth }, async () => {
      const headers = { 'x-user': 'ann', 'x-forwarded-for': '203.0.113.7' };
      const client = { ...app, auth: null, headers };
      expect(
        await attempt(callerSpace, ['10.99.0.1', client], ['10.99.0.1', { ...client, device: false }]),
      ).toEqual([needsPairing, inAs('trusted-proxy', '-')]);
      expect(await attempt(gatewaySpace, ['10.99.0.1', client])).toEqual([
        'INVALID_REQUEST AUTH_UNAUTHORIZED trusted_proxy_local_interface_source',
      ]);
    });
  });
});
