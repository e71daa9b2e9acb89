import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../core/clock.ts';
import type { Screen } from '../../core/engine.ts';
import {
  type BridgeServerFrame,
  bridgeClientFrameSchema,
  bridgeClose,
} from '../../shared/contract/web-bridge.ts';

const HELLO_WITHIN_MS = 5000;
const MAX_HELLO_CHARS = 1024;
/** A page that has stopped reading is cut off rather than kept in memory. */
const MAX_UNSENT_BYTES = 128 * 1024 * 1024;

export type BridgeSocketOptions = {
  socket: WebSocket;
  clock: Clock;
  knowsSecret: (secret: string) => boolean;
  openScreen: () => Screen;
};

/** One page on the bridge: hello, then requests and events. Its screen is disposed with the socket. */
export function serveBridgeSocket({ socket, clock, knowsSecret, openScreen }: BridgeSocketOptions): void {
  let screen: Screen | null = null;
  const cancelDeadline = clock.after(HELLO_WITHIN_MS, () => socket.close(bridgeClose.unauthorized));

  function send(frame: BridgeServerFrame): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate();
    else socket.send(JSON.stringify(frame));
  }

  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    const frame = isBinary
      ? null
      : parseFrame(data, screen === null ? MAX_HELLO_CHARS : Number.POSITIVE_INFINITY);
    if (frame === null || (frame.type === 'hello') !== (screen === null)) {
      return socket.close(bridgeClose.badFrame);
    }
    if (frame.type === 'hello') {
      if (!knowsSecret(frame.secret)) return socket.close(bridgeClose.unauthorized);
      cancelDeadline();
      screen = openScreen();
      send({ type: 'ready' });
      screen.subscribe((event) => send({ type: 'event', event }));
      return;
    }
    const { id, method, params } = frame;
    void screen?.request(method, params).then((result) => send({ type: 'response', id, result }));
  });

  // `ws` closes the socket itself after an error (a frame too large, broken UTF-8).
  socket.on('error', () => {});
  socket.on('close', () => {
    cancelDeadline();
    screen?.dispose();
  });
}

function parseFrame(data: RawData, maxChars: number) {
  const text = data.toString();
  if (text.length > maxChars) return null;
  try {
    return bridgeClientFrameSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
