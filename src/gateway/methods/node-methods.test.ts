import * as schemas from '@openclaw/gateway-protocol/schema';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningGateway } from '../index.ts';
import { createFixture } from '../test-support/fixture.ts';
import {
  type EventFrame,
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
  owner = await fixture.connect(gateway, { scopes: ['operator.admin'] });
});
afterEach(() => fixture.cleanUp());

type Claims = { caps?: string[]; commands?: string[]; permissions?: Record<string, boolean> };
const lab: Claims = {
  caps: ['system', 'lab'],
  commands: ['system.run', 'system.which', 'canvas.navigate', 'lab.echo'],
  permissions: { 'screen.record': false },
};

const connectNode = (claims: Claims = lab, from = gateway) =>
  fixture.connect(from, {
    id: 'node-host',
    mode: 'node',
    role: 'node',
    scopes: [],
    displayName: 'Lab Node',
    deviceFamily: 'Linux',
    device,
    mutate: (params) => Object.assign(params, claims),
  });

async function approvePending(): Promise<void> {
  const { payload } = await owner.next<EventFrame>(isEvent('node.pair.requested'));
  await owner.call('node.pair.approve', { requestId: payload.requestId });
}

async function approved(claims: Claims = lab): Promise<TestClient> {
  const node = await connectNode(claims);
  await approvePending();
  return node;
}

const invoke = (command: string, more: object = {}, from = owner) =>
  from.request('node.invoke', {
    nodeId: device.id,
    command,
    params: { bins: ['ls'] },
    idempotencyKey: `key-${command}`,
    ...more,
  });

const requestOf = (node: TestClient, fits: (payload: Record<string, unknown>) => boolean = () => true) =>
  node.next<EventFrame>(isEvent('node.invoke.request', fits));

const describeNode = () => owner.call('node.describe', { nodeId: device.id });

describe('the second gate (R5)', () => {
  it('asks for what the policy lets through, and offers nothing before a yes', async () => {
    await connectNode();
    const { payload } = await owner.next<EventFrame>(isEvent('node.pair.requested'));
    const request = {
      requestId: expect.any(String),
      nodeId: device.id,
      clientId: 'node-host',
      clientMode: 'node',
      displayName: 'Lab Node',
      platform: 'linux',
      version: '0.1.0',
      deviceFamily: 'Linux',
      caps: ['system', 'lab'],
      commands: ['system.run', 'system.which'],
      requiredApproveScopes: ['operator.pairing', 'operator.admin'],
      permissions: { 'screen.record': false },
      silent: true,
      ts: expect.any(Number),
    };
    expect(payload).toEqual(request);
    expect(await owner.call('node.pair.list', {})).toEqual({ pending: [request], paired: [] });
    expect(await owner.call('node.list', {})).toEqual({
      ts: expect.any(Number),
      nodes: [
        {
          nodeId: device.id,
          displayName: 'Lab Node',
          platform: 'linux',
          version: '0.1.0',
          clientId: 'node-host',
          clientMode: 'node',
          deviceFamily: 'Linux',
          caps: [],
          commands: [],
          sessionHost: false,
          nodePluginTools: [],
          permissions: { 'screen.record': false },
          approvalState: 'pending-approval',
          pendingRequestId: payload.requestId,
          pendingDeclaredCaps: ['lab', 'system'],
          pendingDeclaredCommands: ['system.run', 'system.which'],
          pendingDeclaredPermissions: { 'screen.record': false },
          connectedAtMs: expect.any(Number),
          lastConnectedAtMs: expect.any(Number),
          lastSeenAtMs: expect.any(Number),
          lastSeenReason: 'connect',
          approvedAtMs: expect.any(Number),
          paired: true,
          connected: true,
        },
      ],
    });
    expect((await invoke('system.which')).error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { reason: 'command not approved' },
    });
  });

  it('makes the commands live at once when a person says yes', async () => {
    const node = await connectNode();
    const { payload } = await owner.next<EventFrame>(isEvent('node.pair.requested'));
    const { requestId } = payload;
    expect(await owner.call('node.pair.approve', { requestId })).toMatchObject({
      requestId,
      node: { nodeId: device.id, caps: ['system', 'lab'], commands: ['system.run', 'system.which'] },
    });
    const resolved = await owner.next<EventFrame>(isEvent('node.pair.resolved'));
    expect(resolved.payload).toMatchObject({ requestId, nodeId: device.id, decision: 'approved' });
    expect(await describeNode()).toMatchObject({
      caps: ['lab', 'system'],
      commands: ['system.run', 'system.which'],
      approvalState: 'approved',
      connected: true,
    });
    const answer = invoke('system.which');
    const { payload: asked } = await requestOf(node);
    await node.call('node.invoke.result', { id: asked.id, nodeId: device.id, ok: true, payload: { a: 1 } });
    expect((await answer).payload).toMatchObject({ ok: true, payload: { a: 1 } });
    expect((await owner.request('node.pair.approve', { requestId })).error?.message).toBe(
      'unknown requestId',
    );
  });

  it.each([
    [{ commands: ['system.run'] }, ['operator.pairing', 'operator.write'], 'operator.admin'],
    [{ commands: ['system.notify'] }, ['operator.pairing'], 'operator.write'],
    [{ caps: ['location'] }, ['operator.pairing'], null],
  ])('asks of the person for %j more than %j', async (claims, scopes, missing) => {
    await connectNode(claims);
    const { payload } = await owner.next<EventFrame>(isEvent('node.pair.requested'));
    const helper = await fixture.connect(gateway, { scopes });
    const { ok, error } = await helper.request('node.pair.approve', { requestId: payload.requestId });
    if (missing === null) expect(ok).toBe(true);
    else expect(error).toMatchObject({ code: 'FORBIDDEN', details: { missingScope: missing } });
  });

  it('keeps the request of an unchanged node through reconnects and restarts', async () => {
    const stateDir = await fixture.stateDir();
    const ids: unknown[] = [];
    for (let round = 0; round < 2; round += 1) {
      gateway = await fixture.start({ stateDir });
      owner = await fixture.connect(gateway, { scopes: ['operator.admin'] });
      for (let visit = 0; visit < 2; visit += 1) {
        const node = await connectNode();
        const { pending } = await owner.call('node.pair.list', {});
        ids.push(...(pending as { requestId: string }[]).map(({ requestId }) => requestId));
        node.close();
        await node.closed;
      }
      await gateway.stop();
    }
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(1);
  });

  it('asks again for more, and goes on with what was approved', async () => {
    (await approved({ commands: ['system.which'] })).close();
    await connectNode({ commands: ['system.which', 'system.run'] });
    await owner.next(
      isEvent('node.pair.requested', ({ commands }) => String(commands).includes('system.run')),
    );
    expect(await describeNode()).toMatchObject({
      approvalState: 'approved',
      commands: ['system.which'],
      pendingDeclaredCommands: ['system.run', 'system.which'],
    });
    await connectNode({ commands: ['system.which'] });
    expect(await describeNode()).not.toHaveProperty('pendingRequestId');
  });

  it('rejects, renames and removes', async () => {
    const node = await connectNode();
    const { payload } = await owner.next<EventFrame>(isEvent('node.pair.requested'));
    const { requestId } = payload;
    expect(await owner.call('node.pair.reject', { requestId })).toEqual({ requestId, nodeId: device.id });
    const renamed = { nodeId: device.id, displayName: 'Studio' };
    expect(await owner.call('node.rename', { ...renamed, displayName: ' Studio ' })).toEqual(renamed);
    expect(await describeNode()).toMatchObject({ displayName: 'Studio' });
    expect(await owner.call('node.pair.remove', { nodeId: device.id })).toEqual({ nodeId: device.id });
    expect((await node.closed).code).toBe(1008);
    expect(await owner.call('node.list', {})).toMatchObject({ nodes: [] });
    expect(await owner.call('device.pair.list', {})).toMatchObject({ paired: [] });
    const decisions = owner.frames.flatMap((frame) =>
      frame.type === 'event' && frame.event === 'node.pair.resolved' ? [frame.payload.decision] : [],
    );
    expect(decisions).toEqual(['rejected', 'removed']);
  });
});

describe('node.invoke (R4)', () => {
  it('goes to the node and comes back with its result', async () => {
    const node = await approved();
    const answer = invoke('system.run', { params: { command: ['echo', 'x'] }, timeoutMs: 4_000 });
    const request = await requestOf(node);
    expect([...Value.Errors(schemas.NodeInvokeRequestEventSchema, request.payload)]).toEqual([]);
    expect(request.seq).toBeUndefined();
    expect(request.payload).toMatchObject({ nodeId: device.id, command: 'system.run', timeoutMs: 4_000 });
    expect(JSON.parse(String(request.payload.paramsJSON))).toEqual({
      command: ['echo', 'x'],
      runId: expect.any(String),
    });
    const result = { id: request.payload.id, nodeId: device.id, ok: true, payloadJSON: '{"code":0}' };
    expect(await node.call('node.invoke.result', result)).toEqual({ ok: true });
    expect((await answer).payload).toEqual({
      ok: true,
      nodeId: device.id,
      command: 'system.run',
      payload: { code: 0 },
      payloadJSON: '{"code":0}',
    });
    expect(await node.call('node.invoke.result', result)).toEqual({ ok: true, ignored: true });
  });

  it('tells what the node said no with', async () => {
    const node = await approved();
    const answer = invoke('system.which');
    const { payload } = await requestOf(node);
    const error = { code: 'LAB_FAIL', message: 'lab says no' };
    await node.call('node.invoke.result', { id: payload.id, nodeId: device.id, ok: false, error });
    expect((await answer).error).toEqual({
      code: 'UNAVAILABLE',
      message: 'LAB_FAIL: lab says no',
      details: { nodeError: error, nodeCommandDispatched: true },
    });
  });

  it('gives up after its time, tells the node, and ignores what comes later', async () => {
    const node = await approved();
    expect((await invoke('system.which', { timeoutMs: 30 })).error).toEqual({
      code: 'UNAVAILABLE',
      message: 'TIMEOUT: node invoke timed out',
      details: {
        nodeError: { code: 'TIMEOUT', message: 'node invoke timed out' },
        nodeCommandDispatched: true,
      },
    });
    const { payload } = await requestOf(node);
    const cancel = await node.next<EventFrame>(isEvent('node.invoke.cancel'));
    expect(cancel.payload).toEqual({ invokeId: payload.id, nodeId: device.id });
    expect(await node.call('node.invoke.result', { id: payload.id, nodeId: device.id, ok: true })).toEqual({
      ok: true,
      ignored: true,
    });
  });

  it.each([
    ['lab.echo', 'node command not allowed: "lab.echo" is not in the allowlist for platform "linux"'],
    [
      'camera.snap',
      'node command not allowed: "camera.snap" requires explicit gateway.nodes.commands.allow opt-in',
    ],
  ])('refuses %s, which the policy does not let through', async (command, message) => {
    await approved();
    expect((await invoke(command)).error).toEqual({
      code: 'INVALID_REQUEST',
      message,
      details: { reason: 'command not allowlisted', command },
    });
  });

  it('lets through what gateway.nodes.commands.allow names, unless deny does', async () => {
    const raw = '{gateway: {nodes: {commands: {allow: ["lab.echo", "camera.snap"], deny: ["camera.snap"]}}}}';
    await owner.call('config.patch', { raw });
    const node = await approved({ commands: ['lab.echo', 'camera.snap'] });
    const answer = invoke('lab.echo');
    const { payload } = await requestOf(node);
    await node.call('node.invoke.result', { id: payload.id, nodeId: device.id, ok: true, payload: 1 });
    expect((await answer).payload).toMatchObject({ payload: 1 });
    expect((await invoke('camera.snap')).error?.message).toContain('denied by gateway.nodes.commands.deny');
  });

  it('refuses what the node did not declare', async () => {
    await approved();
    expect((await invoke('system.notify')).error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { reason: 'command not declared by node', command: 'system.notify' },
    });
  });

  it('says so when the node is not there, unknown, or leaves in the middle', async () => {
    const node = await approved();
    const cutOff = invoke('system.which');
    await requestOf(node);
    node.close();
    expect((await cutOff).error).toMatchObject({
      code: 'UNAVAILABLE',
      details: { nodeError: { code: 'NOT_CONNECTED' }, nodeCommandDispatched: true },
    });
    expect((await invoke('system.which', { idempotencyKey: 'again' })).error).toEqual({
      code: 'UNAVAILABLE',
      message: 'node not connected',
      details: {
        code: 'NOT_CONNECTED',
        nodeError: { code: 'NOT_CONNECTED', message: 'node not connected' },
        nodeCommandDispatched: false,
      },
    });
    expect(await describeNode()).toMatchObject({
      connected: false,
      commands: ['system.run', 'system.which'],
    });
    expect((await invoke('x', { nodeId: 'nope' })).error).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      details: { code: 'PAIRING_CHANGED' },
    });
  });

  it('runs once under one key, however often it is asked', async () => {
    const node = await approved();
    const answers = [invoke('system.which'), invoke('system.which')];
    const { payload } = await requestOf(node);
    await node.call('node.invoke.result', { id: payload.id, nodeId: device.id, ok: true, payload: 7 });
    for (const answer of [...answers, invoke('system.which')]) {
      expect((await answer).payload).toMatchObject({ payload: 7 });
    }
    expect(node.frames.filter(isEvent('node.invoke.request'))).toHaveLength(1);
  });

  it('takes results from the asked node only', async () => {
    const node = await approved();
    const answer = invoke('system.which');
    const { payload } = await requestOf(node);
    const mine = device;
    device = newDevice();
    const stranger = await connectNode();
    const forged = { id: payload.id, ok: true, payload: 'forged' };
    expect(
      (await stranger.request('node.invoke.result', { ...forged, nodeId: mine.id })).error?.message,
    ).toBe('nodeId mismatch');
    expect(await stranger.call('node.invoke.result', { ...forged, nodeId: device.id })).toMatchObject({
      ignored: true,
    });
    await node.call('node.invoke.result', { id: payload.id, nodeId: mine.id, ok: true, payload: 'real' });
    expect((await answer).payload).toMatchObject({ payload: 'real' });
  });

  it.each([
    ['browser.proxy', 'operator.admin'],
    ['system.execApprovals.set', 'operator.admin'],
    ['system.which', 'operator.write'],
  ])('of %s needs %s', async (command, missingScope) => {
    const scopes = missingScope === 'operator.admin' ? ['operator.write'] : ['operator.read'];
    const helper = await fixture.connect(gateway, { scopes });
    expect((await invoke(command, {}, helper)).error).toMatchObject({
      code: 'FORBIDDEN',
      details: { code: 'MISSING_SCOPE', missingScope },
    });
  });
});

describe('what a node says by itself', () => {
  const event = (node: TestClient, name: string, more: object) =>
    node.call('node.event', { event: name, ...more });

  it('its load is shown, told to readers, and kept while it is away', async () => {
    const node = await approved();
    const stats = { cpuCount: 2, memoryTotalBytes: 100, memoryFreeBytes: 50 };
    expect(await event(node, 'node.host.stats', { payload: stats })).toEqual({
      ok: true,
      event: 'node.host.stats',
      handled: true,
      reason: 'updated',
    });
    const hostStats = { ...stats, updatedAtMs: expect.any(Number) };
    const { payload } = await owner.next<EventFrame>(isEvent('node.hostStats'));
    expect(payload).toEqual({ nodeId: device.id, hostStats });
    expect(
      await event(node, 'node.host.stats', { payload: { ...stats, memoryFreeBytes: 101 } }),
    ).toMatchObject({ handled: false, reason: 'invalid_payload' });
    node.close();
    await owner.next(isEvent('presence', ({ presence }) => JSON.stringify(presence).includes('disconnect')));
    expect(await describeNode()).toMatchObject({ hostStats, connected: false });
  });

  it('that it is alive, and what nobody understands', async () => {
    const node = await approved();
    expect(
      await event(node, 'node.presence.alive', { payloadJSON: '{"trigger":"manual","sentAtMs":1}' }),
    ).toMatchObject({ handled: true, reason: 'persisted' });
    expect(await describeNode()).toMatchObject({ lastSeenReason: 'manual' });
    expect(await event(node, 'lab.unknown', { payload: {} })).toEqual({
      ok: true,
      event: 'lab.unknown',
      handled: false,
      reason: 'unsupported_event',
    });
  });

  it('its work queue and its plugin tools', async () => {
    const node = await approved();
    const queue = await node.call('node.pending.drain', {});
    expect([...Value.Errors(schemas.NodePendingDrainResultSchema, queue)]).toEqual([]);
    expect(queue).toMatchObject({ items: [{ id: 'baseline-status', type: 'status.request' }] });
    expect(await node.call('node.pending.pull')).toEqual({ nodeId: device.id, actions: [] });
    expect(await node.call('skills.bins', {})).toEqual({ bins: [] });
    const tool = { pluginId: 'lab', name: 'which', description: 'finds programs' };
    await node.call('node.pluginTools.update', {
      tools: [
        { ...tool, command: 'system.which' },
        { ...tool, name: 'echo', command: 'lab.echo' },
      ],
    });
    expect(await describeNode()).toMatchObject({ nodePluginTools: [{ name: 'which' }] });
  });

  it('its skills, each once, while it is connected', async () => {
    const node = await approved();
    const skill = (name: string, content = `# ${name}`) => ({ name, description: `how to ${name}`, content });
    const skills = [skill('water-plants'), skill('brew-tea'), skill('brew-tea', 'again')];
    expect(await node.call('node.skills.update', { skills })).toEqual({
      nodeId: device.id,
      skills: [skill('brew-tea'), skill('water-plants')],
    });
    const large = Array.from({ length: 9 }, (_each, index) => skill(`s${index}`, 'x'.repeat(65_536)));
    const { skills: kept } = await node.call('node.skills.update', { skills: large });
    expect(kept).toHaveLength(8);
    expect((await node.request('node.skills.update', { skills: [skill('No Name')] })).error?.message).toMatch(
      /^invalid node\.skills\.update params/,
    );
    expect((await owner.request('node.skills.update', { skills })).error?.message).toBe(
      'unauthorized role: operator',
    );
  });

  it('whether it would host sessions: shown, and remembered while it is away', async () => {
    const node = await connectNode();
    const capacity = { total: 4, available: 3 };
    const feature = ['node-worker-supervisor-v6'];
    const say = async (params: object) => {
      const { ok, payload, error } = await node.request('node.runnerInventory.update', params);
      return ok ? payload : [error?.code, error?.message];
    };
    const hosts = { protocolFeatures: feature, workerHost: { enabled: true, capacity, bundleStatus: 1 } };
    expect(await say(hosts)).toEqual(['UNAVAILABLE', 'what this node offers is not approved yet']);
    await approvePending();
    expect(await say(hosts)).toEqual({ nodeId: device.id });
    expect(await describeNode()).toMatchObject({ sessionHost: true, workerSlots: capacity });
    expect(await say({ ...hosts, more: 1 })).toEqual(['INVALID_REQUEST', 'invalid node runner inventory']);
    const overfull = { enabled: true, capacity: { total: 1, available: 2 } };
    expect(await say({ ...hosts, workerHost: overfull })).toEqual([
      'INVALID_REQUEST',
      'invalid node runner inventory',
    ]);
    expect(await say({ protocolFeatures: ['node-worker-supervisor-v3'], workerRuns: [] })).toEqual([
      'INVALID_REQUEST',
      expect.stringContaining('too old'),
    ]);
    node.close();
    await owner.next(isEvent('presence', ({ presence }) => JSON.stringify(presence).includes('disconnect')));
    const away = await describeNode();
    expect(away).toMatchObject({ sessionHost: true, connected: false });
    expect(away).not.toHaveProperty('workerSlots');
  });

  it('gets the work that was put by for it, the urgent first, each type once (R4)', async () => {
    const node = await connectNode();
    const put = (more: object) => owner.request('node.pending.enqueue', { nodeId: device.id, ...more });
    const changed = { code: 'UNAVAILABLE', retryable: true, details: { code: 'PAIRING_CHANGED' } };
    expect((await put({ type: 'status.request' })).error).toMatchObject(changed);
    for (const [method, params] of [
      ['node.pending.drain', {}],
      ['node.pending.pull', {}],
      ['node.pending.ack', { ids: ['x'] }],
    ] as const) {
      expect((await node.request(method, params)).error).toMatchObject(changed);
    }
    const { payload } = await owner.next<EventFrame>(isEvent('node.pair.requested'));
    await owner.call('node.pair.approve', { requestId: payload.requestId });

    const first = await put({ type: 'status.request' });
    expect([...Value.Errors(schemas.NodePendingEnqueueResultSchema, first.payload)]).toEqual([]);
    expect(first.payload).toMatchObject({ nodeId: device.id, revision: 1, wakeTriggered: false });
    await put({ type: 'location.request', priority: 'high', expiresInMs: 60_000 });
    expect((await put({ type: 'status.request', priority: 'high' })).payload).toMatchObject({
      revision: 2,
      queued: first.payload?.queued,
    });
    expect(await node.call('node.pending.drain', { maxItems: 1 })).toMatchObject({
      revision: 3,
      items: [{ type: 'location.request', priority: 'high' }],
      hasMore: true,
    });
    expect(await node.call('node.pending.drain', {})).toMatchObject({
      items: [first.payload?.queued],
      hasMore: false,
    });
    expect(await node.call('node.pending.drain', {})).toMatchObject({ items: [{ id: 'baseline-status' }] });
    expect(await node.call('node.pending.ack', { ids: ['a', 'a'] })).toEqual({
      nodeId: device.id,
      ackedIds: ['a'],
      remainingCount: 0,
    });
  });

  it('is for nodes alone, and the rest is not for nodes', async () => {
    const node = await connectNode();
    expect((await owner.request('node.pending.drain', {})).error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'unauthorized role: operator',
    });
    for (const method of ['node.list', 'chat.send', 'sessions.list', 'device.pair.list', 'config.get']) {
      const { error } = await node.request(method, {});
      expect(['unauthorized role: node', `unknown method: ${method}`]).toContain(error?.message);
    }
    expect((await node.request('health')).ok).toBe(true);
  });
});
