/**
 * The door of the embeddable Gateway. Everything else in this room is its own business.
 *
 * It speaks protocol 4, so that real clients can use it. Where a comment says *observed*, the fact stands in
 * no published schema: it was seen on the wire of openclaw 2026.9.6, and wins over what seems more sensible.
 */

export { startGateway } from './gateway.ts';
export type { GatewayConfig, GatewayOptions, RunningGateway } from './options.ts';
export { type ChildMessage, childMessageSchema, type ParentMessage } from './process-messages.ts';
