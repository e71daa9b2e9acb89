import { AppErrorException } from '../../shared/errors.ts';
import type { GatewayAddress } from './dial.ts';
import { MAX_FRAME_BYTES, openGatewaySocket } from './gateway-socket.ts';

export type Relay = {
  /** Text goes out in order; what is sent before the socket is open waits for it. */
  send(text: string): void;
  close(): void;
};

export type RelayOptions = GatewayAddress & {
  onOpen?: () => void;
  onMessage: (text: string) => void;
  /** Once, whoever ended it. `reason` is the Gateway's own, or a word for developers. */
  onClose: (code: number, reason: string) => void;
  /** Bytes a slow Gateway may leave waiting before the relay gives up on it. */
  maxBufferedBytes?: number;
};

const MAX_BUFFERED_BYTES = 2 * MAX_FRAME_BYTES;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Close code as RFC 6455 defines it. */
const TOO_BIG = 1009;

/**
 * A WebSocket to a Gateway on behalf of a page, without the Origin that a page would send and a Gateway may refuse, and
 * by the rules of every other connection (R24, R26). Frames pass as they are; the handshake is the page's own.
 */
export function openRelay(options: RelayOptions): Relay {
  const { url, tlsFingerprint, env, onOpen, onMessage, onClose } = options;
  const { maxBufferedBytes = MAX_BUFFERED_BYTES } = options;
  let waiting: string[] = [];
  let waitingBytes = 0;
  let closed = false;

  const socket = openGatewaySocket({
    address: { url, tlsFingerprint, env },
    timeoutMs: HANDSHAKE_TIMEOUT_MS,
    onOpen() {
      onOpen?.();
      for (const text of waiting) socket.send(text);
      waiting = [];
      waitingBytes = 0;
    },
    onText(text) {
      if (!closed) onMessage(text);
    },
    onClose: (code, reason, cause) => settle(code, reason || (cause ? wordFor(cause) : '')),
  });

  function settle(code: number, reason: string): void {
    if (closed) return;
    closed = true;
    waiting = [];
    onClose(code, reason);
  }

  return {
    send(text) {
      if (closed) return;
      const bytes = Buffer.byteLength(text);
      if (socket.bufferedAmount() + waitingBytes + bytes > maxBufferedBytes) {
        settle(TOO_BIG, 'relay buffer full');
        socket.terminate();
      } else if (socket.isOpen()) {
        socket.send(text);
      } else {
        waiting.push(text);
        waitingBytes += bytes;
      }
    },
    close() {
      // A page that let go waits for no farewell of the Gateway's; neither does the process.
      settle(1000, '');
      socket.close();
    },
  };
}

function wordFor(cause: Error): string {
  if (cause instanceof AppErrorException) return cause.error.message;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}
