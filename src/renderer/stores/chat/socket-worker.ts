import type { GatewayProtocolSocket } from '@openclaw/gateway-client/browser';
import { directTransport } from './transport.ts';
import type { SocketNews, SocketOrder } from './worker-transport.ts';

/** A message that comes alone is handed on at once; those that follow within this time go together. */
const gatherMs = 30;

const openSocket = directTransport((url) => new WebSocket(url));
const sockets = new Map<number, GatewayProtocolSocket>();
let news: SocketNews[] = [];
let toldAtMs = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;

function tellNow() {
  clearTimeout(timer);
  timer = undefined;
  toldAtMs = performance.now();
  self.postMessage(news);
  news = [];
}

function tell(one: SocketNews) {
  news.push(one);
  const waitMs = toldAtMs + gatherMs - performance.now();
  if (one.type !== 'message' || waitMs <= 0) tellNow();
  else timer ??= setTimeout(tellNow, waitMs);
}

self.addEventListener('message', ({ data: order }: MessageEvent<SocketOrder>) => {
  const { id } = order;
  switch (order.type) {
    case 'open':
      sockets.set(
        id,
        openSocket(order.endpoint, {
          open: () => tell({ type: 'opened', id }),
          message: (data) => tell({ type: 'message', id, data }),
          error: () => tell({ type: 'failed', id }),
          close(code, reason) {
            sockets.delete(id);
            tell({ type: 'closed', id, code, reason });
          },
        }),
      );
      break;
    case 'send':
      sockets.get(id)?.send(order.data);
      break;
    case 'close':
      sockets.get(id)?.close(order.code, order.reason);
      break;
  }
});
