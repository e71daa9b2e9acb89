import type { GatewayProtocolSocket } from '@openclaw/gateway-client/browser';
import { directTransport } from './transport.ts';
import type { SocketNews, SocketOrder } from './worker-transport.ts';

/** An event that comes alone is handed on at once; those that follow within this time go together. */
const gatherMs = 30;
/**
 * As Gateways write it. Whatever else comes goes alone: somebody waits for it, and what follows from it in the page
 * is done before the next.
 */
const eventStart = '{"type":"event"';

const openSocket = directTransport((url) => new WebSocket(url));
const sockets = new Map<number, GatewayProtocolSocket>();
let gathered: SocketNews[] = [];
let toldAtMs = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;

function tellGathered() {
  clearTimeout(timer);
  timer = undefined;
  if (gathered.length === 0) return;
  toldAtMs = performance.now();
  self.postMessage(gathered);
  gathered = [];
}

function tell(news: SocketNews) {
  if (news.type === 'message' && news.data.startsWith(eventStart)) {
    gathered.push(news);
    const waitMs = toldAtMs + gatherMs - performance.now();
    if (waitMs <= 0) tellGathered();
    else timer ??= setTimeout(tellGathered, waitMs);
  } else {
    tellGathered();
    self.postMessage([news]);
  }
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
