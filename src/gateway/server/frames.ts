import { type ErrorShape, errorShape } from '@openclaw/gateway-protocol';

/** What a method answers. Failures are values; a throw is a bug and becomes UNAVAILABLE. */
export type Reply =
  | {
      readonly ok: true;
      readonly payload: unknown;
      /** A second answer under the same id (observed for `agent`). */
      readonly later?: Promise<Reply>;
    }
  /** The payload as JSON text in pieces, for what is stored or cached that way. Bytes are UTF-8. */
  | { readonly ok: true; readonly json: readonly (string | Buffer)[] }
  | { readonly ok: false; readonly error: ErrorShape };

export const answer = (payload: unknown): Reply => ({ ok: true, payload });
export const answerJson = (...json: (string | Buffer)[]): Reply => ({ ok: true, json });
export type Refusal = Extract<Reply, { ok: false }>;

export const failure = (error: ErrorShape): Refusal => ({ ok: false, error });
export const invalidRequest = (message: string, details?: Record<string, unknown>): Refusal =>
  failure(errorShape('INVALID_REQUEST', message, details === undefined ? {} : { details }));

/** Presence and health each count their changes; events about them carry both numbers. */
export type StateVersion = { readonly presence: number; readonly health: number };

export type EventOptions = { readonly stateVersion?: StateVersion };

/** One response frame, as a text or as the bytes of one. A payload that is JSON already goes in as it is. */
export function responseFrame(id: string, reply: Reply): string | Buffer {
  if (!reply.ok) return JSON.stringify({ type: 'res', id, ok: false, error: reply.error });
  if (!('json' in reply)) return JSON.stringify({ type: 'res', id, ok: true, payload: reply.payload });
  const pieces = [`{"type":"res","id":${JSON.stringify(id)},"ok":true,"payload":`, ...reply.json, '}'];
  return pieces.every((piece) => typeof piece === 'string')
    ? pieces.join('')
    : Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

/** One event frame around a payload that was serialized once for all its listeners. */
export function eventText(event: string, payload: string, seq?: number, options?: EventOptions): string {
  const version = options?.stateVersion;
  return (
    `{"type":"event","event":${JSON.stringify(event)},"payload":${payload}` +
    (seq === undefined ? '' : `,"seq":${seq}`) +
    (version === undefined ? '}' : `,"stateVersion":${JSON.stringify(version)}}`)
  );
}

/** A WebSocket close reason holds at most 123 bytes of UTF-8 (RFC 6455, 5.5). */
export function closeReason(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, 123)).replace(/\uFFFD$/, '');
}
