import { type ErrorShape, errorShape } from '@openclaw/gateway-protocol';

/** What a method answers. Failures are values; a throw is a bug and becomes UNAVAILABLE. */
export type Reply =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: ErrorShape };

export const answer = (payload: unknown): Reply => ({ ok: true, payload });
export const failure = (error: ErrorShape): Reply => ({ ok: false, error });
export const invalidRequest = (message: string, details?: Record<string, unknown>): Reply =>
  failure(errorShape('INVALID_REQUEST', message, details === undefined ? {} : { details }));

/** Presence and health each count their changes; events about them carry both numbers. */
export type StateVersion = { readonly presence: number; readonly health: number };

export type EventOptions = { readonly stateVersion?: StateVersion };

/** A WebSocket close reason holds at most 123 bytes of UTF-8 (RFC 6455, 5.5). */
export function closeReason(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, 123)).replace(/\uFFFD$/, '');
}
