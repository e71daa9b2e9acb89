import type { GatewayProtocolSocketHandlers } from '@openclaw/gateway-client/browser';
import type { Endpoint } from '../../../shared/contract/snapshot.ts';
import type { OpenChatSocket } from './transport.ts';

/** From the page to its worker. Every socket has an id of its own. */
export type SocketOrder =
  | { type: 'open'; id: number; endpoint: Endpoint }
  | { type: 'send'; id: number; data: string }
  | { type: 'close'; id: number; code: number | undefined; reason: string | undefined };

/** From the worker: what happened to a socket, in its order. Those that come together can be heard in one go. */
export type SocketNews =
  | { type: 'opened'; id: number }
  | { type: 'message'; id: number; data: string }
  | { type: 'failed'; id: number }
  | { type: 'closed'; id: number; code: number; reason: string };

/** The part of `Worker` that is used here. */
export type SocketWorker = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>;

/**
 * WebSockets that live in a worker, which hands on what comes in a flood together: two hundred messages a second,
 * one by one, cost the page a quarter of a slow processor before anybody has looked at them.
 */
export function workerTransport(startWorker: () => SocketWorker): OpenChatSocket {
  const handlers = new Map<number, GatewayProtocolSocketHandlers>();
  let worker: SocketWorker | null = null;
  let nextId = 1;

  function running(): SocketWorker {
    if (worker) return worker;
    const started = startWorker();
    worker = started;
    started.onmessage = ({ data }: MessageEvent<readonly SocketNews[]>) => data.forEach(take);
    // It could not be read, or it broke: nothing comes from it any more. The next socket gets another one.
    started.onerror = () => {
      started.terminate();
      worker = null;
      for (const id of [...handlers.keys()]) take({ type: 'closed', id, code: 1006, reason: '' });
    };
    return started;
  }

  function take(news: SocketNews) {
    const socket = handlers.get(news.id);
    if (!socket) return;
    switch (news.type) {
      case 'opened':
        return socket.open();
      case 'message':
        return socket.message(news.data);
      case 'failed':
        return socket.error(new Error('websocket error'));
      case 'closed':
        handlers.delete(news.id);
        return socket.close(news.code, news.reason);
    }
  }

  return (endpoint, heard) => {
    const id = nextId++;
    let isOpen = false;
    let isClosing = false;
    const order = (one: SocketOrder) => {
      if (handlers.has(id)) running().postMessage(one);
    };
    handlers.set(id, {
      ...heard,
      open() {
        isOpen = !isClosing;
        heard.open();
      },
      close(code, reason) {
        isOpen = false;
        heard.close(code, reason);
      },
    });
    try {
      order({ type: 'open', id, endpoint });
    } catch {
      // No worker can be had here.
      queueMicrotask(() => take({ type: 'closed', id, code: 1006, reason: '' }));
    }
    return {
      isOpen: () => isOpen,
      send: (data) => order({ type: 'send', id, data }),
      close(code, reason) {
        isOpen = false;
        isClosing = true;
        order({ type: 'close', id, code, reason });
      },
    };
  };
}
