import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as schemas from '@openclaw/gateway-protocol/schema';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { everyScope } from '../test-support/talk.ts';
import { isEvent, newDevice, type TestClient } from '../test-support/wire-client.ts';

/** Shapes and errors copied from a real Gateway (2026.9.6). One Gateway for all: each test has keys of its own. */
const fixture = createFixture();
let model: ModelServer;
let admin: TestClient;
let client: TestClient;

beforeAll(async () => {
  model = await startModelServer();
  fixture.defer(model.stop);
  model.script = async ({ messages }, answer) => {
    answer.write('one');
    if (messages.at(-1)?.content === 'slow') await answer.closed;
  };
  const gateway = await fixture.start({
    model: { providerId: 'fake', modelId: 'fake-1', baseUrl: model.baseUrl },
  });
  admin = await fixture.connect(gateway, {
    id: 'openclaw-macos',
    mode: 'ui',
    device: newDevice(),
    scopes: everyScope,
  });
  client = await fixture.connect(gateway);
});
afterAll(() => fixture.cleanUp());

const said = (runId: string, ...states: string[]) =>
  admin.next(isEvent('chat', (payload) => payload.runId === runId && states.includes(String(payload.state))));

/** A session with one answered message. */
async function session(key: string, from = admin): Promise<string> {
  await from.call('chat.send', { sessionKey: key, message: 'hi', idempotencyKey: `first-${key}` });
  await said(`first-${key}`, 'final');
  const { session: row } = await from.call('sessions.describe', { key });
  return (row as { sessionId: string }).sessionId;
}

async function slow(key: string, runId: string): Promise<void> {
  await admin.call('chat.send', { sessionKey: key, message: 'slow', idempotencyKey: runId });
  await said(runId, 'delta');
}

const error = async (from: TestClient, method: string, params: object) =>
  (await from.request(method, params)).error;

describe('sessions.resolve', () => {
  it('finds by key, session id, label and short id', async () => {
    const sessionId = await session('res');
    await admin.call('sessions.patch', { key: 'res', label: 'Resolved' });
    const found = { ok: true, key: 'agent:main:res', agentId: 'main' };
    for (const params of [{ key: 'res' }, { key: sessionId }, { sessionId }, { label: 'Resolved' }]) {
      const result = await client.call('sessions.resolve', params);
      expect([params, result]).toEqual([params, found]);
      expect(Value.Check(schemas.SessionsResolveResultSchema, result)).toBe(true);
    }
    const { key } = await admin.call('sessions.create', { label: 'Dashboard' });
    const shortId = String(key).split(':').at(-1)?.slice(0, 8);
    expect(await client.call('sessions.resolve', { shortId })).toMatchObject({ ok: true, key });
    expect(await client.call('sessions.resolve', { key: 'nope', allowMissing: true })).toEqual({ ok: false });
  });

  it.each([
    [{ key: 'nope' }, 'No session found: nope'],
    [{ sessionId: 'nope' }, 'No session found: nope'],
    [{ label: 'Nope' }, 'No session found with label: Nope'],
    [{ key: 'agent:nope:x' }, 'No session found: agent:nope:x'],
    [{ shortId: 'zzzzzzzz' }, 'shortId must be 8-32 hexadecimal characters'],
    [{}, 'Either key, sessionId, label, shortId, or reference is required'],
    [{ key: 'a', label: 'b' }, 'Provide either key, sessionId, label, shortId, or reference (not multiple)'],
  ])('%j: %s', async (params, message) => {
    expect(await error(client, 'sessions.resolve', params)).toMatchObject({
      code: 'INVALID_REQUEST',
      message,
    });
  });

  it('names the candidates where a short id fits several', async () => {
    const id = '01234567-89ab-4cde-8f01-23456789abc';
    for (const last of ['0', '1']) await admin.call('sessions.create', { key: `agent:main:x:${id}${last}` });
    const found = await client.call('sessions.resolve', { shortId: '01234567' });
    expect(found).toMatchObject({ ok: false, candidates: [{ agentId: 'main' }, { agentId: 'main' }] });
  });
});

describe('sessions.send', () => {
  it('talks into a session that exists, once per key', async () => {
    await session('snd');
    const params = { key: 'snd', message: 'hi', idempotencyKey: 'send-1' };
    expect(await client.call('sessions.send', params)).toEqual({ runId: 'send-1', status: 'started' });
    await said('send-1', 'final');
    expect(await client.call('sessions.send', params)).toEqual({ runId: 'send-1', status: 'ok' });
  });

  it.each([
    [{ key: 'nope', message: 'x' }, 'session not found: nope'],
    [{ key: 'agent:nope:x', message: 'x' }, 'Agent "nope" no longer exists in configuration'],
    [{ message: 'x' }, 'session mutation target is unavailable'],
    [{ key: 'x' }, "invalid sessions.send params: must have required property 'message'"],
  ])('%j: %s', async (params, message) => {
    expect(await error(client, 'sessions.send', params)).toMatchObject({ code: 'INVALID_REQUEST', message });
  });
});

describe('sessions.abort', () => {
  const idle = { ok: true, abortedRunId: null, status: 'no-active-run' };

  it('ends the active run by key or by id; what waits stays, unless it shall not', async () => {
    expect(await client.call('sessions.abort', { key: 'abo' })).toEqual(idle);
    await slow('abo', 'abo-1');
    await admin.call('chat.send', { sessionKey: 'abo', message: 'slow', idempotencyKey: 'abo-2' });
    expect(await error(client, 'sessions.abort', { key: 'abo' })).toMatchObject({ message: 'unauthorized' });
    expect(await admin.call('sessions.abort', { key: 'abo', runId: 'nope' })).toEqual(idle);
    const ended = { ok: true, abortedRunId: 'abo-1', status: 'aborted' };
    expect(await admin.call('sessions.abort', { key: 'abo' })).toEqual(ended);
    await said('abo-2', 'delta');
    await admin.call('chat.send', { sessionKey: 'abo', message: 'slow', idempotencyKey: 'abo-3' });
    expect(await admin.call('sessions.abort', { key: 'abo', clearQueued: true })).toMatchObject({
      abortedRunId: 'abo-2',
    });
    await said('abo-3', 'aborted');
    await slow('abo', 'abo-4');
    expect(await admin.call('sessions.abort', { runId: 'abo-4' })).toMatchObject({ status: 'aborted' });
    await said('abo-4', 'aborted');
  });

  it.each([{}, { runId: 'nope' }])('%j has no target', async (params) => {
    expect(await error(client, 'sessions.abort', params)).toMatchObject({
      message: 'session mutation target is unavailable',
      details: { code: 'SESSION_MUTATION_TARGET_REQUIRED', method: 'sessions.abort' },
    });
  });
});

describe('sessions.patchMany', () => {
  it('says of each target what became of it', async () => {
    const expectedSessionId = await session('pm-a');
    await session('pm-b');
    const targets = [{ key: 'agent:main:pm-a' }, { key: 'agent:main:pm-b' }];
    const labelled = await client.call('sessions.patchMany', { targets, patch: { label: 'Same' } });
    expect(labelled).toEqual({
      outcomes: [
        { ok: true, key: 'agent:main:pm-a' },
        {
          ok: false,
          key: 'agent:main:pm-b',
          error: { code: 'INVALID_REQUEST', message: 'label already in use: Same' },
        },
      ],
    });
    expect(Value.Check(schemas.SessionsPatchManyResultSchema, labelled)).toBe(true);
    const archived = await client.call('sessions.patchMany', {
      targets: [{ key: 'pm-a', expectedSessionId }, { key: 'pm-b' }, { key: 'main' }],
      patch: { archived: true },
    });
    const messages = (archived.outcomes as { error?: { message: string } }[]).map(
      (each) => each.error?.message,
    );
    expect(messages).toEqual([
      undefined,
      'expectedSessionId required for session lifecycle patch: agent:main:pm-b',
      "Cannot archive an agent's main session.",
    ]);
  });

  it.each([
    [{ targets: [{ key: 'x' }, { key: 'agent:main:x' }], patch: { unread: true } }, 'Duplicate target.'],
    [{ targets: [{ key: 'x' }], patch: { verboseLevel: 'on' } }, 'missing scope: operator.admin'],
  ])('%j: %s', async (params, message) => {
    expect(await error(client, 'sessions.patchMany', params)).toMatchObject({ message });
  });
});

describe('what is deleted or reset', () => {
  it('stays readable in a file, whole and for the owner alone', async () => {
    const sessionId = await session('arc');
    const { messages } = await admin.call('chat.history', { sessionKey: 'arc' });
    await admin.call('sessions.reset', { key: 'arc' });
    await admin.call('sessions.reset', { key: 'arc' });
    await admin.call('sessions.send', { key: 'arc', message: 'again', idempotencyKey: 'arc-2' });
    await said('arc-2', 'final');
    const { archived } = await admin.call('sessions.delete', { key: 'arc' });
    const [path = ''] = archived as string[];
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const [head, ...rows] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(head).toMatchObject({ type: 'session', key: 'agent:main:arc', sessionId, reason: 'deleted' });
    expect(rows.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);

    const dir = dirname(path);
    const resets = (await readdir(dir)).filter((name) => name.startsWith(`${sessionId}.reset.`));
    expect(resets).toHaveLength(1);
    const earlier = (await readFile(join(dir, String(resets[0])), 'utf8')).trimEnd().split('\n').slice(1);
    expect(earlier.map((line) => JSON.parse(line))).toEqual(messages);
  });
});
