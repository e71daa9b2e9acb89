import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { appError } from '../../../shared/errors.ts';
import { err, ok } from '../../../shared/result.ts';
import { giveBlobsAddresses } from '../../test-support/blob-addresses.ts';
import { t } from '../../test-support/render.tsx';
import { openWebChat } from '../../test-support/webchat.tsx';

const saved: { name: string; text: Promise<string> }[] = [];

beforeEach(() => {
  saved.length = 0;
  const blobs = giveBlobsAddresses();
  // jsdom has no downloads either.
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    const blob = blobs.get(this.href);
    if (blob) saved.push({ name: this.download, text: blob.text() });
  });
});
afterEach(() => vi.restoreAllMocks());

const answer = (...content: unknown[]) => ({
  role: 'assistant',
  content: [{ type: 'text', text: 'Here it is.' }, ...content],
  timestamp: 2,
  __openclaw: { id: 'a1', seq: 1 },
});
const picture = {
  type: 'image',
  artifactId: 'artifact_managed_image_1',
  url: '/api/chat/media/outgoing/agent%3Amain%3Amain/1/full',
  alt: 'chart.png',
  mimeType: 'image/png',
  width: 40,
  height: 20,
  sizeBytes: 2048,
};
const report = {
  type: 'attachment',
  attachment: { artifactId: 'artifact_managed_media_2', kind: 'document', label: 'report.pdf', sizeBytes: 9 },
};
const base64 = (text: string) => btoa(text);
// Rows have no height in jsdom; a list that draws what is near the window hides them, and roles with them.
const saveButton = (name: string) => screen.getByLabelText(t('chat.artifact.save', { name }));

it('R8: a picture that the Gateway keeps is fetched through the engine and drawn in its size', async () => {
  const { connection, fake } = await openWebChat({ messages: [answer(picture)] });
  fake.answer = (method) =>
    method === 'artifact.fetch' ? ok({ mimeType: 'image/png', data: base64('png') }) : null;
  await waitFor(() => connection.request('artifacts.download'));
  expect(connection.request('artifacts.download').params).toEqual({
    sessionKey: 'agent:main:main',
    artifactId: picture.artifactId,
  });
  const url = `${picture.url}?mediaTicket=t`;
  await act(async () => connection.reply('artifacts.download', { url, artifact: {} }));
  const image = await screen.findByAltText(t('chat.image', { name: 'chart.png' }));
  expect(image.getAttribute('width')).toBe('40');
  expect(fake.asked).toContainEqual({
    method: 'artifact.fetch',
    params: { generation: 1, path: url, maxBytes: 12 * 1_048_576 },
  });

  // What is there is not fetched again.
  const before = connection.requests.length;
  await userEvent.click(saveButton('chart.png'));
  await waitFor(() => expect(saved.map(({ name }) => name)).toEqual(['chart.png']));
  expect(connection.requests).toHaveLength(before);
});

it('R8: another file waits for a press, and is saved under its name', async () => {
  const { connection } = await openWebChat({ messages: [answer(report)] });
  expect(connection.requests.map(({ method }) => method)).not.toContain('artifacts.download');
  await userEvent.click(saveButton('report.pdf'));
  const given = {
    encoding: 'base64',
    data: base64('of the year'),
    artifact: { mimeType: 'application/pdf' },
  };
  await act(async () => connection.reply('artifacts.download', given));
  await waitFor(() => expect(saved.map(({ name }) => name)).toEqual(['report.pdf']));
  expect(await saved[0]?.text).toBe('of the year');
});

it('R8: what cannot be fetched says why, and can be asked for again', async () => {
  const { connection, fake } = await openWebChat({ messages: [answer(picture)] });
  fake.answer = (method) => (method === 'artifact.fetch' ? err(appError('ARTIFACT_GONE', 'HTTP 404')) : null);
  await waitFor(() => connection.request('artifacts.download'));
  await act(async () => connection.reply('artifacts.download', { url: `${picture.url}?mediaTicket=t` }));
  expect(await screen.findByText(t('errors.ARTIFACT_GONE.body'))).toBeTruthy();
  await userEvent.click(screen.getByText(t('chat.artifact.retry')));
  expect(screen.queryByText(t('chat.artifact.retry'))).toBeNull();
  expect(document.activeElement?.matches('figure.artifact')).toBe(true);
  const refusal = {
    code: 'INVALID_REQUEST',
    message: 'artifact not found',
    details: { type: 'artifact_not_found' },
  };
  await act(async () => connection.refuse('artifacts.download', refusal));
  expect(await screen.findByText(t('errors.ARTIFACT_GONE.body'))).toBeTruthy();
});

it('R8: a picture that is too large, a program and a page are not drawn', async () => {
  const huge = { ...picture, artifactId: 'a', alt: 'huge.png', sizeBytes: 13 * 1_048_576 };
  const drawing = { ...picture, artifactId: 'b', alt: 'drawing.svg', mimeType: 'image/svg+xml' };
  const { connection, fake } = await openWebChat({ messages: [answer(huge, drawing)] });
  expect(await screen.findByText(t('errors.ARTIFACT_TOO_LARGE.body', { limit: 12 }))).toBeTruthy();
  expect(saveButton('drawing.svg')).toBeTruthy();
  expect(connection.requests.map(({ method }) => method)).not.toContain('artifacts.download');
  expect(fake.asked.map(({ method }) => method)).not.toContain('artifact.fetch');
  expect(screen.queryByAltText(/./)).toBeNull();
});

it('R8: a picture elsewhere stays an address, and what could not be attached is named', async () => {
  const elsewhere = { type: 'image', url: 'https://example.com/cat.png', alt: 'cat' };
  const failed = { type: 'attachment_error', attachment: { code: 'delivery-failed', label: 'notes.txt' } };
  await openWebChat({ messages: [answer(elsewhere, failed)] });
  expect(screen.getByText('https://example.com/cat.png')).toBeTruthy();
  expect(screen.queryByAltText(/./)).toBeNull();
  expect(screen.getByText(t('chat.artifact.lost', { name: 'notes.txt' }))).toBeTruthy();
});
