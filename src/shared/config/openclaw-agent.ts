import { z } from 'zod';
import { isHttpUrl, lenient } from './lenient.ts';
import {
  type AgentConfig,
  type McpServerConfig,
  type ModelApi,
  type ModelConfig,
  modelApis,
  modelCostSchema,
  modelRef,
} from './model-config.ts';

const strings = z.record(z.string(), z.string());

const modelEntrySchema = z.looseObject({
  id: z.string().min(1),
  name: lenient(z.string().min(1)),
  api: lenient(z.string()),
  reasoning: lenient(z.boolean()),
  input: lenient(z.array(z.string())),
  cost: lenient(modelCostSchema.partial().loose()),
  contextWindow: lenient(z.number().int().positive()),
  contextTokens: lenient(z.number().int().positive()),
  maxTokens: lenient(z.number().int().positive()),
});

const providerSchema = z.looseObject({
  baseUrl: lenient(z.string()),
  /** A literal or a `${NAME}` reference. SecretRef objects are not resolved here and count as absent. */
  apiKey: lenient(z.string().min(1)),
  api: lenient(z.string()),
  headers: lenient(strings),
  maxTokens: lenient(z.number().int().positive()),
  models: lenient(z.array(modelEntrySchema)),
});

const serverSchema = z.looseObject({
  enabled: lenient(z.boolean()),
  command: lenient(z.string().min(1)),
  args: lenient(z.array(z.string())),
  env: lenient(strings),
  cwd: lenient(z.string()),
  workingDirectory: lenient(z.string()),
  url: lenient(z.string()),
  transport: lenient(z.string()),
  type: lenient(z.string()),
  headers: lenient(strings),
  connectionTimeoutMs: lenient(z.number().int().positive()),
  requestTimeoutMs: lenient(z.number().int().positive()),
});

/**
 * The keys that the agent reads (source: the `openclaw` package's docs, gateway/config-tools/custom-providers,
 * gateway/config-agents, cli/mcp/transports, tools/permission-modes).
 */
export const agentKeys = {
  agents: lenient(
    z.looseObject({
      defaults: lenient(
        z.looseObject({
          model: lenient(
            z.union([
              z.string(),
              z.looseObject({ primary: lenient(z.string()), fallbacks: lenient(z.array(z.string())) }),
            ]),
          ),
          thinkingDefault: lenient(z.string()),
        }),
      ),
    }),
  ),
  models: lenient(z.looseObject({ providers: lenient(z.record(z.string(), lenient(providerSchema))) })),
  mcp: lenient(z.looseObject({ servers: lenient(z.record(z.string(), lenient(serverSchema))) })),
  tools: lenient(z.looseObject({ exec: lenient(z.looseObject({ mode: lenient(z.string()) })) })),
};

const agentPartSchema = z.looseObject(agentKeys);
type AgentPart = z.infer<typeof agentPartSchema>;
type Provider = z.infer<typeof providerSchema>;

/** Where the makers' own services live, for providers that name no address. */
const usualBaseUrls: Partial<Record<string, { baseUrl: string; api: ModelApi }>> = {
  openai: { baseUrl: 'https://api.openai.com/v1', api: 'openai-responses' },
  anthropic: { baseUrl: 'https://api.anthropic.com', api: 'anthropic-messages' },
  google: { baseUrl: 'https://generativelanguage.googleapis.com/v1beta', api: 'google-generative-ai' },
  ollama: { baseUrl: 'http://127.0.0.1:11434', api: 'ollama' },
};

/**
 * The model of `agents.defaults.model` (`provider/model`); null where none is configured, its address is no
 * http URL, or it speaks a dialect that the embedded Gateway does not.
 */
export function configuredModel(config: AgentPart | null): ModelConfig | null {
  const chosen = config?.agents?.defaults?.model;
  const reference = typeof chosen === 'string' ? chosen : chosen?.primary;
  return reference === undefined ? null : modelOf(config, reference);
}

/** What else the agent needs from the file. Entries that make no sense are left out. */
export function configuredAgent(config: AgentPart | null): AgentConfig {
  const defaults = config?.agents?.defaults;
  const chosen = defaults?.model;
  const fallbacks = typeof chosen === 'object' ? (chosen.fallbacks ?? []) : [];
  const listed = Object.entries(config?.models?.providers ?? {}).flatMap(([providerId, provider]) =>
    (provider?.models ?? []).map(({ id }) => `${providerId}/${id}`),
  );
  const models = [...new Set([...listed, ...fallbacks])].flatMap((ref) => modelOf(config, ref) ?? []);
  const known = new Set(models.map(modelRef));
  const servers = Object.entries(config?.mcp?.servers ?? {}).flatMap(([name, server]) => {
    const usable = server === undefined ? null : mcpServerOf(server);
    return usable === null ? [] : [[name, usable] as const];
  });
  const mode = config?.tools?.exec?.mode;
  return {
    models,
    fallbacks: fallbacks.filter((ref) => known.has(ref)),
    ...(defaults?.thinkingDefault === undefined ? {} : { thinkingDefault: defaults.thinkingDefault }),
    mcpServers: Object.fromEntries(servers),
    exec: mode === 'deny' || mode === 'allowlist' ? mode : 'ask',
  };
}

function modelOf(config: AgentPart | null, reference: string): ModelConfig | null {
  const slash = reference.indexOf('/');
  if (slash < 1 || slash === reference.length - 1) return null;
  const providerId = reference.slice(0, slash);
  const modelId = reference.slice(slash + 1);
  const provider = config?.models?.providers?.[providerId];
  if (provider === undefined) return null;
  const usual = usualBaseUrls[providerId];
  const baseUrl = provider.baseUrl ?? usual?.baseUrl;
  if (baseUrl === undefined || !isHttpUrl(baseUrl)) return null;
  const entry = provider.models?.find(({ id }) => id === modelId);
  const named = entry?.api ?? provider.api;
  const api = named === undefined ? (provider.baseUrl === undefined ? usual?.api : undefined) : apiOf(named);
  if (api === null) return null;
  return {
    providerId,
    modelId,
    baseUrl,
    ...present({
      apiKey: provider.apiKey,
      api,
      headers: provider.headers,
      name: entry?.name,
      contextWindow: entry?.contextTokens ?? entry?.contextWindow,
      maxTokens: entry?.maxTokens ?? provider.maxTokens,
      reasoning: entry?.reasoning,
      input: entry?.input,
      cost: costOf(entry?.cost),
    }),
  };
}

type EntryCost = NonNullable<NonNullable<Provider['models']>[number]['cost']>;

function costOf(cost: EntryCost | undefined): ModelConfig['cost'] {
  if (cost === undefined) return undefined;
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0 } = cost;
  return { input, output, cacheRead, cacheWrite };
}

const apiOf = (name: string): ModelApi | null => modelApis.find((api) => api === name) ?? null;

function mcpServerOf(server: z.infer<typeof serverSchema>): McpServerConfig | null {
  if (server.enabled === false) return null;
  const { command, args, env, url, headers, connectionTimeoutMs, requestTimeoutMs } = server;
  const timeouts = present({ connectionTimeoutMs, requestTimeoutMs });
  if (command !== undefined) {
    return { command, ...present({ args, env, cwd: server.cwd ?? server.workingDirectory }), ...timeouts };
  }
  if (url === undefined || !isHttpUrl(url)) return null;
  const transport = server.transport ?? server.type;
  return {
    url,
    ...(transport === 'sse' ? { transport: 'sse' as const } : {}),
    ...present({ headers }),
    ...timeouts,
  };
}

/** Without the keys whose value is undefined, which a strict schema would refuse. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
