import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { handshake } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

/** A Gateway whose start waits for the tailnet, and whose end waits for it to take the route away. */
async function startSlowly() {
  const port = await freePort();
  const daemon = Promise.withResolvers<string>();
  const isReleasing = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const isAsked = Promise.withResolvers<void>();
  const starting = fixture.start({
    port,
    tailscale: { mode: 'serve' },
    tailscaleCli: {
      backendState() {
        isAsked.resolve();
        return daemon.promise;
      },
      whois: async () => null,
      serve: async () => ({
        ended: new Promise<string>(() => {}),
        release() {
          isReleasing.resolve();
          return released.promise;
        },
      }),
    },
  });
  await isAsked.promise;
  return { port, daemon, starting, isReleasing: isReleasing.promise, release: released.resolve };
}

const knock = async (port: number) => {
  const { client, response } = await handshake({ url: `ws://127.0.0.1:${port}`, auth: { token: TOKEN } });
  fixture.defer(() => client.socket.terminate());
  return { response, closed: client.closed };
};

const ask = async (port: number, path: string) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  return [response.status, await response.json()];
};

describe('close code 1013 (R1)', () => {
  it('whoever comes while it starts is told to come again, and nobody is let in', async () => {
    const { port, daemon, starting, release } = await startSlowly();
    release();
    const { response, closed } = await knock(port);
    expect(response).toMatchObject({
      ok: false,
      error: {
        code: 'UNAVAILABLE',
        message: 'gateway starting; retry shortly',
        retryable: true,
        retryAfterMs: 500,
        details: { reason: 'startup-sidecars' },
      },
    });
    expect(await closed).toEqual({ code: 1013, reason: 'gateway starting' });
    expect(await ask(port, '/healthz')).toMatchObject([200, { ok: true }]);
    expect(await ask(port, '/readyz')).toMatchObject([503, { ready: false, failing: ['startup-sidecars'] }]);
    expect(await ask(port, '/startupz')).toMatchObject([
      503,
      { ok: false, status: 'starting', pendingReason: 'startup-sidecars' },
    ]);
    expect(await ask(port, '/tools/invoke')).toMatchObject([503, { error: { type: 'unavailable' } }]);

    daemon.resolve('Running');
    await starting;
    expect((await knock(port)).response.ok).toBe(true);
    expect(await ask(port, '/readyz')).toMatchObject([200, { ready: true, failing: [] }]);
  });

  it('whoever comes while it stops is told so; who is in may ask for nothing more', async () => {
    const { port, daemon, starting, isReleasing, release } = await startSlowly();
    daemon.resolve('Running');
    const gateway = await starting;
    const client = await fixture.connect(gateway);
    const stopped = gateway.stop();
    await isReleasing;

    const refusal = (method: string) => ({
      code: 'UNAVAILABLE',
      message: `${method} unavailable during gateway restart`,
      retryable: true,
      retryAfterMs: 1000,
      details: { method, reason: 'gateway-restarting', phase: 'accepting' },
    });
    const { response, closed } = await knock(port);
    expect(response.error).toEqual(refusal('connect'));
    expect(await closed).toEqual({ code: 1013, reason: 'gateway restart in progress' });
    expect((await client.request('health')).error).toEqual(refusal('health'));
    expect(await ask(port, '/healthz')).toMatchObject([200, { ok: true }]);
    expect(await ask(port, '/readyz')).toMatchObject([503, { ready: false, failing: ['gateway-draining'] }]);
    expect(await ask(port, '/startupz')).toMatchObject([503, { ok: false, status: 'draining' }]);

    release();
    await stopped;
    expect((await client.closed).code).toBe(1012);
  });
});
