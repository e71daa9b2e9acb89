import { WebSocket } from 'ws';
import { AppErrorException } from '../../shared/errors.ts';
import { describeUpgradeRefusal } from './connect-error.ts';
import { type DialTools, dialGateway, type GatewayAddress } from './dial.ts';
import { readStart } from './read-start.ts';

export type GatewaySocket = {
  isOpen(): boolean;
  /** Text only; nothing happens unless it is open. */
  send(text: string): void;
  /** Says goodbye and waits a moment for the answer. */
  close(code?: number, reason?: string): void;
  /** Without a goodbye. */
  terminate(): void;
  /** Bytes that were sent and did not leave yet. */
  bufferedAmount(): number;
  /** Resolves when nothing of it is left. */
  readonly gone: Promise<void>;
};

type GatewaySocketHandlers = {
  onOpen(): void;
  onText(text: string): void;
  /**
   * Once, whoever ended it, and never from within the call that made it. `cause`: an AppErrorException where the dial or
   * the upgrade was refused, the socket's error otherwise; null for a plain close.
   */
  onClose(code: number, reason: string, cause: Error | null): void;
};

export type GatewaySocketOptions = GatewaySocketHandlers & {
  readonly address: GatewayAddress;
  /** For each: the dial, and the upgrade. */
  readonly timeoutMs?: number;
  readonly tools?: Partial<DialTools> | undefined;
};

/** One frame a Gateway may send (its `policy.maxPayload`). */
export const MAX_FRAME_BYTES = 26_214_400;
/** A Gateway's own refusal is a short JSON object. */
const REFUSAL_BYTES = 16_384;
const TIMEOUT_MS = 15_000;
const FAREWELL_MS = 1_000;
/** RFC 6455. */
const ABNORMAL = 1006;

/**
 * A WebSocket to a Gateway, without an Origin: dialed by the rules of {@link dialGateway} first, and only then spoken on.
 * Redirects are not followed.
 */
export function openGatewaySocket(options: GatewaySocketOptions): GatewaySocket {
  const { address, onOpen, onText, onClose, timeoutMs = TIMEOUT_MS, tools } = options;
  const giveUp = new AbortController();
  let socket: WebSocket | null = null;
  let cause: Error | null = null;
  let isOver = false;
  let markGone = () => {};
  const gone = new Promise<void>((resolve) => {
    markGone = resolve;
  });

  function end(code: number, reason: string): void {
    if (isOver) return;
    isOver = true;
    markGone();
    onClose(code, reason, cause);
  }

  async function start(): Promise<void> {
    const dialed = await dialGateway({ ...address, timeoutMs, signal: giveUp.signal, tools });
    if (!dialed.ok) {
      cause = new AppErrorException(dialed.error);
      return end(ABNORMAL, '');
    }
    if (giveUp.signal.aborted) {
      dialed.value.socket.destroy();
      return end(ABNORMAL, '');
    }
    const { url } = dialed.value;
    const made = new WebSocket(url.href, {
      // The very socket that was judged; no other is opened.
      createConnection: () => dialed.value.socket,
      followRedirects: false,
      handshakeTimeout: timeoutMs,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    });
    socket = made;
    made.on('open', onOpen);
    made.on('message', (data, isBinary) => {
      if (!isBinary) onText(data.toString());
    });
    made.on('error', (error) => {
      cause ??= error;
    });
    made.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      const describe = (body: string) => {
        cause = new AppErrorException(describeUpgradeRefusal(status, body, { url: url.href }));
        made.terminate();
      };
      readStart(response, REFUSAL_BYTES).then(
        (body) => describe(body.toString('utf8')),
        () => describe(''),
      );
    });
    made.on('close', (code, reason) => end(code, reason.toString()));
  }

  void start();

  return {
    isOpen: () => socket?.readyState === WebSocket.OPEN,
    send(text) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(text);
    },
    close(code, reason) {
      if (!socket) return giveUp.abort();
      socket.close(code, reason);
      const closing = socket;
      setTimeout(() => closing.terminate(), FAREWELL_MS).unref();
    },
    terminate() {
      if (socket) socket.terminate();
      else giveUp.abort();
    },
    bufferedAmount: () => socket?.bufferedAmount ?? 0,
    gone,
  };
}
