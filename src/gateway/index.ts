/** The door of the embeddable Gateway. Everything else in this room is its own business. */
export { startGateway } from './gateway.ts';
export type { GatewayConfig, GatewayOptions, RunningGateway } from './options.ts';
export { type ChildMessage, childMessageSchema, type ParentMessage } from './process-messages.ts';
