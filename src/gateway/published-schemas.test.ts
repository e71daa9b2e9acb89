import * as schemas from '@openclaw/gateway-protocol/schema';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, TOKEN } from './test-support/fixture.ts';
import { type ModelServer, startModelServer } from './test-support/model-server.ts';
import {
  type EventFrame,
  handshake,
  isEvent,
  newDevice,
  type TestClient,
} from './test-support/wire-client.ts';

/** What goes out, against the published schemas and against facts copied from a real Gateway (2026.9.6). */
const fixture = createFixture();
let model: ModelServer;
let client: TestClient;

beforeEach(async () => {
  model = await startModelServer();
  fixture.defer(model.stop);
  const gateway = await fixture.start({
    model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl },
  });
  client = await fixture.connect(gateway, {
    id: 'openclaw-linux',
    mode: 'ui',
    displayName: 'Lab',
    device: newDevice(),
    scopes: ['operator.read', 'operator.write', 'operator.admin'],
  });
});
afterEach(() => fixture.cleanUp());

function problems(schema: TSchema, value: unknown): unknown[] {
  return [...Value.Errors(schema, value)];
}

/** Fields that the live Gateway sends and the published schema does not know. */
function without(value: unknown, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value as object).filter(([key]) => !keys.includes(key)));
}

async function runToTheEnd(message: string, runId: string): Promise<void> {
  await client.call('chat.send', { sessionKey: 'main', message, idempotencyKey: runId });
  await client.next(
    isEvent(
      'chat',
      ({ runId: id, state }) => id === runId && ['final', 'aborted', 'error'].includes(String(state)),
    ),
  );
}

describe('hello-ok', () => {
  it('fits the schema', () => {
    const hello = structuredClone(client.hello);
    const { auth, snapshot } = hello as {
      auth: { method?: string };
      snapshot: { presence: { clientId?: string }[] };
    };
    delete auth.method;
    for (const entry of snapshot.presence) delete entry.clientId;
    expect(problems(schemas.HelloOkSchema, hello)).toEqual([]);
  });

  it('has the shape of a real one', () => {
    expect(client.hello).toMatchObject({
      type: 'hello-ok',
      protocol: 4,
      server: { version: '0.1.0', bootId: expect.any(String), connId: expect.any(String) },
      snapshot: {
        suspension: { phase: 'accepting' },
        presence: [
          { mode: 'gateway', reason: 'self', version: '0.1.0' },
          {
            host: 'Lab',
            mode: 'ui',
            reason: 'connect',
            clientId: 'openclaw-linux',
            roles: ['operator'],
          },
        ],
        health: { ok: true, defaultAgentId: 'main' },
        stateVersion: { presence: expect.any(Number), health: expect.any(Number) },
        uptimeMs: expect.any(Number),
        sessionDefaults: {
          defaultAgentId: 'main',
          modelConfigured: true,
          mainKey: 'main',
          mainSessionKey: 'agent:main:main',
        },
        stateDir: expect.any(String),
        authMode: 'token',
      },
      auth: {
        method: 'token',
        role: 'operator',
        deviceToken: expect.any(String),
        issuedAtMs: expect.any(Number),
      },
      policy: { maxPayload: 26214400, maxBufferedBytes: 52428800, tickIntervalMs: 30000 },
    });
  });

  it('names exactly the methods that exist', async () => {
    const { methods } = client.hello.features as { methods: string[] };
    expect([...methods].sort()).toEqual([
      'agent',
      'agent.identity.get',
      'agent.wait',
      'agents.list',
      'artifacts.download',
      'artifacts.get',
      'artifacts.list',
      'channels.status',
      'chat.abort',
      'chat.history',
      'chat.inject',
      'chat.message.get',
      'chat.metadata',
      'chat.send',
      'chat.startup',
      'chela.removed.list',
      'chela.removed.restore',
      'commands.list',
      'config.get',
      'config.patch',
      'config.set',
      'device.pair.approve',
      'device.pair.list',
      'device.pair.reject',
      'device.pair.remove',
      'device.token.revoke',
      'device.token.rotate',
      'exec.approval.get',
      'exec.approval.list',
      'exec.approval.request',
      'exec.approval.resolve',
      'exec.approval.waitDecision',
      'exec.approvals.get',
      'exec.approvals.set',
      'health',
      'last-heartbeat',
      'logs.tail',
      'models.list',
      'node.describe',
      'node.event',
      'node.invoke',
      'node.invoke.progress',
      'node.invoke.result',
      'node.list',
      'node.pair.approve',
      'node.pair.list',
      'node.pair.reject',
      'node.pair.remove',
      'node.pending.ack',
      'node.pending.drain',
      'node.pending.enqueue',
      'node.pending.pull',
      'node.pluginTools.update',
      'node.rename',
      'node.runnerInventory.update',
      'node.skills.update',
      'question.get',
      'question.list',
      'question.request',
      'question.resolve',
      'question.waitAnswer',
      'sessions.abort',
      'sessions.branches.list',
      'sessions.branches.switch',
      'sessions.create',
      'sessions.delete',
      'sessions.describe',
      'sessions.list',
      'sessions.messages.subscribe',
      'sessions.messages.unsubscribe',
      'sessions.patch',
      'sessions.patchMany',
      'sessions.preview',
      'sessions.reset',
      'sessions.resolve',
      'sessions.rewind',
      'sessions.search',
      'sessions.send',
      'sessions.subscribe',
      'sessions.unsubscribe',
      'skills.bins',
      'status',
      'system-event',
      'system-presence',
    ]);
    for (const method of methods) {
      const { error } = await client.request(method, {});
      expect(error?.message ?? '').not.toContain('unknown method');
    }
  });

  it('keeps presence and paths from those who may not read them', async () => {
    const { response } = await handshake({
      url: client.socket.url,
      id: 'cli',
      mode: 'probe',
      auth: { token: TOKEN },
    });
    const { snapshot } = response.payload as { snapshot: Record<string, unknown> };
    expect(snapshot.presence).toEqual([]);
    expect(snapshot.stateDir).toBeUndefined();
  });
});

describe('results', () => {
  it.each([
    ['models.list', schemas.ModelsListResultSchema],
    ['agents.list', schemas.AgentsListResultSchema],
    ['commands.list', schemas.CommandsListResultSchema],
    ['channels.status', schemas.ChannelsStatusResultSchema],
    ['agent.identity.get', schemas.AgentIdentityResultSchema],
    ['logs.tail', schemas.LogsTailResultSchema],
  ])('%s fits the schema', async (method, schema) => {
    expect(problems(schema, await client.call(method, {}))).toEqual([]);
  });

  it('chat.history lists its pending inputs by the schema', async () => {
    model.script = (_request, answer) => answer.closed;
    for (const runId of ['k1', 'k2', 'k3']) {
      await client.call('chat.send', { sessionKey: 'main', message: 'x', idempotencyKey: runId });
    }
    await client.call('chat.abort', { sessionKey: 'main', runId: 'k3' });
    const { pendingInputs } = await client.call('chat.history', { sessionKey: 'main' });
    expect(pendingInputs).toMatchObject({ total: 2 });
    expect(problems(schemas.ChatPendingInputsPageSchema, pendingInputs)).toEqual([]);
    expect(await client.call('chat.history', { sessionKey: 'main', cursor: 'x' })).toSatisfy((reset) =>
      Value.Check(schemas.ChatHistoryResetResultSchema, reset),
    );
  });
});

describe('events', () => {
  it('fit their schemas, through an answer, a failure, an abort and a goodbye', async () => {
    await client.call('sessions.subscribe', {});
    await runToTheEnd('hello', 'k1');
    await runToTheEnd('/help', 'k2');
    model.script = (_request, answer) => answer.fail(401);
    await runToTheEnd('fail', 'k3');
    model.script = async (_request, answer) => {
      answer.write('partial');
      await answer.closed;
    };
    await client.call('chat.send', { sessionKey: 'main', message: 'stop', idempotencyKey: 'k4' });
    await client.next(isEvent('chat', ({ runId, state }) => runId === 'k4' && state === 'delta'));
    await client.call('chat.abort', { sessionKey: 'main' });
    await client.next(isEvent('chat', ({ state }) => state === 'aborted'));

    const seen = new Map<string, number>();
    for (const frame of client.frames) {
      if (frame.type === 'res') {
        expect(problems(schemas.ResponseFrameSchema, frame)).toEqual([]);
        continue;
      }
      expect(problems(schemas.EventFrameSchema, frame)).toEqual([]);
      const kind = frame.event === 'chat' ? `chat ${frame.payload.state}` : frame.event;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      if (frame.event === 'chat') expect(problems(schemas.ChatEventSchema, frame.payload)).toEqual([]);
      if (frame.event === 'agent') {
        // The live Gateway adds these three.
        const bare = without(frame.payload, 'sessionKey', 'sessionId', 'agentId');
        expect(problems(schemas.AgentEventSchema, bare)).toEqual([]);
      }
    }
    expect([...seen.keys()].sort()).toEqual([
      'agent',
      'chat aborted',
      'chat delta',
      'chat error',
      'chat final',
      'chat status',
      'connect.challenge',
      'presence',
      'session.message',
      'sessions.changed',
    ]);
  });

  it('presence carries both versions and entries of the schema', async () => {
    const presence = await client.next<EventFrame>(isEvent('presence'));
    expect(presence.stateVersion).toEqual({
      presence: expect.any(Number),
      health: expect.any(Number),
    });
    for (const entry of presence.payload.presence as object[]) {
      expect(problems(schemas.PresenceEntrySchema, without(entry, 'clientId'))).toEqual([]);
    }
  });

  it('session.message and sessions.changed have the shape of real ones', async () => {
    await client.call('sessions.subscribe', {});
    await runToTheEnd('hello', 'k1');
    const message = await client.next<EventFrame>(isEvent('session.message'));
    expect(message.payload).toMatchObject({
      sessionKey: 'agent:main:main',
      agentId: 'main',
      message: { role: 'user', content: 'hello', idempotencyKey: 'k1:user', __openclaw: { seq: 1 } },
      messageId: expect.any(String),
      messageSeq: 1,
      session: { key: 'agent:main:main', kind: 'direct', classification: 'main', isMain: true },
      sessionId: expect.any(String),
      hasActiveRun: true,
    });
    const reasons = client.frames.flatMap((frame) =>
      frame.type === 'event' && frame.event === 'sessions.changed' ? [frame.payload.reason] : [],
    );
    await client.next(isEvent('sessions.changed', ({ reason }) => reason === 'agent.input.settled'));
    expect(reasons.slice(0, 2)).toEqual(['send', 'agent.run.started']);
  });
});
