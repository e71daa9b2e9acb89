import { WebSocket } from 'ws';

export type Relay = {
  /** Text goes out in order; what is sent before the socket is open waits for it. */
  send(text: string): void;
  close(): void;
};

export type RelayOptions = {
  url: string;
  onOpen?: () => void;
  onMessage: (text: string) => void;
  /** Once, whoever ended it. `reason` is the Gateway's own, or a word for developers. */
  onClose: (code: number, reason: string) => void;
  /** Bytes a slow Gateway may leave waiting before the relay gives up on it. */
  maxBufferedBytes?: number;
};

/** One frame a Gateway may send (its `policy.maxPayload`). */
const MAX_FRAME_BYTES = 26_214_400;
const MAX_BUFFERED_BYTES = 2 * MAX_FRAME_BYTES;
const HANDSHAKE_TIMEOUT_MS = 10_000;
const FAREWELL_MS = 1_000;
/** Close codes as RFC 6455 defines them. */
const ABNORMAL = 1006;
const TOO_BIG = 1009;

/**
 * A WebSocket to a Gateway on behalf of a page, without the Origin that a page would send and a Gateway may refuse.
 * Frames pass as they are; the handshake is the page's own.
 */
export function openRelay(options: RelayOptions): Relay {
  const { url, onOpen, onMessage, onClose, maxBufferedBytes = MAX_BUFFERED_BYTES } = options;
  const socket = new WebSocket(url, {
    maxPayload: MAX_FRAME_BYTES,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    perMessageDeflate: false,
  });
  let waiting: string[] = [];
  let waitingBytes = 0;
  let closed = false;

  function settle(code: number, reason: string): void {
    if (closed) return;
    closed = true;
    waiting = [];
    onClose(code, reason);
  }

  function giveUp(code: number, reason: string): void {
    settle(code, reason);
    socket.terminate();
  }

  socket.on('open', () => {
    onOpen?.();
    for (const text of waiting) socket.send(text);
    waiting = [];
    waitingBytes = 0;
  });
  socket.on('message', (data, isBinary) => {
    if (!closed && !isBinary) onMessage(data.toString());
  });
  socket.on('error', (error) => settle(ABNORMAL, (error as NodeJS.ErrnoException).code ?? error.message));
  socket.on('close', (code, reason) => settle(code, reason.toString()));

  return {
    send(text) {
      if (closed) return;
      const bytes = Buffer.byteLength(text);
      if (socket.bufferedAmount + waitingBytes + bytes > maxBufferedBytes) {
        giveUp(TOO_BIG, 'relay buffer full');
      } else if (socket.readyState === WebSocket.CONNECTING) {
        waiting.push(text);
        waitingBytes += bytes;
      } else {
        socket.send(text);
      }
    },
    close() {
      // A page that let go waits for no farewell of the Gateway's; neither does the process.
      settle(1000, '');
      socket.close();
      setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
    },
  };
}
