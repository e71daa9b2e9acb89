import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFixture } from '../../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../../test-support/model-server.ts';
import { startTalk, type Talk } from '../../test-support/talk.ts';
import { type EventFrame, isEvent, newDevice, type TestClient } from '../../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

let server: ModelServer;
let talk: Talk;
let call: Record<string, unknown>;
const device = newDevice();

beforeEach(async () => {
  server = await startModelServer();
  fixture.defer(server.stop);
  server.script = ({ messages }, answer) => {
    const last = messages.at(-1);
    if (last?.role === 'tool') answer.write(`the node said: ${last.content}`);
    else answer.call('node', call);
  };
  talk = await startTalk(fixture, { model: { providerId: 'lab', modelId: 'm', baseUrl: server.baseUrl } });
});

/** A node that a person has approved, and that answers every command with what it was asked. */
async function connectNode(displayName = 'Kitchen'): Promise<TestClient> {
  const node = await fixture.connect(talk.gateway, {
    id: 'node-host',
    mode: 'node',
    role: 'node',
    scopes: [],
    displayName,
    device,
    mutate: (params) =>
      Object.assign(params, {
        caps: ['system'],
        commands: ['system.run', 'system.which', 'system.execApprovals.set'],
      }),
  });
  const { payload } = await talk.client.next<EventFrame>(isEvent('node.pair.requested'));
  await talk.client.call('node.pair.approve', { requestId: payload.requestId });
  return node;
}

async function answerOne(node: TestClient, result: object) {
  const { payload } = await node.next<EventFrame>(isEvent('node.invoke.request'));
  await node.call('node.invoke.result', { id: payload.id, nodeId: device.id, ...result });
  return payload;
}

describe('the command flow (R4): a message, the agent, a tool of a node, the answer', () => {
  it('reaches the node with its parameters and comes back', async () => {
    const node = await connectNode();
    call = { node: 'Kitchen', command: 'system.which', params: { bins: ['ls'] } };
    await talk.send('where is ls?', 'k1');
    const request = await answerOne(node, { ok: true, payload: { ls: '/bin/ls' } });
    expect(request).toMatchObject({ command: 'system.which', paramsJSON: '{"bins":["ls"]}' });
    expect((await talk.ended('k1')).message).toMatchObject({
      content: [{ text: 'the node said: {"ls":"/bin/ls"}' }],
    });
    expect(JSON.stringify(server.requests[0]?.body.tools)).toContain('- Kitchen: system.run, system.which');
    expect(talk.client.frames.some(isEvent('exec.approval.requested'))).toBe(false);
  });

  it('tells the model what went wrong on the node', async () => {
    const node = await connectNode();
    call = { node: 'Kitchen', command: 'system.which' };
    await talk.send('x', 'k1');
    await answerOne(node, { ok: false, error: { code: 'BUSY', message: 'later' } });
    expect(JSON.stringify((await talk.ended('k1')).message)).toContain('BUSY: later');
  });

  it('runs a program there only when a person allows it; what they see is all that is sent', async () => {
    const node = await connectNode();
    call = { node: 'Kitchen', command: 'system.run', params: { command: ['echo', 'a b'], cwd: '/tmp' } };
    await talk.send('x', 'k1');
    const { payload } = await talk.client.next<EventFrame>(isEvent('exec.approval.requested'));
    expect(payload.request).toMatchObject({
      command: 'echo "a b" {"cwd":"/tmp"}',
      host: 'node',
      nodeId: device.id,
    });
    expect(node.frames.some(isEvent('node.invoke.request'))).toBe(false);
    await talk.client.call('exec.approval.resolve', { id: payload.id, decision: 'allow-once' });
    await answerOne(node, { ok: true, payload: { stdout: 'a b' } });
    expect(JSON.stringify((await talk.ended('k1')).message)).toContain('a b');
  });

  it('is not run when it is declined', async () => {
    const node = await connectNode();
    call = { node: 'Kitchen', command: 'system.run', params: { command: ['rm', '-rf', '/'] } };
    await talk.send('x', 'k1');
    const { payload } = await talk.client.next<EventFrame>(isEvent('exec.approval.requested'));
    await talk.client.call('exec.approval.resolve', { id: payload.id, decision: 'deny' });
    expect(JSON.stringify((await talk.ended('k1')).message)).toContain('declined');
    expect(node.frames.some(isEvent('node.invoke.request'))).toBe(false);
  });

  it.each([
    [{ node: 'Attic', command: 'system.which' }, 'There is no node Attic'],
    [{ node: 'Kitchen', command: 'camera.snap' }, 'does not offer camera.snap'],
    // It could let itself do everything there.
    [{ node: 'Kitchen', command: 'system.execApprovals.set' }, 'does not offer system.execApprovals.set'],
  ])('%j is no tool', async (made, answer) => {
    await connectNode();
    call = made;
    expect(await talk.say('x', 'k1')).toContain(answer);
  });
});

it('is not offered while no node is connected', async () => {
  call = {};
  await talk.say('x', 'k1');
  expect(JSON.stringify(server.requests[0]?.body.tools)).not.toContain('"node"');
});

it('a skill that a node has published is offered to the model and read by it (R4)', async () => {
  const node = await connectNode();
  const skill = {
    name: 'water-plants',
    description: 'How the plants are watered',
    content: 'Only at night.',
  };
  await node.call('node.skills.update', { skills: [skill] });
  server.script = ({ messages }, answer) => {
    const last = messages.at(-1);
    if (last?.role === 'tool') answer.write(`I read: ${last.content}`);
    else answer.call('skill', { skill: 'water-plants on Kitchen' });
  };
  await talk.send('water the plants', 'k1');
  expect((await talk.ended('k1')).message).toMatchObject({ content: [{ text: 'I read: Only at night.' }] });
  expect(JSON.stringify(server.requests[0])).toContain('water-plants on Kitchen: How the plants are watered');
  node.close();
  await talk.client.next(isEvent('presence', (payload) => JSON.stringify(payload).includes('disconnect')));
  await talk.send('and again', 'k2');
  expect((await talk.ended('k2')).message).toMatchObject({
    content: [{ text: 'I read: There is no tool called skill.' }],
  });
});
