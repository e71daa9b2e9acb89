import { z } from 'zod';
import { hostKeyPolicySchema, modeSchema, portSchema, remoteTransportSchema } from './settings.ts';

/** A key of another program's file: a value of an unexpected shape counts as absent, never as an error. */
const lenient = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const modelProviderSchema = z.looseObject({
  baseUrl: lenient(z.string()),
  /** A literal or a `${NAME}` reference. SecretRef objects are not resolved here and count as absent. */
  apiKey: lenient(z.string()),
  api: lenient(z.string()),
  models: lenient(z.array(z.looseObject({ id: z.string(), name: lenient(z.string()) }))),
});

/**
 * The keys of `openclaw.json` that Chela reads (source: the `openclaw` package's docs/gateway, configuration
 * reference). All optional, all lenient; unknown keys are of no concern because Chela does not write the file.
 */
export const openclawConfigSchema = z.looseObject({
  gateway: lenient(
    z.looseObject({
      mode: lenient(modeSchema),
      port: lenient(portSchema),
      auth: lenient(z.looseObject({ token: lenient(z.string()), password: lenient(z.string()) })),
      remote: lenient(
        z.looseObject({
          url: lenient(z.string()),
          transport: lenient(remoteTransportSchema),
          tlsFingerprint: lenient(z.string()),
          sshTarget: lenient(z.string()),
          sshIdentity: lenient(z.string()),
          remotePort: lenient(portSchema),
          sshHostKeyPolicy: lenient(hostKeyPolicySchema),
          token: lenient(z.string()),
          password: lenient(z.string()),
        }),
      ),
    }),
  ),
  agents: lenient(
    z.looseObject({
      defaults: lenient(
        z.looseObject({
          model: lenient(z.union([z.string(), z.looseObject({ primary: lenient(z.string()) })])),
        }),
      ),
    }),
  ),
  models: lenient(z.looseObject({ providers: lenient(z.record(z.string(), modelProviderSchema)) })),
});

export type OpenclawConfig = z.infer<typeof openclawConfigSchema>;

/** The port of a loopback WebSocket URL such as `ws://127.0.0.1:18789`; null for anything else. */
export function loopbackPort(url: string | undefined): number | null {
  const match = /^(?:ws|http):\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::(\d{1,5}))?\/?$/i.exec(
    url ?? '',
  );
  if (!match) return null;
  const port = portSchema.safeParse(Number(match[1] ?? 80));
  return port.success ? port.data : null;
}

const httpUrlSchema = z.url({ protocol: /^https?$/ });

/** The chosen model and how to reach it. */
export type ModelChoice = { providerId: string; modelId: string; baseUrl: string; apiKey?: string };

/**
 * The model of `agents.defaults.model` (`provider/model`) when its provider speaks OpenAI's chat completions;
 * null where none is configured, its address is no http URL, or it speaks another dialect.
 */
export function configuredModel(config: OpenclawConfig | null): ModelChoice | null {
  const model = config?.agents?.defaults?.model;
  const reference = typeof model === 'string' ? model : model?.primary;
  const slash = reference?.indexOf('/') ?? -1;
  if (reference === undefined || slash < 1) return null;
  const providerId = reference.slice(0, slash);
  const provider = config?.models?.providers?.[providerId];
  if (!provider?.baseUrl || !httpUrlSchema.safeParse(provider.baseUrl).success) return null;
  if (provider.api !== undefined && provider.api !== 'openai-completions') return null;
  return {
    providerId,
    modelId: reference.slice(slash + 1),
    baseUrl: provider.baseUrl,
    ...(provider.apiKey !== undefined && { apiKey: provider.apiKey }),
  };
}
