import type { GatewayProtocolSocketHandlers } from '@openclaw/gateway-client/browser';
import type { ChatTransport } from '../../shared/contract/requests.ts';
import type { Endpoint } from '../../shared/contract/snapshot.ts';
import type { ChatTransports, OpenChatSocket } from '../stores/chat/transport.ts';

type Request = { id: string; method: string; params: Record<string, unknown> };

/** One connection that the page opened; the test speaks for the Gateway. */
export type FakeConnection = {
  transport: ChatTransport;
  endpoint: Endpoint;
  readonly isOpen: boolean;
  requests: Request[];
  /** Accepts the socket and sends the challenge. */
  challenge(): void;
  /** The last request of this method; throws where there was none. */
  request(method: string): Request;
  reply(method: string, payload: unknown): void;
  refuse(method: string, error: Record<string, unknown>): void;
  event(event: string, payload: Record<string, unknown>, seq?: number): void;
  drop(code?: number, reason?: string): void;
};

export type FakeTransports = {
  transports: ChatTransports;
  connections: FakeConnection[];
  last(): FakeConnection;
};

export function createFakeTransports(): FakeTransports {
  const connections: FakeConnection[] = [];
  const open =
    (transport: ChatTransport): OpenChatSocket =>
    (endpoint, handlers) => {
      const connection = createConnection(transport, endpoint, handlers);
      connections.push(connection);
      return connection.socket;
    };
  return {
    transports: { direct: open('direct'), relay: open('relay') },
    connections,
    last() {
      const connection = connections.at(-1);
      if (!connection) throw new Error('nothing was opened');
      return connection;
    },
  };
}

function createConnection(
  transport: ChatTransport,
  endpoint: Endpoint,
  handlers: GatewayProtocolSocketHandlers,
) {
  let phase: 'opening' | 'open' | 'closed' = 'opening';
  const receive = (frame: unknown) => handlers.message(JSON.stringify(frame));
  const close = (code: number, reason: string) => {
    if (phase === 'closed') return;
    phase = 'closed';
    handlers.close(code, reason);
  };
  const connection = {
    transport,
    endpoint,
    get isOpen() {
      return phase !== 'closed';
    },
    requests: [] as Request[],
    challenge() {
      phase = 'open';
      handlers.open();
      receive({ type: 'event', event: 'connect.challenge', payload: { nonce: 'nonce', ts: 5 } });
    },
    request(method: string) {
      const request = connection.requests.findLast((sent) => sent.method === method);
      if (!request) throw new Error(`${method} was not sent`);
      return request;
    },
    reply(method: string, payload: unknown) {
      receive({ type: 'res', id: connection.request(method).id, ok: true, payload });
    },
    refuse(method: string, error: Record<string, unknown>) {
      receive({ type: 'res', id: connection.request(method).id, ok: false, error });
    },
    event(event: string, payload: Record<string, unknown>, seq?: number) {
      receive({ type: 'event', event, payload, ...(seq !== undefined && { seq }) });
    },
    drop: (code = 1006, reason = '') => close(code, reason),
    socket: {
      isOpen: () => phase === 'open',
      send: (data: string) => connection.requests.push(JSON.parse(data) as Request),
      close: (code = 1000, reason = '') => close(code, reason),
    },
  };
  return connection;
}
