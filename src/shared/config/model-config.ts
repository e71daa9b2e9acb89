import { z } from 'zod';

/** The dialects that the embedded Gateway speaks; the names are those of `models.providers.*.api`. */
export const modelApis = [
  'openai-completions',
  'openai-responses',
  'anthropic-messages',
  'google-generative-ai',
  'ollama',
] as const;

export type ModelApi = (typeof modelApis)[number];

/** US dollars for a million tokens, as openclaw.json writes prices. */
export const modelCostSchema = z.strictObject({
  input: z.number().nonnegative(),
  output: z.number().nonnegative(),
  cacheRead: z.number().nonnegative(),
  cacheWrite: z.number().nonnegative(),
});

/** One model and how to reach it. What is absent is not known, and nothing is made up for it. */
export const modelConfigSchema = z.strictObject({
  providerId: z.string().regex(/^[^/\s]{1,64}$/),
  modelId: z.string().min(1).max(256),
  /** Without the path of a single call: ends before `/chat/completions`, `/responses`, `/v1/messages`, `/api`. */
  baseUrl: z.url({ protocol: /^https?$/ }),
  apiKey: z.string().min(1).optional(),
  /** Absent: `openai-completions`. */
  api: z.enum(modelApis).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  name: z.string().min(1).optional(),
  contextWindow: z.number().int().positive().optional(),
  maxTokens: z.number().int().positive().optional(),
  reasoning: z.boolean().optional(),
  /** Absent: text only is assumed. */
  input: z.array(z.string()).optional(),
  cost: modelCostSchema.optional(),
});

export type ModelConfig = z.infer<typeof modelConfigSchema>;

/** An MCP server of `mcp.servers`: a program that is started, or an address. */
const mcpServerSchema = z.strictObject({
  command: z.string().min(1).optional(),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
  url: z.url({ protocol: /^https?$/ }).optional(),
  transport: z.enum(['http', 'sse']).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  connectionTimeoutMs: z.number().int().positive().optional(),
  requestTimeoutMs: z.number().int().positive().optional(),
});

export type McpServerConfig = z.infer<typeof mcpServerSchema>;

/**
 * What the agent may run on this computer: nothing (`deny`), what was allowed for good (`allowlist`), or that
 * and whatever a person allows when asked (`ask`). There is no way to run commands unasked.
 */
const execModeSchema = z.enum(['deny', 'allowlist', 'ask']);

/** The agent's share of openclaw.json. It holds secrets. */
export const agentConfigSchema = z.strictObject({
  /** All configured models, in the order of the file. */
  models: z.array(modelConfigSchema).optional(),
  /** `provider/model`, tried in this order when the chosen model fails. */
  fallbacks: z.array(z.string()).optional(),
  thinkingDefault: z.string().optional(),
  mcpServers: z.record(z.string(), mcpServerSchema).optional(),
  exec: execModeSchema.optional(),
});

export type AgentConfig = z.infer<typeof agentConfigSchema>;

/** `provider/model`: how people and clients name a model. */
export const modelRef = (model: { providerId: string; modelId: string }) =>
  `${model.providerId}/${model.modelId}`;
