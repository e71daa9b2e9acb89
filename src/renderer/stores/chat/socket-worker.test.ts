import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SocketNews, SocketOrder } from './worker-transport.ts';

/** What the worker has opened; the test is the Gateway. */
class FakeSocket {
  static last: FakeSocket;
  static readonly OPEN = 1;
  readyState = 1;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: string[] = [];
  readonly close = vi.fn();
  readonly url: string;
  constructor(url: string) {
    this.url = url;
    FakeSocket.last = this;
  }
  send(data: string) {
    this.sent.push(data);
  }
}

const told: (readonly SocketNews[])[] = [];
const order = (one: SocketOrder) => self.dispatchEvent(new MessageEvent('message', { data: one }));
const response = '{"type":"res","id":"1","ok":true}';
const event = (name: string) => `{"type":"event","event":"${name}"}`;
const message = (data: string): SocketNews => ({ type: 'message', id: 1, data });

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('postMessage', (news: readonly SocketNews[]) => void told.push(news));
  await import('./socket-worker.ts');
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('R8: an event that comes alone is handed on at once, a flood of them together, and nothing overtakes', () => {
  order({ type: 'open', id: 1, endpoint: { url: 'ws://127.0.0.1:18789', generation: 1 } });
  const socket = FakeSocket.last;
  expect(socket.url).toBe('ws://127.0.0.1:18789');
  vi.advanceTimersByTime(1000);
  socket.onopen?.();
  expect(told.splice(0)).toEqual([[{ type: 'opened', id: 1 }]]);

  order({ type: 'send', id: 1, data: 'hello' });
  expect(socket.sent).toEqual(['hello']);

  vi.advanceTimersByTime(1000);
  socket.onmessage?.({ data: event('alone') });
  expect(told.splice(0)).toEqual([[message(event('alone'))]]);

  for (const name of ['a', 'b', 'c']) {
    vi.advanceTimersByTime(5);
    socket.onmessage?.({ data: event(name) });
  }
  expect(told).toEqual([]);
  vi.advanceTimersByTime(30);
  expect(told.splice(0)).toEqual([['a', 'b', 'c'].map((name) => message(event(name)))]);

  order({ type: 'close', id: 1, code: 4000, reason: 'tick timeout' });
  expect(socket.close).toHaveBeenCalledExactlyOnceWith(4000, 'tick timeout');
  socket.onmessage?.({ data: event('last') });
  socket.onmessage?.({ data: response });
  socket.onclose?.({ code: 1012, reason: 'restart' });
  expect(told.splice(0)).toEqual([
    [message(event('last'))],
    [message(response)],
    [{ type: 'closed', id: 1, code: 1012, reason: 'restart' }],
  ]);

  order({ type: 'send', id: 1, data: 'too late' });
  expect(socket.sent).toEqual(['hello']);
});
