import { once } from 'node:events';
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RunningGateway } from '../index.ts';
import { createFixture } from '../test-support/fixture.ts';

const fixture = createFixture();
let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await fixture.start();
});
afterEach(() => fixture.cleanUp());

type Answer = { status: number | undefined; headers: IncomingHttpHeaders; body: string };

/** `fetch` does not let a test choose the Host header. */
async function ask(path: string, options: RequestOptions = {}): Promise<Answer> {
  const sent = request({ host: '127.0.0.1', port: gateway.port, path, ...options });
  sent.end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

/** The HTTP status that an upgrade was refused with, or 101. */
async function upgrade(path: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(`${gateway.url}${path}`, { headers });
  fixture.defer(() => socket.terminate());
  return await new Promise((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
  });
}

describe('health endpoints', () => {
  it.each([
    ['/health', { ok: true, status: 'live' }],
    ['/healthz', { ok: true, status: 'live' }],
    ['/ready', { ready: true, failing: [], uptimeMs: expect.any(Number) }],
    ['/readyz', { ready: true, failing: [], uptimeMs: expect.any(Number) }],
    ['/startupz', { ok: true, status: 'started', version: '0.1.0', uptimeMs: expect.any(Number) }],
  ])('GET %s', async (path, body) => {
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.body)).toEqual(body);
  });

  it('answers HEAD without a body', async () => {
    expect(await ask('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  it('refuses POST', async () => {
    expect(await ask('/healthz', { method: 'POST' })).toMatchObject({
      status: 405,
      body: 'Method Not Allowed',
      headers: { allow: 'GET, HEAD' },
    });
  });

  it.each(['/', '/nope', '/v1/models', '/api/nope'])('%s is 404', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: 'Not Found' });
  });
});

describe('only this computer (R2, R23)', () => {
  it('does not listen on any other address', async () => {
    const other = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    // A machine without a network has nothing to be reached on.
    if (other === undefined) return;
    const sent = request({ host: other.address, port: gateway.port, path: '/healthz' });
    sent.end();
    const [error] = await once(sent, 'error');
    expect(error.code).toBe('ECONNREFUSED');
  });

  it.each(['localhost', 'localhost:1', 'LOCALHOST:18789', '127.0.0.1:18790', '127.1.2.3', '[::1]:18789'])(
    'Host %s passes',
    async (host) => {
      expect((await ask('/healthz', { headers: { host } })).status).toBe(200);
      expect(await upgrade('/', { host })).toBe(101);
    },
  );

  it.each([
    'evil.example',
    'evil.example:18789',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'user@localhost',
    '192.168.1.5',
    'localhost/x',
  ])('Host "%s" is refused', async (host) => {
    expect((await ask('/healthz', { headers: { host } })).status).toBe(403);
    expect(await upgrade('/', { host })).toBe(403);
  });

  it.each(['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'x-real-ip', 'tailscale-user-login'])(
    'a request with %s came through a proxy: refused, but for a bare sign of life',
    async (name) => {
      const headers = { [name]: '127.0.0.1' };
      const answer = await ask('/v1/models', { headers });
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ error: { type: 'proxy_attribution_required' } });
      expect(await upgrade('/', headers)).toBe(403);
      expect(JSON.parse((await ask('/readyz', { headers })).body)).toEqual({ ready: true });
      expect(JSON.parse((await ask('/startupz', { headers })).body)).toEqual({ ok: true, status: 'started' });
    },
  );

  it('upgrades on / only', async () => {
    expect(await upgrade('/')).toBe(101);
    expect(await upgrade('/?a=b')).toBe(101);
    expect(await upgrade('/ws')).toBe(404);
  });
});

describe('failing to listen', () => {
  it('PORT_IN_USE names the port', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    fixture.defer(() => squatter.close());
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    await expect(fixture.start({ port })).rejects.toMatchObject({
      name: 'AppErrorException',
      error: { code: 'PORT_IN_USE', details: { port } },
    });
  });

  it('lets go of the database when it can not listen', async () => {
    const stateDir = await fixture.stateDir();
    await expect(fixture.start({ port: gateway.port, stateDir })).rejects.toThrow('PORT_IN_USE');
    await fixture.start({ stateDir });
  });
});
