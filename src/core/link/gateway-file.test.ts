import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { artifactRequests } from '../../shared/contract/artifact.ts';
import { fetchGatewayFile } from './gateway-file.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const made = createServer(listener);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `ws://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const path = '/api/chat/media/outgoing/agent%3Amain%3Amain/id/full?mediaTicket=t.1';
const fetchFrom = (url: string, maxBytes = 1000) =>
  fetchGatewayFile({ url, path, maxBytes, signal: new AbortController().signal });

test('R8: a file comes with its type; the ticket alone goes along, below the path of the URL', async () => {
  const seen: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const url = await serve(({ url: asked, headers }, response) => {
    seen.push({ url: asked, headers });
    response.writeHead(200, { 'content-type': 'Image/PNG; charset=binary' }).end('bytes');
  });
  const fetched = await fetchFrom(`${url}/openclaw/`);
  expect(fetched).toMatchObject({ ok: true, value: { mimeType: 'image/png' } });
  expect(fetched.ok && fetched.value.bytes.toString()).toBe('bytes');
  expect(seen.map((request) => request.url)).toEqual([`/openclaw${path}`]);
  expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual(['connection', 'host']);
});

const bad: [string, RequestListener, object][] = [
  ['is gone', (_, response) => response.writeHead(404).end('not found'), { code: 'ARTIFACT_GONE' }],
  [
    'says that it is too large',
    (_, response) => response.writeHead(200, { 'content-length': 1001 }).write('a'),
    { code: 'ARTIFACT_TOO_LARGE' },
  ],
  [
    'turns out to be too large',
    (_, response) => response.writeHead(200).write('a'.repeat(1001)),
    { code: 'ARTIFACT_TOO_LARGE' },
  ],
  [
    'is elsewhere',
    (_, response) => response.writeHead(302, { location: 'https://example.com/' }).end(),
    { code: 'ARTIFACT_FAILED', details: { reason: 'HTTP 302' } },
  ],
  [
    'breaks off',
    (_, response) => {
      response.writeHead(200, { 'content-length': 9 }).write('a', () => response.destroy());
    },
    { code: 'ARTIFACT_FAILED' },
  ],
];
test.each(bad)('R8: one that %s is an error with a code', async (_, listener, error) => {
  expect(await fetchFrom(await serve(listener))).toMatchObject({ ok: false, error });
});

test('R24: plain text goes nowhere else than allowed', async () => {
  expect(await fetchFrom('ws://example.com')).toMatchObject({ error: { code: 'GATEWAY_PLAINTEXT_PUBLIC' } });
});

test('R8: the contract lets a page name files of answers alone', () => {
  const { params } = artifactRequests['artifact.fetch'];
  const isTaken = (asked: string) => params.safeParse({ generation: 1, path: asked, maxBytes: 1 }).success;
  expect(isTaken(path)).toBe(true);
  expect(isTaken('/api/artifacts/download/conn/ticket')).toBe(true);
  for (const other of [
    '/',
    '/healthz',
    '/api/nodes',
    'https://example.com/api/artifacts/download/a',
    '//example.com/api/artifacts/download/a',
    '/api/artifacts/download/../../tools/invoke',
    '/api/artifacts/download/%2E%2e/%2e./tools/invoke',
    '/api/artifacts/download/a b',
    '/api/artifacts/download/a\r\nX: y',
  ]) {
    expect([other, isTaken(other)]).toEqual([other, false]);
  }
});
