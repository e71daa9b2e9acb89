import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { openRelay, type RelayOptions } from './relay.ts';

let server: WebSocketServer | undefined;
afterEach(() => {
  for (const socket of server?.clients ?? []) socket.terminate();
  server?.close();
  server = undefined;
});

async function startServer(onConnection: (socket: WebSocket, origin: string | undefined) => void) {
  const made = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server = made;
  made.on('connection', (socket, request) => onConnection(socket, request.headers.origin));
  await new Promise((resolve) => made.once('listening', resolve));
  return `ws://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

function open(options: Pick<RelayOptions, 'url'> & Partial<RelayOptions>) {
  const messages: string[] = [];
  const closes: [number, string][] = [];
  const relay = openRelay({
    onMessage: (text) => messages.push(text),
    onClose: (code, reason) => closes.push([code, reason]),
    ...options,
  });
  return { relay, messages, closes };
}

test('R8: passes text both ways, in order, and sends no Origin', async () => {
  const origins: (string | undefined)[] = [];
  const url = await startServer((socket, origin) => {
    origins.push(origin);
    socket.on('message', (data) => socket.send(`echo ${data}`));
  });
  const { relay, messages, closes } = open({ url });
  relay.send('before it is open');
  relay.send('second');
  await expect.poll(() => messages).toEqual(['echo before it is open', 'echo second']);
  relay.send('third');
  await expect.poll(() => messages.length).toBe(3);
  expect(origins).toEqual([undefined]);
  relay.close();
  expect(closes).toEqual([[1000, '']]);
  await expect.poll(() => server?.clients.size).toBe(0);
  relay.send('after the end');
  expect(closes).toHaveLength(1);
});

test('hands on the Gateway’s own farewell', async () => {
  const url = await startServer((socket) => socket.close(1008, 'origin not allowed'));
  const { closes } = open({ url });
  await expect.poll(() => closes).toEqual([[1008, 'origin not allowed']]);
});

test('nothing there is one close and no throw', async () => {
  const { closes } = open({ url: `ws://127.0.0.1:${await freePort()}` });
  await expect.poll(() => closes).toEqual([[1006, 'ECONNREFUSED']]);
});

test('closing before it is open is quiet', async () => {
  const url = await startServer(() => {});
  const { relay, closes } = open({ url });
  relay.close();
  await expect.poll(() => server?.clients.size).toBe(0);
  expect(closes).toEqual([[1000, '']]);
});

test('a Gateway that does not read is given up, and memory stays bounded', async () => {
  let opened = false;
  const url = await startServer((socket) => socket.pause());
  const { relay, closes } = open({
    url,
    maxBufferedBytes: 1_000_000,
    onOpen: () => {
      opened = true;
    },
  });
  await expect.poll(() => opened).toBe(true);
  const chunk = 'x'.repeat(400_000);
  for (let sent = 0; sent < 200 && closes.length === 0; sent += 1) {
    relay.send(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(closes).toEqual([[1009, 'relay buffer full']]);
});
