import type { GatewayProtocolSocket, GatewayProtocolSocketHandlers } from '@openclaw/gateway-client/browser';
import type { ContractEvent } from '../../../shared/contract/events.ts';
import type { ChatTransport, RequestFunction } from '../../../shared/contract/requests.ts';
import type { Endpoint } from '../../../shared/contract/snapshot.ts';

/** Opens one WebSocket to the Gateway. Never throws; what goes wrong arrives as `close`. */
export type OpenChatSocket = (
  endpoint: Endpoint,
  handlers: GatewayProtocolSocketHandlers,
) => GatewayProtocolSocket;

/** `direct`: a WebSocket of the page's own. `relay`: opened by the engine, which sends no Origin. */
export type ChatTransports = Record<ChatTransport, OpenChatSocket>;

/** What a page may close with; anything else makes `WebSocket.close` throw. */
function pageCloseCode(code: number | undefined): number {
  return code !== undefined && (code === 1000 || (code >= 3000 && code <= 4999)) ? code : 4000;
}

export function directTransport(openSocket: (url: string) => WebSocket): OpenChatSocket {
  return (endpoint, handlers) => {
    const socket = openSocket(endpoint.url);
    socket.onopen = () => handlers.open();
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') handlers.message(data);
    };
    socket.onerror = () => handlers.error(new Error('websocket error'));
    socket.onclose = ({ code, reason }) => handlers.close(code, reason);
    return {
      isOpen: () => socket.readyState === WebSocket.OPEN,
      send: (data) => socket.send(data),
      close: (code, reason) => socket.close(pageCloseCode(code), reason?.slice(0, 100)),
    };
  };
}

/** Events may overtake the answer to `relay.open`; they wait until the relay's id is known. */
export function relayTransport(bridge: {
  request: RequestFunction;
  onEvent: (listener: (event: ContractEvent) => void) => () => void;
}): OpenChatSocket {
  return (endpoint, handlers) => {
    let relayId: string | null = null;
    let phase: 'opening' | 'open' | 'closed' = 'opening';
    let early: RelayEvent[] = [];

    const finish = (code: number, reason: string) => {
      if (phase === 'closed') return;
      phase = 'closed';
      unsubscribe();
      handlers.close(code, reason);
    };
    const take = (event: RelayEvent) => {
      if (event.payload.relayId !== relayId) return;
      if (event.event === 'relay.opened' && phase === 'opening') {
        phase = 'open';
        handlers.open();
      }
      if (event.event === 'relay.message' && phase === 'open') handlers.message(event.payload.data);
      if (event.event === 'relay.closed') finish(event.payload.code, event.payload.reason);
    };
    const unsubscribe = bridge.onEvent((event) => {
      if (!isRelayEvent(event)) return;
      if (relayId === null) early.push(event);
      else take(event);
    });

    void bridge.request('relay.open', { generation: endpoint.generation }).then((result) => {
      if (!result.ok) return finish(1006, result.error.code);
      relayId = result.value.relayId;
      if (phase === 'closed') return void bridge.request('relay.close', { relayId });
      const waiting = early;
      early = [];
      for (const event of waiting) take(event);
    });

    return {
      isOpen: () => phase === 'open',
      send(data) {
        if (relayId === null) return;
        void bridge.request('relay.send', { relayId, data }).then((result) => {
          if (!result.ok) finish(1006, result.error.code);
        });
      },
      close(code, reason) {
        if (relayId !== null) void bridge.request('relay.close', { relayId });
        finish(pageCloseCode(code), reason ?? '');
      },
    };
  };
}

type RelayEvent = Extract<ContractEvent, { event: `relay.${string}` }>;

function isRelayEvent(event: ContractEvent): event is RelayEvent {
  return event.event.startsWith('relay.');
}
