import { z } from 'zod';
import type { SecretRef } from '../../shared/credentials/candidates.ts';
import { defaultProvider, expandText, property } from './secret-ref.ts';

const limit = z.number().int().positive();

const envProviderSchema = z.looseObject({
  source: z.literal('env'),
  allowlist: z.array(z.string()).optional(),
});

const fileProviderSchema = z.looseObject({
  source: z.literal('file'),
  path: z.string().min(1),
  mode: z.enum(['json', 'singleValue']).default('json'),
  timeoutMs: limit.default(5000),
  maxBytes: limit.default(1024 * 1024),
});

const execProviderSchema = z.looseObject({
  source: z.literal('exec'),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  timeoutMs: limit.default(5000),
  /** The same as `timeoutMs` when absent. */
  noOutputTimeoutMs: limit.optional(),
  maxOutputBytes: limit.default(1024 * 1024),
  jsonOnly: z.boolean().default(true),
  env: z.record(z.string(), z.string()).default({}),
  passEnv: z.array(z.string()).default([]),
  trustedDirs: z.array(z.string()).optional(),
});

type EnvProvider = z.infer<typeof envProviderSchema>;
export type FileProvider = z.infer<typeof fileProviderSchema>;
export type ExecProvider = z.infer<typeof execProviderSchema>;

export type FoundProvider =
  | EnvProvider
  | FileProvider
  | ExecProvider
  /** Only the Gateway can ask it. */
  | { readonly source: 'store' | 'plugin' }
  | { readonly source: 'missing' }
  /** `cause` is a key of `causes.SECRET_PROVIDER_INVALID`. */
  | { readonly source: 'invalid'; readonly cause: string };

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The settings of a reference's provider: an entry of `secrets.providers` with the same source, or the built-in reader
 * of `env` and `store` under the default alias. `${NAME}` in the settings comes from `env`. Pure.
 */
export function findProvider(secrets: unknown, ref: SecretRef, env: Env): FoundProvider {
  const entry = property(property(secrets, 'providers'), ref.provider);
  if (property(entry, 'source') !== ref.source) {
    const { source } = ref;
    if ((source !== 'env' && source !== 'store') || ref.provider !== defaultProvider(secrets, source)) {
      return { source: 'missing' };
    }
    return { source };
  }
  if (ref.source === 'store') return { source: 'store' };
  if (ref.source === 'env') return parsed(envProviderSchema, entry);
  const expanded = expandDeep(entry, env);
  if (ref.source === 'file') {
    return property(expanded, 'path') === undefined
      ? { source: 'invalid', cause: 'path' }
      : parsed(fileProviderSchema, expanded);
  }
  if (property(expanded, 'pluginIntegration') !== undefined) return { source: 'plugin' };
  return property(expanded, 'command') === undefined
    ? { source: 'invalid', cause: 'command' }
    : parsed(execProviderSchema, expanded);
}

function parsed<T>(schema: z.ZodType<T>, entry: unknown): T | { source: 'invalid'; cause: string } {
  const result = schema.safeParse(entry);
  return result.success ? result.data : { source: 'invalid', cause: 'shape' };
}

/** A text with a variable that is not set counts as absent. */
function expandDeep(value: unknown, env: Env): unknown {
  if (typeof value === 'string') {
    const expanded = expandText(value, env);
    return expanded.ok ? expanded.text : undefined;
  }
  if (Array.isArray(value)) return value.map((item) => expandDeep(item, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandDeep(item, env)]));
}
