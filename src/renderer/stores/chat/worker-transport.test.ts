import { describe, expect, it, vi } from 'vitest';
import { type SocketNews, type SocketOrder, type SocketWorker, workerTransport } from './worker-transport.ts';

const endpoint = { url: 'ws://127.0.0.1:18789', generation: 3 };
const handlers = () => ({ open: vi.fn(), message: vi.fn(), close: vi.fn(), error: vi.fn() });

function fakeWorkers() {
  const orders: SocketOrder[] = [];
  const started: SocketWorker[] = [];
  const open = workerTransport(() => {
    const worker: SocketWorker = {
      postMessage: (order: SocketOrder) => void orders.push(order),
      terminate: vi.fn(),
      onmessage: null,
      onerror: null,
    };
    started.push(worker);
    return worker;
  });
  const tell = (...news: SocketNews[]) => {
    const worker = started.at(-1) as Worker;
    worker.onmessage?.(new MessageEvent('message', { data: news }));
  };
  const fail = () => (started.at(-1) as Worker).onerror?.(new ErrorEvent('error'));
  return { open, orders, started, tell, fail };
}

describe('WebSockets of the page, in a worker (R8)', () => {
  it('open, carry messages in their order, and close with the reason', () => {
    const { open, orders, started, tell } = fakeWorkers();
    const heard = handlers();
    const socket = open(endpoint, heard);
    expect(orders).toEqual([{ type: 'open', id: 1, endpoint }]);
    expect(socket.isOpen()).toBe(false);
    tell({ type: 'opened', id: 1 });
    expect(socket.isOpen()).toBe(true);
    tell({ type: 'message', id: 1, data: 'a' }, { type: 'message', id: 1, data: 'b' });
    expect(heard.message.mock.calls).toEqual([['a'], ['b']]);
    socket.send('c');
    expect(orders.at(-1)).toEqual({ type: 'send', id: 1, data: 'c' });
    tell({ type: 'closed', id: 1, code: 1008, reason: 'pairing required' });
    expect(heard.close).toHaveBeenCalledExactlyOnceWith(1008, 'pairing required');
    expect(socket.isOpen()).toBe(false);
    expect(started).toHaveLength(1);
  });

  it('are told apart: what comes late for one does not reach the next', () => {
    const { open, orders, tell } = fakeWorkers();
    const [before, after] = [handlers(), handlers()];
    open(endpoint, before).close(1000, 'enough');
    expect(orders.at(-1)).toEqual({ type: 'close', id: 1, code: 1000, reason: 'enough' });
    open(endpoint, after);
    tell({ type: 'closed', id: 1, code: 1000, reason: 'enough' }, { type: 'message', id: 1, data: 'late' });
    expect(before.close).toHaveBeenCalledOnce();
    expect(before.message).not.toHaveBeenCalled();
    expect(after.close).not.toHaveBeenCalled();
  });

  it('are all closed when the worker breaks, and the next one gets another worker', () => {
    const { open, started, tell, fail } = fakeWorkers();
    const heard = handlers();
    const socket = open(endpoint, heard);
    tell({ type: 'opened', id: 1 });
    fail();
    expect(heard.close).toHaveBeenCalledExactlyOnceWith(1006, '');
    expect(started[0]?.terminate).toHaveBeenCalledOnce();
    socket.send('too late');
    expect(started).toHaveLength(1);
    open(endpoint, handlers());
    expect(started).toHaveLength(2);
  });

  it('close at once where no worker can be had', async () => {
    const heard = handlers();
    const open = workerTransport(() => {
      throw new DOMException('no workers here', 'SecurityError');
    });
    expect(open(endpoint, heard).isOpen()).toBe(false);
    await vi.waitFor(() => expect(heard.close).toHaveBeenCalledExactlyOnceWith(1006, ''));
  });
});
