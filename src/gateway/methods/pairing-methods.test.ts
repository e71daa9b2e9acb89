import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningGateway } from '../index.ts';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import {
  type ConnectOptions,
  type EventFrame,
  handshake,
  isEvent,
  newDevice,
  type TestClient,
  type TestDevice,
} from '../test-support/wire-client.ts';

const fixture = createFixture();
let gateway: RunningGateway;
let owner: TestClient;
let device: TestDevice;
beforeEach(async () => {
  gateway = await fixture.start();
  device = newDevice();
  owner = await fixture.connect(gateway, { scopes: ['operator.pairing', 'operator.read'] });
});
afterEach(() => fixture.cleanUp());

/** A device that is not paired without asking: an app behind a page. */
async function knock(options: Partial<ConnectOptions> = {}) {
  const { client, response } = await handshake({
    url: gateway.url,
    auth: { token: TOKEN },
    id: 'openclaw-linux',
    mode: 'ui',
    displayName: 'Knocker',
    origin: 'http://127.0.0.1:1',
    scopes: ['operator.read'],
    device,
    ...options,
  });
  fixture.defer(() => client.socket.terminate());
  return { client, response, requestId: String(response.error?.details?.requestId) };
}

describe('device.pair.*', () => {
  it('announces a request once, keeps its id, and lets the device in after a yes', async () => {
    const { requestId } = await knock();
    expect((await knock()).requestId).toBe(requestId);
    const requested = await owner.next<EventFrame>(isEvent('device.pair.requested'));
    expect(requested.payload).toMatchObject({
      requestId,
      deviceId: device.id,
      publicKey: device.publicKey,
      displayName: 'Knocker',
      role: 'operator',
      scopes: ['operator.read'],
      silent: false,
      isRepair: false,
    });
    expect(owner.frames.filter(isEvent('device.pair.requested'))).toHaveLength(1);
    expect((await owner.call('device.pair.list')).pending).toMatchObject([{ requestId }]);

    const approved = await owner.call('device.pair.approve', { requestId });
    expect(approved).toMatchObject({
      requestId,
      device: { deviceId: device.id, approvedVia: 'owner', connected: false },
    });
    const resolved = await owner.next<EventFrame>(isEvent('device.pair.resolved'));
    expect(resolved.payload).toMatchObject({ requestId, deviceId: device.id, decision: 'approved' });

    const { response } = await knock();
    expect(response.payload?.auth).toMatchObject({
      method: 'token',
      scopes: ['operator.read'],
      deviceToken: expect.any(String),
    });
    const list = await owner.call('device.pair.list');
    expect(list).toMatchObject({
      pending: [],
      paired: [
        {
          deviceId: device.id,
          connected: true,
          tokens: [{ role: 'operator', scopes: ['operator.read'] }],
        },
      ],
    });
    const { deviceToken } = (response.payload?.auth ?? {}) as Record<string, string>;
    expect(deviceToken).toEqual(expect.any(String));
    expect(JSON.stringify(list)).not.toContain(deviceToken);
  });

  it('a yes counts for what was shown: a device that asks for more meanwhile has to wait for another', async () => {
    const shown = await knock();
    const wider = await knock({ scopes: ['operator.read', 'operator.pairing'] });
    expect(wider.requestId).not.toBe(shown.requestId);
    const gone = await owner.next<EventFrame>(isEvent('device.pair.resolved'));
    expect(gone.payload).toMatchObject({ requestId: shown.requestId, decision: 'superseded' });
    const late = await owner.request('device.pair.approve', { requestId: shown.requestId });
    expect(late.error?.message).toBe('unknown requestId');
    // Less than what it asked for is no new question.
    expect((await knock()).requestId).toBe(wider.requestId);
    const { pending } = await owner.call('device.pair.list');
    expect(pending).toMatchObject([
      { requestId: wider.requestId, scopes: ['operator.read', 'operator.pairing'] },
    ]);
  });

  it('does not give away more than the approver has, nor nodes', async () => {
    const { requestId } = await knock({ scopes: ['operator.write'] });
    const denied = { code: 'INVALID_REQUEST', message: 'device pairing approval denied' };
    expect((await owner.request('device.pair.approve', { requestId })).error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'missing scope: operator.write',
    });
    device = newDevice();
    const node = await knock({ id: 'node-host', mode: 'node', role: 'node', scopes: [] });
    expect((await owner.request('device.pair.approve', { requestId: node.requestId })).error).toEqual(denied);
    const admin = await fixture.connect(gateway, { scopes: ['operator.admin'] });
    await admin.call('device.pair.approve', { requestId: node.requestId });
    const { response } = await knock({ id: 'node-host', mode: 'node', role: 'node', scopes: [] });
    expect(response.payload?.auth).toMatchObject({ role: 'node', scopes: [] });
  });

  it('a device that came with its own token sees and manages itself alone, unless it is an administrator', async () => {
    const { requestId } = await knock();
    const signIn = async (scopes: string[]) => {
      const who = { device: newDevice(), id: 'openclaw-linux', mode: 'ui', scopes };
      const { hello } = await fixture.connect(gateway, who);
      const { deviceToken } = hello.auth as Record<string, string>;
      return { ...who, client: await fixture.connect(gateway, { ...who, auth: { deviceToken } }) };
    };
    const other = await signIn(['operator.pairing', 'operator.read']);
    const { client } = other;
    const refusal = async (method: string, params: object) =>
      (await client.request(method, params)).error?.message;
    expect(await client.call('device.pair.list')).toMatchObject({
      pending: [],
      paired: [{ deviceId: other.device.id }],
    });
    expect(await refusal('device.pair.approve', { requestId })).toBe('device pairing approval denied');
    expect(await refusal('device.pair.reject', { requestId })).toBe('device pairing rejection denied');
    const admin = await signIn(['operator.admin']);
    expect(await refusal('device.pair.remove', { deviceId: admin.device.id })).toBe(
      'device pairing removal denied',
    );
    expect(await admin.client.call('device.pair.list')).toMatchObject({ pending: [{ requestId }] });
    await admin.client.call('device.pair.approve', { requestId });
    await client.call('device.pair.remove', { deviceId: other.device.id });
    expect((await client.closed).code).toBe(1008);
  });

  it('rejects', async () => {
    const { requestId } = await knock();
    expect(await owner.call('device.pair.reject', { requestId })).toEqual({
      requestId,
      deviceId: device.id,
    });
    expect((await knock()).requestId).not.toBe(requestId);
    expect((await owner.request('device.pair.approve', { requestId })).error?.message).toBe(
      'unknown requestId',
    );
  });

  it('removes a device and closes its connections', async () => {
    const { client, response } = await knock({ origin: undefined });
    const { deviceToken } = (response.payload?.auth ?? {}) as Record<string, string>;
    expect(deviceToken).toEqual(expect.any(String));
    await owner.call('device.pair.remove', { deviceId: device.id });
    expect((await client.closed).code).toBe(1008);
    const again = await knock({ origin: undefined, auth: { deviceToken } });
    expect(again.response.error?.details).toMatchObject({ code: 'AUTH_DEVICE_TOKEN_MISMATCH' });
    expect((await owner.request('device.pair.remove', { deviceId: device.id })).ok).toBe(false);
  });
});

describe('a node', () => {
  it('is let in with an empty presence, and may only ask for health', async () => {
    const node = await fixture.connect(gateway, {
      id: 'node-host',
      mode: 'node',
      role: 'node',
      scopes: [],
      device,
    });
    expect(node.hello.snapshot).toMatchObject({ presence: [] });
    expect((await node.request('health')).ok).toBe(true);
    expect((await node.request('chat.history', { sessionKey: 'main' })).error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'unauthorized role: node',
    });
  });
});
