import { generateKeyPairSync, sign } from 'node:crypto';
import { GatewayClient, type GatewayClientOptions } from '@openclaw/gateway-client';
import type { EventFrame, HelloOk } from '@openclaw/gateway-protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startFaultProxy } from '../../e2e/fixtures/fault-proxy.ts';
import { createFixture, TOKEN } from './test-support/fixture.ts';
import { startModelServer } from './test-support/model-server.ts';

/** The published client, as Chela's own link and other tools use it. */
const fixture = createFixture();
afterEach(() => fixture.cleanUp());

type Identity = { deviceId: string; privateKeyPem: string; publicKeyPem: string };

async function newIdentity(): Promise<Identity> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(raw));
  return {
    deviceId: Buffer.from(digest).toString('hex'),
    privateKeyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicKeyPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
  };
}

type Stored = { token?: string; scopes?: string[] };

function openClient({
  stored = {},
  ...options
}: GatewayClientOptions & { deviceIdentity: Identity; origin?: string; stored?: Stored }) {
  const events: EventFrame[] = [];
  const hellos: HelloOk[] = [];
  const errors: Error[] = [];
  const client = new GatewayClient({
    clientName: 'openclaw-linux',
    mode: 'ui',
    platform: 'linux',
    scopes: ['operator.read', 'operator.write'],
    ...options,
    onHelloOk: (hello) => hellos.push(hello),
    onEvent: (event) => events.push(event),
    onConnectError: (error) => errors.push(error),
    hostDeps: {
      signDevicePayload: (privateKeyPem, payload) =>
        sign(null, Buffer.from(payload), privateKeyPem).toString('base64url'),
      publicKeyRawBase64UrlFromPem: (pem) =>
        Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
          .subarray(-32)
          .toString('base64url'),
      loadDeviceAuthToken: () => (stored.token === undefined ? null : stored),
      storeDeviceAuthToken: ({ token, scopes }) => Object.assign(stored, { token, scopes }),
    },
  });
  fixture.defer(() => client.stop());
  client.start();
  return {
    client,
    stored,
    events,
    hellos,
    errors,
    connected: () => vi.waitFor(() => expect([errors, hellos.length]).toEqual([[], 1])),
    heard: (fits: (payload: Record<string, unknown>) => boolean) =>
      vi.waitFor(
        () => {
          const event = events.find((frame) => fits((frame.payload ?? {}) as Record<string, unknown>));
          if (event === undefined) throw new Error('not yet');
          return event.payload as Record<string, unknown>;
        },
        { timeout: 5_000 },
      ),
  };
}

describe('@openclaw/gateway-client', () => {
  it('pairs, chats and aborts', async () => {
    const model = await startModelServer();
    fixture.defer(model.stop);
    const gateway = await fixture.start({
      model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl },
    });
    const peer = openClient({ url: gateway.url, token: TOKEN, deviceIdentity: await newIdentity() });
    await peer.connected();
    expect(peer.stored).toEqual({
      token: expect.any(String),
      scopes: ['operator.read', 'operator.write'],
    });

    const { client } = peer;
    expect(
      await client.request('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'k1' }),
    ).toEqual({ runId: 'k1', status: 'started' });
    const final = await peer.heard(({ runId, state }) => runId === 'k1' && state === 'final');
    expect(JSON.stringify(final.message)).toContain('Echo: hi');

    model.script = async (_request, answer) => {
      answer.write('partial');
      await answer.closed;
    };
    await client.request('chat.send', { sessionKey: 'main', message: 'more', idempotencyKey: 'k2' });
    await peer.heard(({ runId, state }) => runId === 'k2' && state === 'delta');
    expect(await client.request('chat.abort', { sessionKey: 'main' })).toMatchObject({ aborted: true });
    await peer.heard(({ runId, state }) => runId === 'k2' && state === 'aborted');
    const history = await client.request('chat.history', { sessionKey: 'main' });
    expect(history.totalMessages).toBe(4);
  });

  it('comes back by itself with its device token, and finds the run it left', async () => {
    const model = await startModelServer();
    fixture.defer(model.stop);
    const stateDir = await fixture.stateDir();
    const options = { stateDir, model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl } };
    const deviceIdentity = await newIdentity();
    const gateway = await fixture.start(options);
    const first = openClient({ url: gateway.url, token: TOKEN, deviceIdentity });
    await first.connected();
    first.client.stop();

    const gate = Promise.withResolvers<void>();
    model.script = async (_request, answer) => {
      answer.write('slow');
      await gate.promise;
    };
    const second = openClient({ url: gateway.url, deviceToken: first.stored.token, deviceIdentity });
    await second.connected();
    expect(second.hellos[0]?.auth).toMatchObject({
      method: 'device-token',
      deviceToken: first.stored.token,
    });
    await second.client.request('chat.send', {
      sessionKey: 'main',
      message: 'x',
      idempotencyKey: 'k1',
    });
    await second.heard(({ state }) => state === 'delta');
    second.client.stop();

    const third = openClient({ url: gateway.url, deviceToken: first.stored.token, deviceIdentity });
    await third.connected();
    const history = await third.client.request('chat.history', { sessionKey: 'main' });
    expect(history.inFlightRun).toMatchObject({ runId: 'k1', text: 'slow' });
    gate.resolve();
    await third.heard(({ runId, state }) => runId === 'k1' && state === 'final');
  });

  it('waits for a person, then chats, and a cut brings it back with the token that it stored', async () => {
    const model = await startModelServer();
    fixture.defer(model.stop);
    const gateway = await fixture.start({
      nodes: { pairing: { autoApproveLocal: false } },
      model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl },
    });
    const owner = await fixture.connect(gateway, { scopes: ['operator.admin'] });
    const deviceIdentity = await newIdentity();
    const newcomer = openClient({ url: gateway.url, token: TOKEN, deviceIdentity });
    await vi.waitFor(() => expect(newcomer.errors).not.toEqual([]));
    expect(newcomer.errors[0]).toMatchObject({ details: { code: 'PAIRING_REQUIRED', reason: 'not-paired' } });
    newcomer.client.stop();

    const { pending } = await owner.call('device.pair.list', {});
    const [request] = pending as { requestId: string; deviceId: string }[];
    expect(request?.deviceId).toBe(deviceIdentity.deviceId);
    await owner.call('device.pair.approve', { requestId: request?.requestId });
    const first = openClient({ url: gateway.url, token: TOKEN, deviceIdentity });
    await first.connected();
    expect(first.stored.token).toEqual(expect.any(String));
    first.client.stop();

    const line = await startFaultProxy({ target: { port: gateway.port } });
    fixture.defer(line.stop);
    const peer = openClient({
      url: `ws://127.0.0.1:${line.port}`,
      deviceIdentity,
      stored: first.stored,
    });
    const ask = (message: string, idempotencyKey: string) =>
      peer.client.request('chat.send', { sessionKey: 'main', message, idempotencyKey });
    const answered = (key: string) => peer.heard(({ runId, state }) => runId === key && state === 'final');
    await peer.connected();
    await ask('before', 'k1');
    await answered('k1');
    line.rst();
    await vi.waitFor(() => expect(peer.hellos).toHaveLength(2), { timeout: 10_000 });
    for (const { auth } of peer.hellos) {
      expect(auth).toMatchObject({ method: 'device-token', deviceToken: first.stored.token });
    }
    await ask('after', 'k2');
    expect(JSON.stringify(await answered('k2'))).toContain('Echo: after');
  });

  it('reconnects to a Gateway that came back on the same port', async () => {
    const stateDir = await fixture.stateDir();
    const gateway = await fixture.start({ stateDir });
    const peer = openClient({ url: gateway.url, token: TOKEN, deviceIdentity: await newIdentity() });
    await peer.connected();
    await gateway.stop();
    await fixture.start({ stateDir, port: gateway.port });
    await vi.waitFor(() => expect(peer.hellos).toHaveLength(2), { timeout: 10_000 });
    expect(peer.hellos[1]?.auth.deviceToken).toBe(peer.hellos[0]?.auth.deviceToken);
  });

  it('is told what is wrong in a way it understands', async () => {
    const gateway = await fixture.start();
    const peer = openClient({ url: gateway.url, token: 'wrong', deviceIdentity: await newIdentity() });
    await vi.waitFor(() => expect(peer.errors).not.toEqual([]));
    expect(peer.errors[0]).toMatchObject({ details: { code: 'AUTH_TOKEN_MISMATCH' } });
  });

  it('works as a page on this computer does', async () => {
    const gateway = await fixture.start();
    const peer = openClient({
      url: gateway.url,
      token: TOKEN,
      clientName: 'webchat-ui',
      mode: 'webchat',
      origin: 'http://127.0.0.1:5173',
      deviceIdentity: await newIdentity(),
    });
    await peer.connected();
  });
});
