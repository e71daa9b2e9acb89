import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as schemas from '@openclaw/gateway-protocol/schema';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onePixel } from '../../../e2e/fixtures/one-pixel.ts';
import { shownSoFar, splitMedia } from '../agent/media/answer-media.ts';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { startTalk, textOf } from '../test-support/talk.ts';
import { type EventFrame, isEvent } from '../test-support/wire-client.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
  fixture.defer(server.stop);
});

/** A Gateway whose model answers with these lines, and its workspace. */
async function start(...lines: string[]) {
  const stateDir = await fixture.stateDir();
  const workspace = join(stateDir, 'workspace');
  await mkdir(workspace, { recursive: true });
  server.script = (_request, answer) => answer.write(lines.join('\n'));
  const model = { providerId: 'lab', modelId: 'm', baseUrl: server.baseUrl };
  return { stateDir, workspace, talk: await startTalk(fixture, { model, stateDir }) };
}

type Listed = { artifacts: { id: string }[] };

describe('files of an answer (R8)', () => {
  it('are copied, named in the transcript and the final event, listed and given out', async () => {
    const { stateDir, workspace, talk } = await start(
      'Here.',
      '',
      'MEDIA:chart.png',
      'MEDIA:"./out/my report.txt"',
    );
    await writeFile(join(workspace, 'chart.png'), onePixel);
    await mkdir(join(workspace, 'out'));
    await writeFile(join(workspace, 'out', 'my report.txt'), 'all is well');
    await talk.say('draw', 'k1');

    const image = { type: 'image', alt: 'chart.png', mimeType: 'image/png', sizeBytes: onePixel.length };
    const text = { kind: 'document', label: 'my report.txt', mimeType: 'text/plain', sizeBytes: 11 };
    const content = [{ type: 'text', text: 'Here.' }, image, { type: 'attachment', attachment: text }];
    const row = (await talk.rows()).at(-1);
    expect(row).toMatchObject({ role: 'assistant', content });
    const final = talk.client.frames.findLast(
      (frame) => frame.type === 'event' && frame.event === 'chat' && frame.payload.state === 'final',
    );
    expect(final).toMatchObject({ payload: { message: { content } } });

    const list = await talk.client.call('artifacts.list', { sessionKey: 'main' });
    expect([...Value.Errors(schemas.ArtifactsListResultSchema, list)]).toEqual([]);
    expect(list).toMatchObject({
      artifacts: [
        { type: 'image', title: 'chart.png', runId: 'k1', download: { mode: 'bytes' } },
        { type: 'file', title: 'my report.txt' },
      ],
    });
    const [first, second] = (list as Listed).artifacts;
    // As it was when it was shown.
    await writeFile(join(workspace, 'out', 'my report.txt'), 'changed since');
    const ask = (artifactId: string | undefined, more: object = { sessionKey: 'main' }) =>
      talk.client.call('artifacts.download', { artifactId, ...more });
    const given = await ask(second?.id);
    expect([...Value.Errors(schemas.ArtifactsDownloadResultSchema, given)]).toEqual([]);
    expect(given).toMatchObject({ encoding: 'base64', data: btoa('all is well') });
    expect(await ask(first?.id, { runId: 'k1' })).toMatchObject({ data: onePixel.toString('base64') });
    expect(
      await talk.client.call('artifacts.get', { sessionKey: 'main', artifactId: first?.id }),
    ).toMatchObject({
      artifact: { id: first?.id },
    });

    const dir = join(stateDir, 'media', 'outgoing');
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    for (const file of await readdir(dir)) expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);

    // The model reads its answer as it wrote it.
    await talk.say('and now?', 'k2');
    expect(JSON.stringify(server.requests.at(-1)?.body)).toContain(
      'Here.\\nMEDIA:chart.png\\nMEDIA:my report.txt',
    );
  });

  it('are those of the workspace alone, and what could not be attached is said', async () => {
    const { stateDir, workspace, talk } = await start(
      'MEDIA:../gateway.db',
      'MEDIA:/etc/hostname',
      'MEDIA:leads-out',
      'MEDIA:.',
      'MEDIA:nothing.png',
    );
    await writeFile(join(stateDir, 'gateway.db'), 'secret');
    await symlink('/etc/hostname', join(workspace, 'leads-out'));
    await talk.say('show me', 'k1');
    const row = (await talk.rows()).at(-1) as { content: { type: string }[] };
    expect(row.content.map(({ type }) => type)).toEqual(['text', ...Array(5).fill('attachment_error')]);
    expect(await talk.client.call('artifacts.list', { sessionKey: 'main' })).toEqual({ artifacts: [] });
  });

  it('are given out only where a transcript names them', async () => {
    const { workspace, talk } = await start('MEDIA:chart.png');
    await writeFile(join(workspace, 'chart.png'), onePixel);
    await talk.say('draw', 'k1');
    const { artifacts } = (await talk.client.call('artifacts.list', { sessionKey: 'main' })) as Listed;
    const refusal = { error: { details: { type: 'artifact_not_found' } } };
    for (const asked of [
      { sessionKey: 'agent:main:other', artifactId: artifacts[0]?.id },
      { sessionKey: 'main', artifactId: 'artifact_../../gateway.db' },
      { runId: 'k9', artifactId: artifacts[0]?.id },
    ]) {
      expect(await talk.client.request('artifacts.download', asked)).toMatchObject(refusal);
    }
  });
});

it('images that a tool gave are kept, told of, listed and given out (R1, R8)', async () => {
  const data = onePixel.toString('base64');
  server.script = ({ messages }, answer) => {
    const content = [{ type: 'image', data, mimeType: 'image/png' }];
    if (messages.at(-1)?.role === 'tool') answer.write('Here.');
    else answer.call('pics__draw', { content });
  };
  const script = join(import.meta.dirname, '../test-support/mcp-server.mjs');
  const talk = await startTalk(fixture, {
    model: { providerId: 'lab', modelId: 'm', baseUrl: server.baseUrl },
    agent: { mcpServers: { pics: { command: process.execPath, args: [script] } } },
  });
  await talk.say('draw', 'k1');

  const image = { type: 'image', mimeType: 'image/png', omitted: true, bytes: onePixel.length };
  const row = (await talk.rows()).find(({ role }) => role === 'toolResult') as {
    content: { artifactId: string }[];
  };
  expect(row).toMatchObject({ content: [{ ...image, artifactId: expect.stringMatching(/^artifact_/) }] });
  const told = talk.agentEvents('k1', 'tool').at(-1);
  expect(told).toMatchObject({ data: { phase: 'result', result: { content: row.content } } });
  // The call holds it, because the test asked for it so; nothing else does.
  expect(JSON.stringify([row, told])).not.toContain(data);

  const list = await talk.client.call('artifacts.list', { sessionKey: 'main' });
  expect([...Value.Errors(schemas.ArtifactsListResultSchema, list)]).toEqual([]);
  const artifactId = row.content[0]?.artifactId;
  expect(list).toMatchObject({
    artifacts: [
      { id: artifactId, type: 'image', mimeType: 'image/png', sizeBytes: onePixel.length, runId: 'k1' },
    ],
  });
  expect(await talk.client.call('artifacts.download', { sessionKey: 'main', artifactId })).toMatchObject({
    data,
  });
});

describe('the lines that attach files', () => {
  it.each([
    ['says nothing of them', 'plain text', 'plain text', []],
    ['stands alone', 'MEDIA:a.png', '', ['a.png']],
    ['may be indented a little and quoted', 'x\n   MEDIA: "a b.png,"', 'x', ['a b.png,']],
    ['is text inside of a line', 'see MEDIA:a.png', 'see MEDIA:a.png', []],
    ['is text in code', '```\nMEDIA:a.png\n```', '```\nMEDIA:a.png\n```', []],
    ['counts again after code', '~~~\nMEDIA:a\n~~~\nMEDIA:b', '~~~\nMEDIA:a\n~~~', ['b']],
    ['leaves no blank lines where it stood', '\nMEDIA:a\n\nHere.\n\nMEDIA:b\n', 'Here.', ['a', 'b']],
    ['is code when it is indented far', '    MEDIA:a.png', '    MEDIA:a.png', []],
  ])('%s', (_, answer, text, paths) => {
    expect(splitMedia(answer)).toEqual({ text, paths });
  });
});

describe('the lines that attach files, in an answer that is still being said (R8)', () => {
  it('are never shown; what only begins like one is, as soon as that is clear', () => {
    const heard = (...pieces: string[]) => {
      let said = '';
      return pieces.map((piece) => {
        said += piece;
        return shownSoFar(said);
      });
    };
    expect(heard('Here', ' it is.\n', '\nMED', 'IA:cha', 'rt.png', '\nMEDI', 'ATE', ' on it')).toEqual([
      'Here',
      'Here it is.',
      'Here it is.',
      'Here it is.',
      'Here it is.',
      'Here it is.',
      'Here it is.\n\nMEDIATE',
      'Here it is.\n\nMEDIATE on it',
    ]);
    expect(heard('see MEDIA:', 'a.png\n', 'M', 'EDIA:', '\n', 'x')).toEqual([
      'see MEDIA:',
      'see MEDIA:a.png',
      'see MEDIA:a.png',
      'see MEDIA:a.png',
      'see MEDIA:a.png\nMEDIA:',
      'see MEDIA:a.png\nMEDIA:\nx',
    ]);
    expect(heard('```\nMED', 'IA:a', '.png\n```')).toEqual([
      '```\nMED',
      '```\nMEDIA:a',
      '```\nMEDIA:a.png\n```',
    ]);
  });

  const answers = [
    'Here.\n\nMEDIA:a.png\nmore  \n\n  MEDIA: "b c.png"\n\n',
    '\n  \nMEDIA:a\n\n\nHere.\n',
    '```\nMEDIA:a\n```\nMEDIATE\nMEDIA:\n MEDIA:b',
    ' \n ',
    'a  \n\n    MEDIA:x\r\nMEDIA:y\r\nM',
  ];
  it.each(answers)('only grow to what is said in the end: %j', (answer) => {
    let shown = '';
    for (let end = 1; end <= answer.length; end += 1) {
      const next = shownSoFar(answer.slice(0, end));
      expect(next.startsWith(shown)).toBe(true);
      shown = next;
    }
    expect(splitMedia(answer).text.startsWith(shown)).toBe(true);
  });

  it('are in no event and no row, however they come in pieces, nor before a call', async () => {
    const { workspace, talk } = await start();
    await writeFile(join(workspace, 'chart.png'), onePixel);
    const pieces = ['First', ' this.\n\nMED', 'IA:chart', '.png\nMEDIA', 'TE.'];
    server.script = async ({ messages }, answer) => {
      for (const piece of pieces) {
        answer.write(piece);
        await delay(60);
      }
      if (messages.at(-1)?.role !== 'tool') answer.call('exec', { command: 'true' });
    };
    await talk.send('draw', 'k1');
    const { payload } = await talk.client.next<EventFrame>(isEvent('exec.approval.requested'));
    await talk.client.call('exec.approval.resolve', { id: payload.id, decision: 'deny' });
    const { message } = await talk.ended('k1');
    const said = 'First this.\n\nMEDIATE.';
    expect(textOf(message)).toBe(`${said}\n\n${said}`);
    const deltas = talk.events('chat', 'k1').filter(({ state }) => state === 'delta');
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.map(({ deltaText }) => deltaText).join('')).toBe(textOf(message));
    const heard = talk.client.frames.filter(({ type }) => type === 'event');
    expect(JSON.stringify([heard, await talk.rows()])).not.toMatch(/MEDIA:/);
    const { artifacts } = (await talk.client.call('artifacts.list', { sessionKey: 'main' })) as Listed;
    expect(artifacts).toHaveLength(2);
  });
});
