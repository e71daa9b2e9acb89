import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { DoctorStep, DoctorStepId } from '../../shared/contract/doctor.ts';
import type { ErrorCode } from '../../shared/errors.ts';

/** For tests alone: an HTTP server with a WebSocket behind it, which says what the test wants. */
export type FakeEnd = {
  /** In place of a Gateway's answer to GET. */
  http?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Milliseconds by which its clock is off, in Date and in the challenge. */
  clockOffMs?: number;
  /** In place of the challenge. */
  onSocket?: (socket: WebSocket, count: number) => void;
  /** The answer to `connect`, a `res` without its id, and the close code after it. */
  refusal?: (count: number) => { error: Record<string, unknown>; closeCode: number } | null;
};

export async function startFakeEnd(fake: FakeEnd) {
  const off = fake.clockOffMs ?? 0;
  const server = createServer((request, response) => {
    if (fake.http) return fake.http(request, response);
    response.setHeader('date', new Date(Date.now() + off).toUTCString());
    response.setHeader('content-type', 'application/json');
    response.end('{"ok":true,"status":"live"}');
  });
  const sockets = new WebSocketServer({ server });
  let count = 0;
  let connects = 0;
  sockets.on('connection', (socket) => {
    count += 1;
    if (fake.onSocket) return fake.onSocket(socket, count);
    challenge(socket, off);
    socket.on('message', (data) => {
      const { id } = JSON.parse(data.toString()) as { id: string };
      connects += 1;
      const refusal = fake.refusal?.(connects);
      if (!refusal) return socket.send(JSON.stringify({ type: 'res', id, ok: true, payload: hello }));
      socket.send(JSON.stringify({ type: 'res', id, ok: false, error: refusal.error }));
      socket.close(refusal.closeCode, 'no');
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    open: () => sockets.clients.size,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}

export function challenge(socket: WebSocket, offMs = 0): void {
  const payload = { nonce: crypto.randomUUID(), ts: Date.now() + offMs };
  socket.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload }));
}

const hello = {
  type: 'hello-ok',
  protocol: 4,
  server: { version: '2026.9.6', connId: 'fake' },
  features: { methods: [], events: [] },
  snapshot: {},
  policy: { tickIntervalMs: 30_000, maxPayload: 26_214_400, maxBufferedBytes: 52_428_800 },
  auth: { method: 'token', role: 'operator', scopes: ['operator.read'] },
};

/** `id: status`, one line each, failed ones with their code. */
export function outline(steps: readonly DoctorStep[]): string[] {
  return steps.map(({ id, status, error }) => `${id} ${status}${error ? ` ${error.code}` : ''}`);
}

export function rung(steps: readonly DoctorStep[], id: DoctorStepId): DoctorStep {
  const found = steps.find((step) => step.id === id);
  if (!found) throw new Error(`no rung ${id}`);
  return found;
}

/** The one rung that failed. */
export function failure(steps: readonly DoctorStep[]): DoctorStep & { error: { code: ErrorCode } } {
  const failed = steps.filter(({ status }) => status === 'failed');
  const [only] = failed;
  if (failed.length !== 1 || !only?.error) throw new Error(outline(steps).join('\n'));
  return { ...only, error: only.error };
}
