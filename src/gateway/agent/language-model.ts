import type { LanguageModel } from 'ai';
import { assertNever } from '../../shared/assert-never.ts';
import type { ModelConfig } from '../../shared/config/model-config.ts';

/**
 * The AI SDK's model for a configuration. Each dialect's package is read from disk at its first use: a Gateway
 * that nobody talks to, or whose models all speak one dialect, does not pay for the others.
 */
export async function loadLanguageModel(config: ModelConfig): Promise<LanguageModel> {
  const { providerId, modelId, apiKey, headers } = config;
  const api = config.api ?? 'openai-completions';
  const baseURL = dialectUrl(config.baseUrl, api);
  switch (api) {
    case 'openai-completions': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({
        name: providerId,
        baseURL,
        apiKey,
        headers,
        fetch: stayThere,
        includeUsage: true,
      }).chatModel(modelId);
    }
    case 'openai-responses': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      return createOpenAI({ baseURL, headers, fetch: stayThere, ...keyOrNone(apiKey) }).responses(modelId);
    }
    case 'anthropic-messages': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic({ baseURL, headers, fetch: stayThere, ...keyOrNone(apiKey) })(modelId);
    }
    case 'google-generative-ai': {
      const { createGoogle } = await import('@ai-sdk/google');
      return createGoogle({ baseURL, headers, fetch: stayThere, ...keyOrNone(apiKey) })(modelId);
    }
    case 'ollama': {
      const { createOllama } = await import('ollama-ai-provider-v2');
      const auth = { Authorization: `Bearer ${apiKey}` };
      const all = apiKey === undefined ? headers : { ...auth, ...headers };
      return createOllama({ baseURL, headers: all, fetch: stayThere })(modelId);
    }
    default:
      return assertNever(api);
  }
}

/**
 * The key and the conversation are for the address that was configured: `fetch` would take both along to wherever a
 * redirect leads, but for a key in `Authorization`.
 */
const stayThere: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' });

/** These packages look into the environment for a key when none is given. Only the configuration counts here. */
const keyOrNone = (apiKey: string | undefined) => ({ apiKey: apiKey ?? 'none' });

/** openclaw.json and the packages disagree on where a base address ends. */
export function dialectUrl(baseUrl: string, api: NonNullable<ModelConfig['api']>): string {
  const bare = baseUrl.replace(/\/+$/, '');
  if (api === 'anthropic-messages') return /\/v\d+$/.test(bare) ? bare : `${bare}/v1`;
  if (api === 'ollama') return `${bare.replace(/\/(v1|api)$/, '')}/api`;
  return bare;
}
