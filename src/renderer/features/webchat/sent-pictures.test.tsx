import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { giveBlobsAddresses } from '../../test-support/blob-addresses.ts';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

let blobs: ReadonlyMap<string, Blob> = new Map();
beforeEach(() => {
  blobs = giveBlobsAddresses();
});

const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: t('chat.composer.label') });
const png = (name: string) => new File([name], name, { type: 'image/png' });
const bubble = () => document.querySelector<HTMLElement>('.bubble');
const named = (name: string) => t('chat.image', { name });
const drawnIn = (element: Element | null) =>
  [...(element?.querySelectorAll('img') ?? [])].map((image) => [image.alt, image.src.startsWith('blob:')]);

type Opened = Awaited<ReturnType<typeof openWebChat>>;
async function choose({ chat }: Opened, ...files: File[]) {
  await act(async () => chat.actions.attach(files));
  await waitFor(() => expect(chat.store.getState().attached.isReady).toBe(true));
}

describe('pictures that a person sends (R8)', () => {
  it('are seen beside the field, those that are safe to draw; a damaged one is only named', async () => {
    const opened = await openWebChat();
    const svg = new File(['<svg/>'], 'b.svg', { type: 'image/svg+xml' });
    await choose(opened, png('a.png'), svg, new File(['text'], 'c.txt', { type: 'text/plain' }));
    const list = screen.getByRole('list', { name: t('chat.files.label') });
    expect(drawnIn(list)).toEqual([[named('a.png'), true]]);
    const picture = screen.getByAltText<HTMLImageElement>(named('a.png'));
    expect(blobs.get(picture.src)?.type).toBe('image/png');
    fireEvent.error(picture);
    expect(drawnIn(list)).toEqual([]);
    expect(list.textContent).toContain('a.png');
  });

  it('are seen in the message, before and after the transcript has it; other files are named', async () => {
    const opened = await openWebChat();
    const { connection } = opened;
    await choose(opened, png('a.png'), new File(['text'], 'c.txt', { type: 'text/plain' }));
    await userEvent.type(field(), 'look{Enter}');
    await waitFor(() => expect(drawnIn(bubble())).toEqual([[named('a.png'), true]]));
    expect(bubble()?.textContent).toContain(t('chat.attachment', { name: 'c.txt' }));
    expect(bubble()?.textContent).not.toContain(t('chat.attachment', { name: 'a.png' }));

    await waitFor(() => connection.request('chat.send'));
    const { idempotencyKey } = connection.request('chat.send').params as { idempotencyKey: string };
    const media = [
      { fileName: 'a.png', kind: 'image' },
      { fileName: 'c.txt', kind: 'document' },
    ];
    const message = {
      role: 'user',
      content: 'look',
      timestamp: 1,
      idempotencyKey: `${idempotencyKey}:user`,
      __openclaw: { id: 'm1', seq: 1, media },
    };
    await act(async () => connection.event('session.message', { sessionKey: 'agent:main:main', message }));
    expect(opened.chat.store.getState().rows[0]).toMatchObject({ entryId: 'm1', delivery: null });
    expect(drawnIn(bubble())).toEqual([[named('a.png'), true]]);
  });

  it('are seen in the message after a reload, where the Gateway only says that there was an image', async () => {
    const { connection, storage } = await openWebChat();
    const attachments = ['a.png', 'a.png', 'b.svg'].map((fileName) => ({
      type: 'image' as const,
      mimeType: fileName === 'a.png' ? 'image/png' : 'image/svg+xml',
      fileName,
      content: btoa(fileName),
    }));
    storage.savePictures('local\nmain', { idempotencyKey: 'k1', attachments });
    const media = ['png', 'png', 'svg'].map((extension) => ({
      url: `media://inbound/a.${extension}`,
      kind: 'image',
    }));
    const message = {
      role: 'user',
      content: 'look',
      timestamp: 1,
      idempotencyKey: 'k1:user',
      __openclaw: { id: 'm1', seq: 1, media },
    };
    await act(async () => connection.event('session.message', { sessionKey: 'agent:main:main', message }));
    const drawn = [named('a.png'), true];
    await waitFor(() => expect(drawnIn(bubble())).toEqual([drawn, drawn]));
    const names = [...(bubble()?.querySelectorAll('.attachment') ?? [])].map((one) => one.textContent);
    expect(names).toEqual([t('chat.attachment', { name: 'image' })]);
  });

  it('are drawn from the transcript where it has them, and named where nobody has', async () => {
    const content = [
      { type: 'text', text: 'look' },
      { type: 'image', fileName: 'kept.png', mimeType: 'image/png', data: btoa('png') },
      { type: 'image', fileName: 'elsewhere.png', url: 'https://example.com/cat.png' },
    ];
    const media = [
      { fileName: 'kept.png', kind: 'image' },
      { fileName: 'gone.png', kind: 'image' },
    ];
    const message = { role: 'user', content, timestamp: 1, __openclaw: { id: 'm1', seq: 1, media } };
    const { connection } = await openWebChat({ messages: [message] });
    await waitFor(() => expect(drawnIn(bubble())).toEqual([[named('kept.png'), true]]));
    expect(bubble()?.textContent).toContain(t('chat.attachment', { name: 'gone.png' }));
    expect(bubble()?.textContent).not.toContain(t('chat.attachment', { name: 'kept.png' }));
    expect(connection.requests.map(({ method }) => method)).not.toContain('artifacts.download');
  });
});
