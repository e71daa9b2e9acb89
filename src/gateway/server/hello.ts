import type { HelloOk } from '@openclaw/gateway-protocol';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol';
import { attachmentLimits } from '../agent/media/attachments.ts';
import type { GatewayLimits } from '../options.ts';
import { AGENT_ID, MAIN_SESSION_KEY } from '../sessions/session-key.ts';
import type { Client } from './client.ts';
import type { StateVersion } from './frames.ts';
import { mayHear } from './hub.ts';

/** Every event that this Gateway ever sends. */
const gatewayEvents = [
  'connect.challenge',
  'agent',
  'chat',
  'session.message',
  'session.tool',
  'exec.approval.requested',
  'exec.approval.resolved',
  'question.requested',
  'question.resolved',
  'sessions.changed',
  'presence',
  'health',
  'tick',
  'shutdown',
  'device.pair.requested',
  'device.pair.resolved',
  'config.changed',
  'node.pair.requested',
  'node.pair.resolved',
  'node.invoke.request',
  'node.invoke.cancel',
  'node.hostStats',
];

/**
 * The live Gateway also names the way the client was let in; the published schema does not know that field.
 */
type Hello = HelloOk & { auth: { method: string } };

export type HelloFacts = {
  readonly version: string;
  readonly bootId: string;
  readonly methods: readonly string[];
  readonly presence: HelloOk['snapshot']['presence'];
  readonly health: HelloOk['snapshot']['health'];
  readonly stateVersion: StateVersion;
  readonly uptimeMs: number;
  readonly modelConfigured: boolean;
  readonly stateDir: string;
  readonly authMode: 'token' | 'password' | 'none' | 'trusted-proxy';
  readonly tickIntervalMs: number;
  readonly limits: GatewayLimits;
};

/**
 * The payload of an accepted `connect` (observed). Presence is for readers, the state directory for
 * administrators.
 */
export function helloOk(client: Client, facts: HelloFacts): Hello {
  const { admission } = client;
  return {
    type: 'hello-ok',
    protocol: PROTOCOL_VERSION,
    server: { version: facts.version, bootId: facts.bootId, connId: client.connId },
    features: { methods: [...facts.methods], events: [...gatewayEvents], capabilities: [] },
    snapshot: {
      suspension: { phase: 'accepting' },
      presence: mayHear(client, 'operator.read') ? facts.presence : [],
      health: facts.health,
      stateVersion: facts.stateVersion,
      uptimeMs: facts.uptimeMs,
      sessionDefaults: {
        defaultAgentId: AGENT_ID,
        modelConfigured: facts.modelConfigured,
        ownership: 'sole',
        selectionRequired: false,
        mainKey: 'main',
        mainSessionKey: MAIN_SESSION_KEY,
        scope: 'per-sender',
      },
      ...(mayHear(client, 'operator.admin') ? { stateDir: facts.stateDir, authMode: facts.authMode } : {}),
    },
    auth: {
      method: admission.method,
      role: admission.role,
      scopes: [...admission.scopes],
      ...(admission.device === null
        ? {}
        : { deviceToken: admission.device.token, issuedAtMs: admission.device.issuedAtMs }),
    },
    policy: {
      maxPayload: facts.limits.maxPayloadBytes,
      maxBufferedBytes: facts.limits.maxBufferedBytes,
      tickIntervalMs: facts.tickIntervalMs,
      attachments: attachmentLimits,
    },
  };
}
