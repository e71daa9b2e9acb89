import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../shared/config/model-config.ts';
import { APPROVAL_LIFETIME_MS } from '../agent/approvals/approvals.ts';
import { type GatewayClock, systemClock } from '../clock.ts';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { appClient, everyScope, startTalk, type Talk } from '../test-support/talk.ts';
import { type EventFrame, isEvent, newDevice, type TestClient } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

let server: ModelServer;
let command: string;
beforeEach(async () => {
  server = await startModelServer();
  fixture.defer(server.stop);
  command = 'echo ran && touch mark';
  server.script = ({ messages }, answer) => {
    const last = messages.at(-1);
    if (last?.role === 'tool') answer.write(`tool said: ${last.content}`);
    else answer.call('exec', { command });
  };
});

const model = (): ModelConfig => ({ providerId: 'lab', modelId: 'fake-1', baseUrl: server.baseUrl });
const requested = (client: TestClient) => client.next<EventFrame>(isEvent('exec.approval.requested'));
const resolve = (client: TestClient, id: unknown, decision: string) =>
  client.request('exec.approval.resolve', { id, decision });

const begin = async (options: Parameters<typeof startTalk>[1] = {}): Promise<Talk & { stateDir: string }> => {
  const stateDir = await fixture.stateDir();
  return { ...(await startTalk(fixture, { model: model(), stateDir, ...options })), stateDir };
};
const isMarked = ({ stateDir }: { stateDir: string }) =>
  stat(join(stateDir, 'workspace', 'mark')).then(
    () => true,
    () => false,
  );

describe('a command of the agent (R1)', () => {
  it('waits for a person, and runs once it is allowed', async () => {
    const talk = await begin();
    await talk.send('do it', 'k1');
    const { payload } = await requested(talk.client);
    expect(payload).toMatchObject({
      approvalKind: 'exec',
      request: {
        command,
        cwd: join(talk.stateDir, 'workspace'),
        host: 'gateway',
        nodeId: null,
        sessionKey: 'agent:main:main',
        runId: 'k1',
        allowedDecisions: ['allow-once', 'allow-always', 'deny'],
        commandAnalysis: { commandCount: 2 },
      },
    });
    expect(Number(payload.expiresAtMs) - Number(payload.createdAtMs)).toBe(30 * 60_000);
    const { id } = payload;
    expect((await talk.client.request('exec.approval.list')).payload).toEqual([payload]);
    expect(await talk.client.call('exec.approval.get', { id })).toMatchObject({
      id,
      commandText: command,
      host: 'gateway',
      agentId: 'main',
    });
    expect(await isMarked(talk)).toBe(false);
    expect((await resolve(talk.client, id, 'allow-once')).payload).toEqual({ ok: true });
    expect((await talk.ended('k1')).message).toMatchObject({ content: [{ text: 'tool said: ran' }] });
    expect(await isMarked(talk)).toBe(true);

    const done = await talk.client.next<EventFrame>(isEvent('exec.approval.resolved'));
    expect(done.payload).toMatchObject({ id, decision: 'allow-once', resolvedBy: 'Test App' });
    expect((await talk.client.request('exec.approval.list')).payload).toEqual([]);
    expect(
      talk.agentEvents('k1').map(({ stream, data }) => `${stream}:${(data as { phase?: string }).phase}`),
    ).toEqual(
      expect.arrayContaining([
        'item:start',
        'tool:start',
        'lifecycle:waiting-approval',
        'lifecycle:approval-resolved',
        'tool:result',
        'item:end',
        'command_output:end',
      ]),
    );
    expect((await talk.rows()).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'toolResult',
      'assistant',
    ]);
  });

  it('is told with what is hidden in it; what runs and is allowed for good is the command itself', async () => {
    command = 'echo ran; \u001b]0; touch mark #\u0007';
    const shown = 'echo ran; \\u{1B}]0; touch mark #\\u{7}';
    const talk = await begin();
    await talk.send('do it', 'k1');
    const { payload } = await requested(talk.client);
    expect(payload.request).toMatchObject({ command: shown });
    expect((await talk.client.request('exec.approval.list')).payload).toEqual([payload]);
    const { id } = payload;
    expect(await talk.client.call('exec.approval.get', { id })).toMatchObject({ commandText: shown });
    expect(await isMarked(talk)).toBe(false);
    await resolve(talk.client, id, 'allow-always');
    expect(JSON.stringify((await talk.ended('k1')).message)).toContain('tool said: ran');
    expect(await isMarked(talk)).toBe(true);
    expect(await talk.client.call('exec.approvals.get')).toMatchObject({
      file: { agents: { main: { allowlist: [{ pattern: command }] } } },
    });
    expect(await talk.say('do it', 'k2')).toContain('tool said: ran');
    expect(talk.client.frames.filter(isEvent('exec.approval.requested'))).toHaveLength(1);
  });

  it.each([
    ['echo said && exit 3', 'said\n\n(Command exited with code 3)'],
    ['exit 4', '(no output)\n\n(Command exited with code 4)'],
  ])(
    'that fails (%s) leaves its exit code in the transcript as the real Gateway writes it',
    async (fails, text) => {
      command = fails;
      const talk = await begin();
      await talk.send('do it', 'k1');
      const { payload } = await requested(talk.client);
      await resolve(talk.client, payload.id, 'allow-once');
      await talk.ended('k1');
      expect((await talk.rows())[2]).toMatchObject({
        role: 'toolResult',
        isError: true,
        content: [{ type: 'text', text }],
      });
    },
  );

  it('does not run when it is declined, and the model is told', async () => {
    const talk = await begin();
    await talk.send('do it', 'k1');
    const { payload } = await requested(talk.client);
    await resolve(talk.client, payload.id, 'deny');
    expect(JSON.stringify((await talk.ended('k1')).message)).toContain('the person declined it');
    expect(await isMarked(talk)).toBe(false);
    expect(talk.agentEvents('k1', 'approval')[0]?.data).toMatchObject({ status: 'denied', message: command });
    expect((await talk.rows())[2]).toMatchObject({ role: 'toolResult', isError: true });
  });

  it('that was allowed for good runs unasked, in that directory and after a restart, and nothing else does', async () => {
    const talk = await begin();
    await talk.send('do it', 'k1');
    const { payload } = await requested(talk.client);
    await resolve(talk.client, payload.id, 'allow-always');
    await talk.ended('k1');
    await talk.gateway.stop();

    const again = {
      ...(await startTalk(fixture, { model: model(), stateDir: talk.stateDir })),
      stateDir: talk.stateDir,
    };
    expect(await again.say('do it', 'k2')).toBe('tool said: ran');
    expect(again.client.frames.some(isEvent('exec.approval.requested'))).toBe(false);
    const policy = await again.client.call('exec.approvals.get');
    expect(policy).toMatchObject({
      file: { agents: { main: { allowlist: [{ pattern: command, source: 'allow-always' }] } } },
    });
    const { file, hash: baseHash } = policy as { file: object; hash: string };
    const set = (params: object) => again.client.request('exec.approvals.set', params);
    expect((await set({ file, baseHash })).payload).toEqual(policy);
    expect((await set({ file })).error?.message).toBe(
      'exec approvals base hash required; re-run exec.approvals.get and retry',
    );
    expect((await set({ file, baseHash: 'old' })).error?.message).toBe(
      'exec approvals changed since last load; re-run exec.approvals.get and retry',
    );
    const pattern = { version: 1, agents: { main: { allowlist: [{ pattern: '/usr/bin/*' }] } } };
    expect((await set({ file: pattern, baseHash })).error?.message).toContain('is not supported');
    const full = { version: 1, defaults: { security: 'full' } };
    expect((await set({ file: full, baseHash })).error?.message).toContain('is not supported');
    const emptied = await set({ file: { version: 1, agents: { main: { allowlist: [] } } }, baseHash });
    expect(emptied.payload).toMatchObject({ file: { agents: { main: { allowlist: [] } } } });
    await again.send('do it', 'k2b');
    await resolve(again.client, (await requested(again.client)).payload.id, 'deny');
    await again.ended('k2b');
    command = 'echo ran && touch mark2';
    await again.send('do it', 'k3');
    const asked = isEvent('exec.approval.requested', (event) => JSON.stringify(event).includes('mark2'));
    await resolve(again.client, (await again.client.next<EventFrame>(asked)).payload.id, 'deny');
    await again.ended('k3');
  });

  it('is declined at once when nobody is there to ask', async () => {
    const stateDir = await fixture.stateDir();
    // An operator with every scope, in an app that cannot show approvals.
    const talk = await startTalk(
      fixture,
      { model: model(), stateDir },
      { id: 'openclaw-linux', mode: 'ui', device: newDevice(), scopes: everyScope },
    );
    const text = await talk.say('do it', 'k1');
    expect(text).toContain('no app that can ask for one is connected');
    expect(await isMarked({ stateDir })).toBe(false);
  });

  it('is given up when its run is stopped; what was asked disappears', async () => {
    const talk = await begin();
    await talk.send('do it', 'k1');
    const { payload } = await requested(talk.client);
    await talk.client.call('chat.abort', { sessionKey: 'main', runId: 'k1' });
    expect(await talk.ended('k1')).toMatchObject({ state: 'aborted' });
    await talk.client.next(isEvent('exec.approval.resolved', ({ id }) => id === payload.id));
    expect((await talk.client.request('exec.approval.list')).payload).toEqual([]);
    expect(await isMarked(talk)).toBe(false);
  });

  it('is declined when nobody decides for half an hour', async () => {
    const expiries: (() => void)[] = [];
    const clock: GatewayClock = {
      now: systemClock.now,
      after(delayMs, run) {
        if (delayMs !== APPROVAL_LIFETIME_MS) return systemClock.after(delayMs, run);
        expiries.push(run);
        return () => {};
      },
    };
    const talk = await begin({ clock });
    await talk.send('do it', 'k1');
    await requested(talk.client);
    for (const expire of expiries) expire();
    expect(JSON.stringify((await talk.ended('k1')).message)).toContain('nobody decided in time');
    expect(await isMarked(talk)).toBe(false);
  });

  it.each([
    ['deny', 'There is no tool called exec'],
    ['allowlist', 'only commands of the allowlist may run'],
  ] as const)('never asks in the mode %s', async (exec, answer) => {
    const talk = await begin({ agent: { exec } });
    expect(await talk.say('do it', 'k1')).toContain(answer);
    expect(talk.client.frames.some(isEvent('exec.approval.requested'))).toBe(false);
    expect(await isMarked(talk)).toBe(false);
  });
});

describe('who may decide', () => {
  it('the device that asked and administrators; others neither hear of it nor can do anything', async () => {
    const asker = newDevice();
    const own = {
      id: 'openclaw-macos',
      mode: 'ui',
      device: asker,
      scopes: ['operator.read', 'operator.write', 'operator.approvals'],
    };
    const talk = await startTalk(fixture, { model: model() }, own);
    const admin = await fixture.connect(talk.gateway, appClient());
    const stranger = await fixture.connect(talk.gateway, { ...own, device: newDevice() });
    const incapable = await fixture.connect(talk.gateway, {
      ...own,
      id: 'openclaw-linux',
      device: newDevice(),
      scopes: everyScope,
    });
    await talk.send('do it', 'k1');
    const { payload } = await requested(talk.client);
    expect((await requested(admin)).payload.id).toBe(payload.id);
    expect((await stranger.request('exec.approval.list')).payload).toEqual([]);
    expect((await stranger.request('exec.approval.get', { id: payload.id })).error).toMatchObject({
      details: { reason: 'APPROVAL_NOT_FOUND' },
    });
    expect((await resolve(stranger, payload.id, 'allow-once')).error?.message).toBe(
      'unknown or expired approval id',
    );
    // Without the capability nothing is pushed, but an administrator finds it.
    expect((await incapable.request('exec.approval.list')).payload).toHaveLength(1);
    await resolve(incapable, payload.id, 'deny');
    await talk.ended('k1');
    expect(stranger.frames.some(isEvent('exec.approval.requested'))).toBe(false);
    expect(incapable.frames.some(isEvent('exec.approval.requested'))).toBe(false);
  });

  it('needs the scope', async () => {
    const talk = await startTalk(
      fixture,
      { model: model() },
      { scopes: ['operator.read', 'operator.write'] },
    );
    expect((await talk.client.request('exec.approval.list')).error).toMatchObject({
      code: 'FORBIDDEN',
      details: { missingScope: 'operator.approvals' },
    });
  });
});

describe('exec.approval.resolve refuses (observed)', () => {
  it('a second decision, an unknown id, and a word that is no decision', async () => {
    const talk = await begin();
    await talk.send('do it', 'k1');
    const { id } = (await requested(talk.client)).payload;
    await resolve(talk.client, id, 'allow-once');
    expect((await resolve(talk.client, id, 'deny')).error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'approval already resolved',
      details: { reason: 'APPROVAL_ALREADY_RESOLVED' },
    });
    expect((await resolve(talk.client, 'nope', 'deny')).error).toMatchObject({
      message: 'unknown or expired approval id',
      details: { reason: 'APPROVAL_NOT_FOUND' },
    });
    expect((await resolve(talk.client, 'nope', 'banana')).error?.message).toBe('invalid decision');
    await talk.ended('k1');
  });
});
