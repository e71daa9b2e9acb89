import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFixture } from '../test-support/fixture.ts';
import { appClient } from '../test-support/talk.ts';
import { type EventFrame, isEvent, newDevice, type TestClient } from '../test-support/wire-client.ts';

/** Shapes and errors copied from a real Gateway (2026.9.6). One Gateway for all. */
const fixture = createFixture();
let app: TestClient;
let asker: TestClient;

beforeAll(async () => {
  const gateway = await fixture.start();
  app = await fixture.connect(gateway, appClient());
  asker = await fixture.connect(gateway, {
    id: 'openclaw-linux',
    mode: 'ui',
    device: newDevice(),
    scopes: ['operator.read', 'operator.approvals'],
  });
});
afterAll(() => fixture.cleanUp());

const requested = (command: string) =>
  app.next<EventFrame>(
    isEvent('exec.approval.requested', ({ request }) => (request as { command: string }).command === command),
  );
const stamps = { createdAtMs: expect.any(Number), expiresAtMs: expect.any(Number) };

describe('exec.approval.request', () => {
  it('asks in one step, and the answer is the decision', async () => {
    const asked = asker.call('exec.approval.request', { command: 'echo one', cwd: '/tmp', host: 'gateway' });
    const { payload } = await requested('echo one');
    expect(payload).toMatchObject({
      approvalKind: 'exec',
      request: { command: 'echo one', cwd: '/tmp', host: 'gateway', runId: null, sessionKey: null },
    });
    expect(await asker.call('exec.approval.list')).toMatchObject([{ id: payload.id }]);
    await app.call('exec.approval.resolve', { id: payload.id, decision: 'deny' });
    expect(await asked).toEqual({ id: payload.id, decision: 'deny', ...stamps });
  });

  it('asks in two steps: accepted, then decided; others may wait for it, too', async () => {
    const params = { id: 'ap-1', command: 'echo two', timeoutMs: 60_000, twoPhase: true };
    expect(await asker.call('exec.approval.request', params)).toEqual({
      status: 'accepted',
      id: 'ap-1',
      deliveryRoute: 'approval-client',
      ...stamps,
    });
    expect((await asker.request('exec.approval.request', params)).error?.message).toBe(
      'approval id already pending',
    );
    const waited = app.call('exec.approval.waitDecision', { id: 'ap-1' });
    await app.call('exec.approval.resolve', { id: 'ap-1', decision: 'allow-once' });
    const decided = { id: 'ap-1', decision: 'allow-once', ...stamps };
    expect(await waited).toEqual({ ...decided, terminalReason: 'user' });
    const answers = () =>
      asker.frames.filter((frame) => frame.type === 'res' && frame.payload?.id === 'ap-1');
    await asker.next((frame) => frame.type === 'res' && frame.payload?.decision === 'allow-once');
    expect(answers()).toMatchObject([{ payload: { status: 'accepted' } }, { payload: decided }]);
    expect(await app.call('exec.approval.waitDecision', { id: 'ap-1' })).toMatchObject(decided);
  });

  it('expires as no decision', async () => {
    expect(await asker.call('exec.approval.request', { command: 'echo late', timeoutMs: 1 })).toMatchObject({
      decision: null,
    });
  });

  it('says at once that nobody can be asked; the asker itself does not count', async () => {
    const result = await app.call('exec.approval.request', {
      id: 'alone',
      command: 'echo me',
      twoPhase: true,
    });
    expect(result).toEqual({ id: 'alone', decision: null, ...stamps });
    expect(await app.call('exec.approval.waitDecision', { id: 'alone' })).toMatchObject({
      decision: null,
      terminalReason: 'no-route',
    });
  });

  it.each([
    [{}, 'command is required'],
    [{ command: 'x', host: 'node' }, 'nodeId is required for host=node'],
    [{ command: 'x', host: 'node', nodeId: 'n' }, 'systemRunPlan is required for host=node'],
    [{ command: 'x', timeoutMs: 0 }, 'invalid exec.approval.request params: at /timeoutMs: must be >= 1'],
  ])('%j: %s', async (params, message) => {
    const { error } = await asker.request('exec.approval.request', params);
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', message });
  });

  it('keeps to scopes, and to approvals that there are', async () => {
    expect((await asker.request('exec.approvals.set', { file: { version: 1 } })).error?.message).toBe(
      'missing scope: operator.admin',
    );
    expect((await asker.request('exec.approval.waitDecision', { id: 'nope' })).error?.message).toBe(
      'approval expired or not found',
    );
  });
});
