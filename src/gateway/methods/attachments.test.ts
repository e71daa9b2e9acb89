import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../shared/config/model-config.ts';
import { readAttachments } from '../agent/media/attachments.ts';
import { createFixture } from '../test-support/fixture.ts';
import { type ModelServer, startModelServer } from '../test-support/model-server.ts';
import { minimalPdf } from '../test-support/pdf.ts';
import { startTalk } from '../test-support/talk.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

let server: ModelServer;
beforeEach(async () => {
  server = await startModelServer();
  fixture.defer(server.stop);
});

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const image = { type: 'image', mimeType: 'image/png', fileName: 'dot.png', content: PNG };
const note = {
  type: 'file',
  mimeType: 'text/plain',
  fileName: 'note.txt',
  content: base64('hello from a file'),
};

const model = (input?: string[]): ModelConfig => ({
  providerId: 'lab',
  modelId: 'm',
  baseUrl: server.baseUrl,
  ...(input === undefined ? {} : { input }),
});
const asked = (index = 0) => JSON.stringify(server.requests[index]?.body);

describe('attachments of chat.send', () => {
  it('are advertised, kept, and named in the history', async () => {
    const stateDir = await fixture.stateDir();
    const talk = await startTalk(fixture, { model: model(['text', 'image']), stateDir });
    expect(talk.client.hello.policy).toMatchObject({
      attachments: { maxBytes: 19_464_192, maxImageBytes: 6_291_456 },
    });
    await talk.say('look', 'k1', { attachments: [image, note] });
    const [row] = await talk.rows();
    expect(row).toMatchObject({
      role: 'user',
      content: 'look',
      __openclaw: {
        media: [
          {
            url: expect.stringMatching(/^media:\/\/inbound\/.+\.png$/),
            contentType: 'image/png',
            kind: 'image',
            fileName: 'dot.png',
            sizeBytes: 70,
          },
          {
            url: expect.stringMatching(/^media:\/\/inbound\/.+\.txt$/),
            contentType: 'text/plain',
            kind: 'document',
            fileName: 'note.txt',
            sizeBytes: 17,
          },
        ],
      },
    });
    const dir = join(stateDir, 'media', 'inbound');
    const files = await readdir(dir);
    expect(files).toHaveLength(2);
    for (const file of files) expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect(asked()).toContain(PNG);
    expect(asked()).toContain('hello from a file');
    // The next question still shows them.
    await talk.say('and now?', 'k2');
    expect(asked(1)).toContain(PNG);
  });

  it('may come without words', async () => {
    const talk = await startTalk(fixture, { model: model() });
    await talk.say('', 'k1', { attachments: [note] });
    expect(asked()).toContain('hello from a file');
  });

  it.each([[undefined], [['text']]])('an image is only named to a model that takes %j', async (input) => {
    const talk = await startTalk(fixture, { model: model(input) });
    await talk.say('look', 'k1', { attachments: [image] });
    expect(asked()).not.toContain(PNG);
    expect(asked()).toContain('this model cannot see images');
  });

  it('the text of a PDF is read', async () => {
    const talk = await startTalk(fixture, { model: model() });
    const content = minimalPdf('Chapter one: the tunnel').toString('base64');
    await talk.say('summarize', 'k1', {
      attachments: [{ mimeType: 'application/pdf', fileName: 'a.pdf', content }],
    });
    expect(asked()).toContain('Chapter one: the tunnel');
  });

  it('a PDF without text is named, not invented', async () => {
    const talk = await startTalk(fixture, { model: model() });
    const content = base64('%PDF-1.4 and nothing that follows');
    await talk.say('summarize', 'k1', {
      attachments: [{ mimeType: 'application/pdf', fileName: 'a.pdf', content }],
    });
    expect(asked()).toContain('no text could be read from it');
  });

  it('that are sent twice are kept once', async () => {
    const stateDir = await fixture.stateDir();
    const talk = await startTalk(fixture, { model: model(), stateDir });
    await talk.say('look', 'k1', { attachments: [note] });
    expect(await talk.send('look', 'k1', { attachments: [note] })).toMatchObject({ status: 'ok' });
    expect(await readdir(join(stateDir, 'media', 'inbound'))).toHaveLength(1);
  });

  it('that cannot be used refuse the whole message, and nothing is kept', async () => {
    const stateDir = await fixture.stateDir();
    const talk = await startTalk(fixture, { model: model(), stateDir });
    const response = await talk.client.request('chat.send', {
      sessionKey: 'main',
      message: 'x',
      idempotencyKey: 'k',
      attachments: [note, { ...image, fileName: 'x.png', content: '!!!not base64' }],
    });
    expect(response.error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'Error: attachment x.png: invalid base64 content',
    });
    expect(await talk.rows()).toEqual([]);
    await expect(readdir(join(stateDir, 'media'))).rejects.toThrow();
  });
});

describe('readAttachments', () => {
  const limits = { maxBytes: 100, maxImageBytes: 80 };
  const errorOf = (...attachments: Parameters<typeof readAttachments>[0]) => {
    const read = readAttachments(attachments, limits);
    return read.ok ? null : read.error;
  };
  const text = (length: number) => ({
    mimeType: 'text/plain',
    fileName: 'a.txt',
    content: base64('x'.repeat(length)),
  });

  it.each([
    [
      'a file that is too large',
      [text(101)],
      'Error: attachment a.txt: exceeds size limit (101 > 100 bytes)',
    ],
    [
      'files that are too large together',
      [text(60), text(60)],
      'Error: attachments: exceeds size limit (120 > 100 bytes)',
    ],
    [
      'an image that is too large',
      [
        {
          ...image,
          content: Buffer.concat([Buffer.from(PNG, 'base64'), Buffer.alloc(20)]).toString('base64'),
        },
      ],
      'Error: attachment dot.png: image exceeds size limit (90 > 80 bytes)',
    ],
    [
      'an image that is none',
      [{ ...image, content: base64('hello') }],
      'Error: attachment dot.png: content is not image/png',
    ],
    [
      'a PDF that is none',
      [{ mimeType: 'application/pdf', content: base64('hello') }],
      'Error: attachment #1: content is not application/pdf',
    ],
    [
      'a program',
      [
        {
          mimeType: 'application/zip',
          fileName: 'a.zip',
          content: Buffer.from([80, 75, 3, 4, 0]).toString('base64'),
        },
      ],
      'Error: attachment a.zip: unsupported type application/zip',
    ],
    ['nothing', [{ fileName: 'a', content: '' }], 'Error: attachment a: empty content'],
    ['no content', [{ fileName: 'a' }], 'Error: attachment a: invalid base64 content'],
    ['a broken length', [{ fileName: 'a', content: 'AAAAA' }], 'Error: attachment a: invalid base64 content'],
    ['too many', Array.from({ length: 17 }, () => text(1)), 'Error: too many attachments (17 > 16)'],
  ])('refuses %s', (_what, attachments, error) => {
    expect(errorOf(...attachments)).toBe(error);
  });

  it('takes data URLs, any text, and no path in a name', () => {
    const read = readAttachments([
      { fileName: '../../etc/passwd', content: `data:application/json;base64,${base64('{}')}` },
      { content: base64('plain') },
    ]);
    expect(read).toMatchObject({
      ok: true,
      value: [
        { contentType: 'application/json', fileName: 'passwd', extension: 'txt' },
        { contentType: 'text/plain', fileName: undefined },
      ],
    });
  });
});
