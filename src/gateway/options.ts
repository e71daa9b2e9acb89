import { z } from 'zod';
import { gatewayAccessShape } from '../shared/config/gateway-access.ts';
import { agentConfigSchema, modelConfigSchema } from '../shared/config/model-config.ts';
import { localeSchema } from '../shared/config/settings.ts';
import type { GatewayClock } from './clock.ts';
import type { WriteConfig } from './config/config-file.ts';
import type { TailscaleCli } from './server/tailscale-cli.ts';

/** What a Gateway needs to know, as plain values: this crosses a process boundary. It holds secrets. */
export const gatewayConfigSchema = z.strictObject({
  ...gatewayAccessShape,
  /** 0 lets the system choose. */
  port: z.number().int().min(0).max(65535),
  /** A directory for `gateway.sqlite`; made with 0700 where it is missing. */
  stateDir: z.string().min(1),
  /** The `openclaw.json` of this Gateway, absolute; absent: one in the state directory. */
  configPath: z.string().min(1).optional(),
  /** Null: the built-in responder answers until the user picks a model. */
  model: modelConfigSchema.nullable(),
  /** Other models, tools and what they may do. */
  agent: agentConfigSchema.optional(),
  locale: localeSchema,
  version: z.string().min(1),
  /** Look for model servers on loopback: the usual ports (default), these ports, or not at all. */
  discoverModelServers: z.union([z.boolean(), z.array(z.number().int().min(1).max(65535))]).optional(),
  tickIntervalMs: z.number().int().positive().optional(),
});

export type GatewayConfig = z.infer<typeof gatewayConfigSchema>;

/** The part of pino that the Gateway uses. Fields never hold a secret. */
export type GatewayLogger = Record<
  'debug' | 'info' | 'warn' | 'error',
  (fields: Record<string, unknown>, message: string) => void
>;

export const silentLogger: GatewayLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** Numbers of the protocol (observed). */
export const defaultLimits = {
  handshakeTimeoutMs: 15_000,
  /** Bytes that a client may send before it is authenticated. */
  preauthBytes: 64 * 1024,
  maxPayloadBytes: 26_214_400,
  /** Connections of one client that have not proved anything yet. */
  strangersPerClient: 32,
  /** All of those: of programs of this computer, and of everybody else. */
  strangersHere: 256,
  strangersElsewhere: 512,
  /** A client that leaves more than this unread is dropped. */
  maxBufferedBytes: 52_428_800,
  pingIntervalMs: 25_000,
  healthIntervalMs: 60_000,
  /** The pause before the first repetition of a failed model call; each further one doubles it. */
  modelRetryBaseMs: 1_000,
};

export type GatewayLimits = typeof defaultLimits;

export type GatewayOptions = GatewayConfig & {
  logger?: GatewayLogger;
  /** How `configPath` is replaced; absent: atomically, 0600. */
  writeConfig?: WriteConfig;
  clock?: GatewayClock;
  newId?: () => string;
  limits?: Partial<GatewayLimits>;
  /** The program that `tailscale.mode: 'serve'` needs. */
  tailscaleCli?: TailscaleCli;
};

export type RunningGateway = {
  /** `ws://127.0.0.1:PORT`, or the bound address where loopback is not. */
  readonly url: string;
  readonly port: number;
  /**
   * Says goodbye to the clients (event `shutdown`, then close 1012), keeps what was answered so far, closes
   * the database. Safe to call twice.
   */
  stop(reason?: string): Promise<void>;
};
