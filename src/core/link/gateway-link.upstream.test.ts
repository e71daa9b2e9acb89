import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import {
  countingText,
  DEFAULT_ANSWER,
  type ModelServer,
  startModelServer,
} from '../../../e2e/fixtures/model-server.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../../e2e/fixtures/upstream-gateway.ts';
import { type DeviceIdentity, loadDeviceIdentity } from '../device/device-identity.ts';
import { createMemoryDeviceTokens, type DeviceTokens } from '../device/device-tokens.ts';
import { createHealthMonitor } from '../health/monitor.ts';
import {
  createGatewayLink,
  type GatewayLink,
  type GatewayLinkOptions,
  type LinkState,
} from './gateway-link.ts';
import { OPERATOR_SCOPES } from './operator.ts';
import { openRelay } from './relay.ts';
import { buildWebchatConnectParams, forgetAfterRefusal } from './webchat-connect.ts';

const TOKEN = 'upstream-test-token';
const PAGE_ORIGIN = 'http://127.0.0.1:12345';

let model: ModelServer;
let gateway: UpstreamGateway;
let workDir: string;
let early: { states: LinkState[]; link: GatewayLink };
const ends: (() => Promise<void> | void)[] = [];

async function newDevice(): Promise<DeviceIdentity> {
  const loaded = await loadDeviceIdentity(mkdtempSync(join(workDir, 'device-')));
  if (!loaded.ok) throw new Error(loaded.error.code);
  return loaded.value.identity;
}

function makeLink(options: Partial<GatewayLinkOptions> & Pick<GatewayLinkOptions, 'device'>): GatewayLink {
  const link = createGatewayLink({
    url: gateway?.url,
    gatewayKey: 'real',
    credentials: { token: TOKEN },
    deviceTokens: createMemoryDeviceTokens(),
    version: '0.1.0',
    retry: false,
    ...options,
  });
  ends.push(() => link.stop());
  return link;
}

async function settled(link: GatewayLink): Promise<LinkState> {
  if (link.state().tag === 'closed') link.start();
  await expect.poll(() => link.state().tag, { timeout: 90_000 }).not.toBe('connecting');
  return link.state();
}

async function refused(options: Parameters<typeof makeLink>[0]) {
  const state = await settled(makeLink(options));
  if (state.tag !== 'failed') throw new Error(`it is ${state.tag}`);
  expect(JSON.stringify(state.error)).not.toContain(TOKEN);
  return state.error;
}

beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'chela-link-'));
  model = await startModelServer();
  const port = await freePort();
  // A link that is already there before the Gateway is: it has to see the start through.
  const link = createGatewayLink({
    url: `ws://127.0.0.1:${port}`,
    gatewayKey: 'early',
    credentials: { token: TOKEN },
    device: await newDevice(),
    deviceTokens: createMemoryDeviceTokens(),
    version: '0.1.0',
  });
  early = { link, states: [] };
  link.onDidChange((state) => early.states.push(state));
  link.start();
  // Else an agent may change everything by itself.
  const config = { tools: { exec: { mode: 'ask' } } };
  gateway = await startUpstreamGateway({ modelPort: model.port, token: TOKEN, port, config });
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(async () => {
  await early?.link.stop();
  await gateway?.stop();
  await model?.stop();
  rmSync(workDir, { recursive: true, force: true });
});

describe('the link to a real OpenClaw Gateway', () => {
  test('a link that was there first sees the start through', async () => {
    await expect.poll(() => early.link.state().tag, { timeout: 90_000 }).toBe('open');
    const errors = early.states.flatMap((state) => ('error' in state ? [state.error.code] : []));
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.filter((code) => code !== 'GATEWAY_UNREACHABLE' && code !== 'GATEWAY_STARTING')).toEqual(
      [],
    );
    expect(early.states.map(({ tag }) => tag)).not.toContain('failed');
  });

  test('R6: the right token opens it, with every scope WebChat may need', async () => {
    const state = await settled(makeLink({ device: await newDevice() }));
    expect(state).toMatchObject({
      tag: 'open',
      version: '2026.9.6',
      mainSessionKey: 'agent:main:main',
      authMethod: 'token',
      scopes: OPERATOR_SCOPES,
      server: { controlUiBuildSource: 'bundled' },
    });
  });

  test('the device token is enough the second time', async () => {
    const device = await newDevice();
    const deviceTokens = createMemoryDeviceTokens();
    const first = makeLink({ device, deviceTokens });
    await settled(first);
    await first.stop();
    const again = await settled(makeLink({ device, deviceTokens, credentials: {} }));
    expect(again).toMatchObject({ tag: 'open', authMethod: 'device-token', scopes: OPERATOR_SCOPES });
    const elsewhere = makeLink({ device, deviceTokens, credentials: {}, gatewayKey: 'elsewhere' });
    expect(await settled(elsewhere)).toMatchObject({ error: { code: 'GATEWAY_TOKEN_MISSING' } });
  });

  test('a stale device token gives way to the shared token, once', async () => {
    const device = await newDevice();
    const deviceTokens = createMemoryDeviceTokens();
    const stale = { token: 'stale', scopes: OPERATOR_SCOPES };
    deviceTokens.set('real', 'operator', stale);
    expect(await settled(makeLink({ device, deviceTokens }))).toMatchObject({
      tag: 'open',
      authMethod: 'token',
    });
    expect(deviceTokens.get('real', 'operator')?.token).not.toBe('stale');

    deviceTokens.set('real', 'operator', stale);
    const error = await refused({ device, deviceTokens, credentials: { token: 'wrong' } });
    expect(error.code).toBe('GATEWAY_TOKEN_MISMATCH');
    expect(deviceTokens.get('real', 'operator')).toBeNull();
  });

  test('R7: wrong, missing and changed are different errors', async () => {
    const device = await newDevice();
    expect(await refused({ device, credentials: { token: 'wrong' } })).toMatchObject({
      code: 'GATEWAY_TOKEN_MISMATCH',
      retryable: false,
    });
    expect((await refused({ device, credentials: {} })).code).toBe('GATEWAY_TOKEN_MISSING');
    await settled(makeLink({ device, platform: 'linux' }));
    const changed = await refused({ device, platform: 'darwin' });
    expect(changed).toMatchObject({
      code: 'GATEWAY_PAIRING_REQUIRED',
      details: { reason: 'metadata-upgrade', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    const badSignature = { ...device, sign: (text: string) => device.sign(`${text} `) };
    expect((await refused({ device: badSignature, platform: 'linux' })).code).toBe('GATEWAY_DEVICE_REFUSED');
  });

  test('health answers, and what it does not know is refused', async () => {
    const link = makeLink({ device: await newDevice() });
    await settled(link);
    const monitor = createHealthMonitor({ link });
    expect(await monitor.check()).toMatchObject({ ok: true, error: null, rttMs: expect.any(Number) });
    expect(await link.request('no.such.method', {})).toMatchObject({
      ok: false,
      error: { code: 'GATEWAY_REQUEST_FAILED', details: { gatewayCode: 'INVALID_REQUEST' } },
    });
  });
});

type Frame = {
  type: string;
  id?: string;
  event?: string;
  ok?: boolean;
  payload?: { nonce: string; ts: number } & Record<string, unknown>;
  error?: { message: string; details?: { code?: string } };
};
type Pipe = { send(text: string): void; close(): void };

/** What a page does with the connect parameters it gets, on either transport. */
async function openPage(
  parts: { device: DeviceIdentity; deviceTokens: DeviceTokens; credentials?: { token?: string } },
  transport: 'direct' | 'relay',
  origin = PAGE_ORIGIN,
) {
  const events: Frame[] = [];
  const answers = new Map<string, (frame: Frame) => void>();
  const sent: string[] = [];
  let connect = (_challenge: Frame) => {};
  const receive = (text: string) => {
    const frame = JSON.parse(text) as Frame;
    if (frame.event === 'connect.challenge') connect(frame);
    else if (frame.type === 'event') events.push(frame);
    else answers.get(frame.id ?? '')?.(frame);
  };
  const pipe = transport === 'direct' ? directPipe(origin, receive) : relayPipe(receive);
  ends.push(() => pipe.close());
  const request = (method: string, params: unknown) =>
    new Promise<Frame>((resolve) => {
      const id = crypto.randomUUID();
      answers.set(id, resolve);
      const text = JSON.stringify({ type: 'req', id, method, params });
      sent.push(text);
      pipe.send(text);
    });
  const hello = await new Promise<Frame>((resolve) => {
    connect = ({ payload }) => {
      if (!payload) return;
      const params = buildWebchatConnectParams({
        gatewayKey: 'real',
        transport,
        nonce: payload.nonce,
        ts: payload.ts,
        credentials: parts.credentials ?? { token: TOKEN },
        device: parts.device,
        deviceTokens: parts.deviceTokens,
        version: '0.1.0',
        locale: 'en',
      });
      void request('connect', params).then(resolve);
    };
  });
  return { hello, events, request, sent };
}

function directPipe(origin: string, receive: (text: string) => void): Pipe {
  const socket = new WebSocket(gateway.url, { origin });
  socket.on('message', (data) => receive(data.toString()));
  return socket;
}

function relayPipe(receive: (text: string) => void): Pipe {
  return openRelay({ url: gateway.url, onMessage: receive, onClose: () => {} });
}

/** Sends a message and reads its run to the end. */
async function chat(page: Awaited<ReturnType<typeof openPage>>, message: string) {
  const idempotencyKey = crypto.randomUUID();
  const ack = await page.request('chat.send', {
    sessionKey: `agent:main:${idempotencyKey}`,
    message,
    idempotencyKey,
  });
  expect(ack).toMatchObject({ ok: true, payload: { status: 'started', runId: idempotencyKey } });
  const mine = () =>
    page.events.flatMap(({ event, payload }) =>
      event === 'chat' && payload?.runId === idempotencyKey ? [payload] : [],
    );
  await expect
    .poll(() => mine().some(({ state }) => state === 'final' || state === 'error'), { timeout: 90_000 })
    .toBe(true);
  const deltas = mine().filter(({ state }) => state === 'delta');
  const final = mine().find(({ state }) => state === 'final') as
    | { message?: { content: { text: string }[] } }
    | undefined;
  return { deltas, text: final?.message?.content.map(({ text }) => text).join('') };
}

describe('WebChat’s connect parameters at a real OpenClaw Gateway (R8)', () => {
  async function paired() {
    const device = await newDevice();
    const deviceTokens = createMemoryDeviceTokens();
    const link = makeLink({ device, deviceTokens, retry: true });
    await settled(link);
    return { device, deviceTokens, link };
  }

  test('direct: a page on loopback chats, and the shared secret never reaches it', async () => {
    const { device, deviceTokens, link } = await paired();
    const known = deviceTokens.get('real', 'operator')?.token;
    const page = await openPage({ device, deviceTokens }, 'direct');
    expect(page.hello).toMatchObject({
      ok: true,
      payload: { auth: { method: 'device-token', scopes: OPERATOR_SCOPES, deviceToken: known } },
    });
    expect(page.sent.join()).not.toContain(TOKEN);
    const { deltas, text } = await chat(page, 'slow 40 at 20');
    expect(text).toBe(countingText(40));
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.map(({ deltaText }) => deltaText).join('')).toBe(countingText(40));
    expect(link.state().tag).toBe('open');
  });

  test('what a plugin asks to do reaches a page, which decides', async () => {
    const { device, deviceTokens, link } = await paired();
    const page = await openPage({ device, deviceTokens }, 'direct');
    const features = page.hello.payload?.features as { methods: string[] };
    expect(features.methods).toEqual(
      expect.arrayContaining(['plugin.approval.list', 'plugin.approval.resolve']),
    );
    const decided = link.request('plugin.approval.request', {
      title: 'Pay invoice',
      description: 'Pays the invoice of March.',
      severity: 'critical',
      scope: { kind: 'payment', amount: '49.99', currency: 'EUR', target: 'Stripe' },
      allowedDecisions: ['allow-once', 'deny'],
    });
    const told = (event: string) => page.events.find((frame) => frame.event === event)?.payload;
    await expect.poll(() => told('plugin.approval.requested'), { timeout: 60_000 }).toBeTruthy();
    const waiting = {
      id: expect.stringMatching(/^plugin:/),
      createdAtMs: expect.any(Number),
      expiresAtMs: expect.any(Number),
      request: {
        title: 'Pay invoice',
        description: 'Pays the invoice of March.',
        severity: 'critical',
        scope: { kind: 'payment', amount: '49.99', currency: 'EUR', target: 'Stripe' },
        allowedDecisions: ['allow-once', 'deny'],
      },
    };
    expect(told('plugin.approval.requested')).toMatchObject(waiting);
    expect(await page.request('plugin.approval.list', {})).toMatchObject({ ok: true, payload: [waiting] });
    const id = told('plugin.approval.requested')?.id;
    const decision = 'allow-once';
    expect(await page.request('plugin.approval.resolve', { id, decision })).toMatchObject({ ok: true });
    expect(await decided).toMatchObject({ ok: true, value: { id, decision } });
    await expect.poll(() => told('plugin.approval.resolved')).toMatchObject({ id, decision });
  });

  test('a change of OpenClaw itself that an agent wants reaches a page, which decides', async () => {
    const { device, deviceTokens } = await paired();
    const page = await openPage({ device, deviceTokens }, 'direct');
    const args = { action: 'config_set', path: 'agents.defaults.timeoutSeconds', value: '600' };
    const ended = chat(
      page,
      `call openclaw ${JSON.stringify({ message: `call openclaw ${JSON.stringify(args)}` })}`,
    );
    const told = (event: string) => page.events.find((frame) => frame.event === event)?.payload;
    await expect.poll(() => told('openclaw.approval.requested'), { timeout: 60_000 }).toBeTruthy();
    const waiting = {
      id: expect.stringMatching(/^system-agent:/),
      createdAtMs: expect.any(Number),
      expiresAtMs: expect.any(Number),
      request: {
        description: 'set config agents.defaults.timeoutSeconds to 600',
        allowedDecisions: ['allow-once', 'deny'],
        agentId: 'main',
        sessionKey: expect.stringMatching(/^agent:main:/),
      },
    };
    expect(told('openclaw.approval.requested')).toMatchObject(waiting);
    expect(await page.request('openclaw.approval.list', {})).toMatchObject({ ok: true, payload: [waiting] });
    const id = told('openclaw.approval.requested')?.id;
    const decided = { id, kind: 'system-agent', decision: 'deny' };
    expect(await page.request('approval.resolve', decided)).toMatchObject({
      ok: true,
      payload: { applied: true },
    });
    await expect.poll(() => told('openclaw.approval.resolved')).toMatchObject({ id, decision: 'deny' });
    expect((await ended).text).toContain('Denied');
  });

  test('relay: a refused origin is no obstacle', async () => {
    const { device, deviceTokens } = await paired();
    const refusedPage = await openPage({ device, deviceTokens }, 'direct', 'https://chela.example');
    expect(refusedPage.hello).toMatchObject({
      ok: false,
      error: { details: { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED' } },
    });
    const page = await openPage({ device, deviceTokens }, 'relay');
    expect(page.hello).toMatchObject({ ok: true, payload: { auth: { method: 'device-token' } } });
    const { deltas, text } = await chat(page, 'slow 30 at 30');
    expect(text).toBe(countingText(30));
    expect(deltas.map(({ deltaText }) => deltaText).join('')).toBe(countingText(30));
    expect((await chat(page, 'hello')).text).toBe(DEFAULT_ANSWER);
  });

  test('a page that was first and had to use the shared token does not lock the link out', async () => {
    const { device, deviceTokens, link } = await paired();
    // A page that knows no device token makes the Gateway issue a new one: the link's is void now.
    const first = await openPage({ device, deviceTokens: createMemoryDeviceTokens() }, 'direct');
    expect(first.hello).toMatchObject({ ok: true, payload: { auth: { method: 'token' } } });
    expect(link.state().tag).toBe('open');
    const voided = deviceTokens.get('real', 'operator')?.token;
    await link.stop();
    expect(await settled(link)).toMatchObject({ tag: 'open', authMethod: 'token' });
    expect(deviceTokens.get('real', 'operator')?.token).not.toBe(voided);

    // And the page is told that its own is void, forgets it, and is let in again.
    const stale = createMemoryDeviceTokens();
    stale.set('real', 'operator', { token: 'void', scopes: OPERATOR_SCOPES });
    const turnedAway = await openPage({ device, deviceTokens: stale }, 'direct');
    const detailCode = turnedAway.hello.error?.details?.code ?? null;
    expect(forgetAfterRefusal(stale, 'real', detailCode)).toBe(true);
    expect((await openPage({ device, deviceTokens: stale }, 'direct')).hello.ok).toBe(true);
  });

  test('signing in with the shared token under the link’s own id keeps the token in use valid', async () => {
    const { device, deviceTokens } = await paired();
    const known = deviceTokens.get('real', 'operator')?.token;
    await openPage({ device, deviceTokens }, 'direct');
    // What the Test button does, beside the running connection.
    const probe = makeLink({ device });
    expect(await settled(probe)).toMatchObject({ tag: 'open', authMethod: 'token' });
    const page = await openPage({ device, deviceTokens, credentials: {} }, 'direct');
    expect(page.hello).toMatchObject({ ok: true, payload: { auth: { deviceToken: known } } });
  });
});
