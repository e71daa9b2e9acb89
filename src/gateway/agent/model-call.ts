import { jsonSchema, type ModelMessage, streamText, type ToolSet, tool } from 'ai';
import type { ModelConfig } from '../../shared/config/model-config.ts';
import type { Translate } from '../../shared/errors.ts';
import type { TokenUsage } from '../sessions/row-parts.ts';
import type { ToolCall } from '../sessions/tool-rows.ts';
import { withCost } from './cost.ts';
import { loadLanguageModel } from './language-model.ts';
import { messagesFor } from './media/shown-images.ts';
import { describeModelError } from './model-error.ts';
import { ReplyFailure } from './reply.ts';
import { reasoningOf, type ThinkingLevel } from './thinking.ts';
import type { AgentTool } from './tools/agent-tool.ts';

export type ModelRequest = {
  readonly model: ModelConfig;
  readonly instructions: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly AgentTool[];
  readonly thinking: ThinkingLevel | null;
  readonly signal: AbortSignal;
  readonly say: (piece: string) => void;
};

/** A call whose arguments the model wrote so badly that nobody can use them. */
type BadCall = ToolCall & { readonly problem: string };

export type ModelAnswer = {
  readonly text: string;
  readonly toolCalls: readonly (ToolCall | BadCall)[];
  readonly usage: TokenUsage;
  readonly stopReason: string;
  readonly responseId: string | undefined;
  /** The model that the provider says has answered. */
  readonly responseModel: string | undefined;
  /** What the next call must be shown of this one: text, calls, and whatever the provider wants back. */
  readonly messages: readonly ModelMessage[];
};

/** A local server may load the model first; that takes minutes on a slow disk. */
const FIRST_CHUNK_TIMEOUT_MS = 300_000;
const CHUNK_TIMEOUT_MS = 120_000;

// The SDK writes its warnings to the console otherwise.
globalThis.AI_SDK_LOG_WARNINGS = false;

/**
 * One call of a model, streamed; tools are offered and not run. Throws {@link ReplyFailure}. This module (and
 * what it imports) is the heavy part of the agent: import it when a model is about to be called, not before.
 */
export async function callModel(request: ModelRequest, t: Translate): Promise<ModelAnswer> {
  const { model, signal } = request;
  try {
    return await streamOnce(request, t);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw describeModelError(thrown, model, t);
  }
}

async function streamOnce(request: ModelRequest, t: Translate): Promise<ModelAnswer> {
  const { model, signal, tools } = request;
  const result = streamText({
    model: await loadLanguageModel(model),
    instructions: request.instructions,
    messages: messagesFor(model, request.messages),
    ...(tools.length === 0 ? {} : { tools: offered(tools) }),
    ...(model.maxTokens === undefined ? {} : { maxOutputTokens: model.maxTokens }),
    reasoning: reasoningOf(model, request.thinking),
    providerOptions: optionsOf(model),
    abortSignal: signal,
    // Repetitions are announced to the clients, so they happen elsewhere.
    maxRetries: 0,
    timeout: { firstChunkMs: FIRST_CHUNK_TIMEOUT_MS, chunkMs: CHUNK_TIMEOUT_MS },
    // Errors arrive in the stream as well; the default would also write them to the console.
    onError() {},
  });
  let text = '';
  const toolCalls: (ToolCall | BadCall)[] = [];
  for await (const part of result.stream) {
    switch (part.type) {
      case 'text-delta':
        if (part.text === '') break;
        text += part.text;
        request.say(part.text);
        break;
      case 'tool-call': {
        const call = { id: part.toolCallId, name: part.toolName, arguments: argumentsOf(part.input) };
        toolCalls.push(part.invalid === true ? { ...call, problem: String(part.error) } : call);
        break;
      }
      case 'error':
        throw part.error;
      case 'abort':
        signal.throwIfAborted();
        throw failure(model, t, 'timeout');
      default:
        break;
    }
  }
  if (text === '' && toolCalls.length === 0) throw failure(model, t, 'empty');
  const [usage, finishReason, response] = await Promise.all([
    result.usage,
    result.finishReason,
    result.response,
  ]);
  const { cacheReadTokens = 0, cacheWriteTokens = 0, noCacheTokens } = usage.inputTokenDetails;
  return {
    text,
    toolCalls,
    usage: withCost(
      {
        input: noCacheTokens ?? usage.inputTokens ?? 0,
        output: usage.outputTokens ?? 0,
        cacheRead: cacheReadTokens,
        cacheWrite: cacheWriteTokens,
      },
      model,
    ),
    stopReason: finishReason === 'tool-calls' ? 'toolUse' : finishReason,
    responseId: response.id,
    responseModel: response.modelId,
    // The results of bad calls are made elsewhere, like those of good ones.
    messages: response.messages.filter(({ role }) => role === 'assistant'),
  };
}

/** Nothing is left with the provider: what the next call needs is sent along, thoughts in a sealed form. */
function optionsOf({ api, reasoning }: ModelConfig) {
  if (api !== 'openai-responses') return undefined;
  const include = reasoning === true ? { include: ['reasoning.encrypted_content'] } : {};
  return { openai: { store: false, ...include } };
}

function failure(model: ModelConfig, t: Translate, reason: 'timeout' | 'empty'): ReplyFailure {
  const { providerId: provider, modelId } = model;
  return new ReplyFailure(t(`responder.modelError.${reason}`, { model: `${provider}/${modelId}` }), {
    reason,
    ...(reason === 'timeout' ? { kind: 'timeout' as const } : {}),
    detail: reason,
    model: { provider, model: modelId },
  });
}

function offered(tools: readonly AgentTool[]): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => [
      name,
      tool({ description, inputSchema: jsonSchema(parameters) }),
    ]),
  );
}

function argumentsOf(input: unknown): Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
    ? (input as Record<string, unknown>)
    : {};
}
