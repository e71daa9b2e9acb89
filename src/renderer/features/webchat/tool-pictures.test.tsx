import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_PICTURE_BYTES } from '../../../shared/contract/artifact.ts';
import { giveBlobsAddresses } from '../../test-support/blob-addresses.ts';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

let blobs: ReadonlyMap<string, Blob> = new Map();

beforeEach(() => {
  blobs = giveBlobsAddresses();
});
afterEach(() => vi.restoreAllMocks());

const png = { type: 'image', data: btoa('png'), mimeType: 'image/png' };
const kept = (artifactId: string, more: object = {}) => ({
  type: 'image',
  mimeType: 'image/png',
  artifactId,
  omitted: true,
  bytes: 2048,
  ...more,
});
/** What a transcript says of one call, with its result in between. */
const rows = (...content: unknown[]) => [
  {
    role: 'assistant',
    content: [{ type: 'toolCall', id: 'call-1', name: 'browser__shot', arguments: {} }],
    timestamp: 1,
    __openclaw: { id: 'm1', seq: 1, runId: 'r1' },
  },
  {
    role: 'toolResult',
    toolCallId: 'call-1',
    content,
    isError: false,
    timestamp: 2,
    __openclaw: { id: 'm2', seq: 2, runId: 'r1' },
  },
  {
    role: 'assistant',
    content: [{ type: 'text', text: 'Here it is.' }],
    timestamp: 3,
    __openclaw: { id: 'm3', seq: 3, runId: 'r1' },
  },
];
const card = () => document.querySelector<HTMLElement>('details.tool');
const open = async () => {
  await userEvent.click(screen.getByText('browser__shot'));
  await waitFor(() => expect(card()?.querySelector('.tool-body')).toBeTruthy());
};
const picture = (name: string) => screen.findByAltText<HTMLImageElement>(t('chat.image', { name }));

describe('pictures in the result of a tool (R8)', () => {
  it('are counted on the closed card, and drawn when it is opened', async () => {
    await openWebChat({
      messages: rows({ type: 'text', text: 'the page' }, png, { ...png, mimeType: 'image/jpeg' }),
    });
    expect(card()?.textContent).toContain(t('chat.tool.pictures', { count: 2 }));
    expect(screen.queryByAltText(/./)).toBeNull();
    await open();
    expect(card()?.textContent).toContain('the page');
    const drawn = await picture('browser__shot-1.png');
    expect(await blobs.get(drawn.src)?.text()).toBe('png');
    expect(await picture('browser__shot-2.jpg')).toBeTruthy();
  });

  it('are fetched from the Gateway that keeps them, once, and only for an open card', async () => {
    const { connection } = await openWebChat({ messages: rows(kept('artifact_transcript_image_1')) });
    const asked = () => connection.requests.filter(({ method }) => method === 'artifacts.download');
    expect(asked()).toHaveLength(0);
    await open();
    expect(connection.request('artifacts.download').params).toEqual({
      sessionKey: 'agent:main:main',
      artifactId: 'artifact_transcript_image_1',
    });
    const artifact = { mimeType: 'image/png' };
    await act(async () =>
      connection.reply('artifacts.download', { artifact, encoding: 'base64', data: btoa('png') }),
    );
    expect(await picture('browser__shot.png')).toBeTruthy();
    expect(asked()).toHaveLength(1);
  });

  it('say so when they are damaged, too large, not sent or on another server, and nothing else is fetched', async () => {
    const large = kept('a2', { bytes: MAX_PICTURE_BYTES + 1 });
    const unsent = { type: 'image', mimeType: 'image/png', omitted: true, bytes: 22_285 };
    const elsewhere = { type: 'image', url: 'https://example.com/cat.png' };
    const { connection } = await openWebChat({
      messages: rows(png, { ...png, data: 'no base64 at all' }, large, unsent, elsewhere),
    });
    await open();
    fireEvent.error(await picture('browser__shot-1.png'));
    const said = () =>
      [...document.querySelectorAll('.artifact-failure')].map((line) => line.textContent?.trim());
    expect(said()).toEqual([
      t('chat.artifact.broken', { name: 'browser__shot-1.png' }),
      expect.stringContaining(t('errors.ARTIFACT_FAILED.body', { reason: 'no base64' })),
      expect.stringContaining(t('errors.ARTIFACT_TOO_LARGE.body', { limit: 12 })),
      t('chat.artifact.unsentOf', { size: t('chat.files.kilobytes', { size: '22' }) }),
    ]);
    expect(screen.getByText('https://example.com/cat.png')).toBeTruthy();
    expect(connection.requests.map(({ method }) => method)).not.toContain('artifacts.download');
  });

  it('that are programs, and sounds, are files to save', async () => {
    const saved: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(`${this.download} ${blobs.get(this.href)?.type}`);
    });
    const svg = { ...png, mimeType: 'image/svg+xml' };
    await openWebChat({ messages: rows(svg, { type: 'audio', data: btoa('RIFF'), mimeType: 'audio/wav' }) });
    expect(card()?.textContent).not.toContain(t('chat.tool.pictures', { count: 1 }));
    await open();
    expect(screen.queryByAltText(/./)).toBeNull();
    for (const name of ['browser__shot-1.svg', 'browser__shot-2.wav']) {
      await userEvent.click(screen.getByLabelText(t('chat.artifact.save', { name })));
    }
    await waitFor(() =>
      expect(saved).toEqual(['browser__shot-1.svg image/svg+xml', 'browser__shot-2.wav audio/wav']),
    );
  });
});

describe('a picture that the Gateway leaves out of its events (R8)', () => {
  const about = { runId: 'r1', sessionKey: 'agent:main:main' };
  const left = { type: 'image', mimeType: 'image/png', bytes: 2048, omitted: true };
  const result = (content: unknown[]) => ({
    ...about,
    stream: 'tool',
    data: { phase: 'result', toolCallId: 'call-1', name: 'browser__shot', result: { content } },
  });

  it('is read from the transcript while the run goes on, and what was heard stays', async () => {
    const { connection } = await openWebChat();
    const reads = () => connection.requests.filter(({ method }) => method === 'chat.history').length;
    act(() => {
      connection.event('agent', {
        ...about,
        stream: 'tool',
        data: { phase: 'start', toolCallId: 'call-1', name: 'browser__shot' },
      });
      connection.event('agent', result([{ type: 'text', text: 'the page' }, left]));
    });
    await open();
    expect(card()?.textContent).toContain(
      t('chat.artifact.unsentOf', { size: t('chat.files.kilobytes', { size: '2' }) }),
    );
    await waitFor(() => expect(reads()).toBe(2));
    const sessionInfo = { key: 'agent:main:main', activeRunIds: ['r1'] };
    const messages = rows({ type: 'text', text: 'the' }, kept('a1')).slice(0, 2);
    await act(async () => connection.reply('chat.history', { sessionId: 's', messages, sessionInfo }));
    await waitFor(() => connection.request('artifacts.download'));
    expect(card()?.textContent).toContain('the page');
    expect(card()?.textContent).not.toContain(t('chat.artifact.unsentOf', { size: '2' }));
  });

  it('and every result that the transcript was not told of, is read after the end of the run', async () => {
    const { connection } = await openWebChat();
    const reads = () => connection.requests.filter(({ method }) => method === 'chat.history').length;
    act(() => {
      connection.event('session.message', { sessionKey: about.sessionKey, message: rows()[0] });
      connection.event('agent', result([{ type: 'text', text: 'the page' }]));
      const message = { role: 'assistant', content: [{ type: 'text', text: 'Here it is.' }] };
      connection.event('chat', { ...about, seq: 9, state: 'final', message });
    });
    await waitFor(() => expect(reads()).toBe(2));
    const messages = rows({ type: 'text', text: 'the page' });
    await act(async () => connection.reply('chat.history', { sessionId: 's', messages }));
    await open();
    expect(card()?.textContent).toContain('the page');
  });
});
