import {
  type AgentIdentityResult,
  type ChannelsStatusResult,
  type HelloOk,
  validateAgentIdentityParams,
  validateChannelsStatusParams,
  validateLogsTailParams,
} from '@openclaw/gateway-protocol';
import { z } from 'zod';
import type { LogFile } from '../log-file.ts';
import { answer, invalidRequest } from '../server/frames.ts';
import type { Presence } from '../server/presence.ts';
import type { SessionIndex } from '../sessions/session-index.ts';
import { AGENT_ID } from '../sessions/session-key.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { checked, type MethodTable, plain } from './method.ts';

export type Health = HelloOk['snapshot']['health'];

export type SystemDeps = {
  readonly version: string;
  readonly databasePath: string;
  readonly sessions: SessionStore;
  readonly index: SessionIndex;
  readonly presence: Presence;
  readonly currentModel: () => { provider: string; model: string } | null;
  readonly now: () => number;
};

export type SystemMethodDeps = SystemDeps & {
  readonly logFile: LogFile;
  readonly announcePresence: () => void;
};

const RECENT_SESSIONS = 5;

/** `health` is for everybody who got in: nodes and probes have no scopes (observed). */
export function systemMethods(deps: SystemMethodDeps): MethodTable {
  return {
    ...plain('health', null, () => answer(readHealth(deps))),
    ...plain('status', 'operator.read', () => answer(readStatus(deps))),
    ...plain('system-presence', 'operator.read', () => answer(deps.presence.list())),
    'system-event': {
      scope: 'operator.admin',
      handle(params) {
        const event = systemEventSchema.safeParse(params);
        if (!event.success) return invalidRequest('text required');
        deps.presence.report(event.data);
        deps.announcePresence();
        return answer({ ok: true });
      },
    },
    ...plain('last-heartbeat', 'operator.read', () => answer(null)),
    ...checked('channels.status', 'operator.read', validateChannelsStatusParams, () =>
      answer(readChannels(deps)),
    ),
    ...checked('agent.identity.get', 'operator.read', validateAgentIdentityParams, ({ agentId }) =>
      agentId === undefined || agentId.toLowerCase() === AGENT_ID
        ? answer(agentIdentity)
        : invalidRequest(`unknown agent id "${agentId}"`),
    ),
    ...checked('logs.tail', 'operator.read', validateLogsTailParams, (params) =>
      answer(deps.logFile.tail(params)),
    ),
  };
}

/**
 * The shape of a real Gateway's `health` (observed), with what is true here: no plugins, channels or
 * heartbeat.
 */
export function readHealth(deps: SystemDeps): Health {
  const startedAt = deps.now();
  const sessions = recentSessions(deps);
  return {
    ok: true,
    ts: startedAt,
    durationMs: deps.now() - startedAt,
    plugins: { loaded: [], errors: [], unavailable: [] },
    channels: {},
    channelOrder: [],
    channelLabels: {},
    heartbeatSeconds: 0,
    defaultAgentId: AGENT_ID,
    agents: [
      {
        agentId: AGENT_ID,
        isDefault: true,
        heartbeat: {
          enabled: false,
          every: '0m',
          everyMs: null,
          prompt: '',
          target: 'none',
          ackMaxChars: 0,
        },
        sessions,
      },
    ],
    sessions,
  };
}

/** The published package names this schema but does not export it. What else a client sends is of no use here. */
const systemEventSchema = z.object({
  text: z.string().trim().min(1),
  host: z.string().optional(),
  mode: z.string().optional(),
  version: z.string().optional(),
  platform: z.string().optional(),
  deviceFamily: z.string().optional(),
  deviceId: z.string().optional(),
  instanceId: z.string().optional(),
  reason: z.string().optional(),
});

const agentIdentity: AgentIdentityResult = {
  agentId: AGENT_ID,
  name: 'Assistant',
  nameSource: 'default',
  avatar: 'A',
};

/** This Gateway has no channels. */
function readChannels({ now }: SystemDeps): ChannelsStatusResult {
  return {
    ts: now(),
    channelOrder: [],
    channelLabels: {},
    channelDetailLabels: {},
    channelSystemImages: {},
    channelMeta: [],
    channels: {},
    channelAccounts: {},
    channelDefaultAccountId: {},
  };
}

function recentSessions({ index, databasePath, now }: SystemDeps) {
  const { total, recent } = index.recent(RECENT_SESSIONS);
  return {
    path: databasePath,
    count: total,
    recent: recent.map(({ key, updatedAt }) => ({ key, updatedAt, age: Math.max(0, now() - updatedAt) })),
  };
}

function readStatus(deps: SystemDeps): object {
  const { path, count, recent: keys } = recentSessions(deps);
  const model = deps.currentModel();
  const recent = keys.map(({ key, updatedAt, age }) => ({
    agentId: AGENT_ID,
    key,
    kind: 'direct',
    sessionId: deps.sessions.find(key)?.sessionId,
    updatedAt,
    age,
    totalTokens: null,
    totalTokensFresh: false,
    remainingTokens: null,
    percentUsed: null,
    model: model?.model ?? null,
    contextTokens: null,
    flags: [],
  }));
  const memory = process.memoryUsage();
  return {
    runtimeVersion: deps.version,
    heartbeat: {
      defaultAgentId: AGENT_ID,
      agents: [{ agentId: AGENT_ID, enabled: false, every: '0m', everyMs: null }],
    },
    channelSummary: [],
    queuedSystemEvents: [],
    sessions: {
      paths: [path],
      count,
      defaults: { model: model?.model ?? null, contextTokens: null },
      recent,
      byAgent: [{ agentId: AGENT_ID, path, count, recent }],
    },
    processMemory: {
      rssBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      heapTotalBytes: memory.heapTotal,
      externalBytes: memory.external,
      arrayBuffersBytes: memory.arrayBuffers,
    },
    pid: process.pid,
  };
}
