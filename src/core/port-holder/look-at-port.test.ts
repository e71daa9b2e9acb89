import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { lookAtPort } from './look-at-port.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(firstFrame: string | null): Promise<number> {
  const http = createHttpServer((_request, response) => response.end('hello'));
  servers.push(http);
  if (firstFrame !== null) {
    new WebSocketServer({ server: http }).on('connection', (socket) => socket.send(firstFrame));
  }
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return (http.address() as AddressInfo).port;
}

describe('who is on a port (R36)', () => {
  it('nobody', async () => {
    expect(await lookAtPort(await freePort())).toEqual({ tag: 'free' });
  });

  it('a Gateway, by its challenge', async () => {
    const frame = { type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: 1 } };
    const port = await listen(JSON.stringify(frame));
    expect(await lookAtPort(port)).toEqual({ tag: 'gateway', pid: process.pid });
  });

  it.each([
    ['another server', null],
    ['another WebSocket server', 'hello'],
  ])('%s, by name', async (_what, frame) => {
    const port = await listen(frame);
    expect(await lookAtPort(port)).toMatchObject({
      tag: 'stranger',
      error: {
        code: 'PORT_IN_USE_BY',
        details: { port, pid: process.pid, suggestedPort: expect.any(Number) },
      },
    });
  });
});
