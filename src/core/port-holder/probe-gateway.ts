import { WebSocket } from 'ws';
import { type Clock, systemClock } from '../clock.ts';

const largestChallenge = 64 * 1024;

/**
 * True when a Gateway answers on 127.0.0.1:`port`: it sends the challenge that begins every connection, an event
 * `connect.challenge` with a nonce. Says nothing to it, least of all a token. Never throws.
 */
export function probeGateway(
  port: number,
  options: { readonly timeoutMs: number; readonly clock?: Clock | undefined },
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, {
      maxPayload: largestChallenge,
      followRedirects: false,
      perMessageDeflate: false,
    });
    const settle = (isGateway: boolean) => {
      cancel();
      socket.terminate();
      resolve(isGateway);
    };
    const cancel = (options.clock ?? systemClock).after(options.timeoutMs, () => settle(false));
    // Also of terminate(), before the connection stands.
    socket.on('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('message', (data) => settle(isChallenge(String(data))));
  });
}

function isChallenge(text: string): boolean {
  try {
    const frame: unknown = JSON.parse(text);
    if (typeof frame !== 'object' || frame === null) return false;
    if (!('event' in frame) || frame.event !== 'connect.challenge' || !('payload' in frame)) return false;
    const { payload } = frame;
    return typeof payload === 'object' && payload !== null && 'nonce' in payload;
  } catch {
    return false;
  }
}
