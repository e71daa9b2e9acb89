/** The door of the embeddable Gateway. Everything else in this room is its own business. */

export type { GatewayClock } from './clock.ts';
export { startGateway } from './gateway.ts';
export type {
  GatewayConfig,
  GatewayLogger,
  GatewayOptions,
  ModelConfig,
  RunningGateway,
} from './options.ts';
export {
  type ChildMessage,
  childMessageSchema,
  type ParentMessage,
  parentMessageSchema,
} from './process-messages.ts';
