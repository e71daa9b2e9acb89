import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type ModelMessage, streamText } from 'ai';
import type { Translate } from '../../shared/errors.ts';
import type { ModelConfig } from '../options.ts';
import type { ContextMessage } from '../sessions/session-store.ts';
import { describeModelError } from './model-error.ts';
import { type Reply, ReplyFailure } from './reply.ts';

/** For the model, not for people. */
const INSTRUCTIONS =
  'You are the assistant of a person who talks to you through Chela, a small desktop app. Answer in the language of the ' +
  'person, in Markdown where it helps, and no longer than the question asks for. You have no tools: you cannot read ' +
  'files, run commands or browse. Say so when you are asked to.';

/** A local server may load the model first; that takes minutes on a slow disk. */
const FIRST_CHUNK_TIMEOUT_MS = 300_000;
const CHUNK_TIMEOUT_MS = 120_000;
const MAX_RETRIES = 1;

// The SDK writes its warnings to the console otherwise.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** A reply from an OpenAI-compatible endpoint, through the AI SDK. */
export function modelReply(
  model: ModelConfig,
  readContext: () => readonly ContextMessage[],
  t: Translate,
): Reply {
  return {
    kind: 'model',
    api: 'openai-completions',
    provider: model.providerId,
    model: model.modelId,
    excluded: false,
    async *stream(signal) {
      const provider = createOpenAICompatible({
        name: model.providerId,
        baseURL: model.baseUrl,
        apiKey: model.apiKey,
        includeUsage: true,
      });
      const result = streamText({
        model: provider.chatModel(model.modelId),
        instructions: INSTRUCTIONS,
        messages: readContext().map(({ role, text }): ModelMessage => ({ role, content: text })),
        abortSignal: signal,
        maxRetries: MAX_RETRIES,
        timeout: { firstChunkMs: FIRST_CHUNK_TIMEOUT_MS, chunkMs: CHUNK_TIMEOUT_MS },
        // Errors arrive in the stream as well; the default would also write them to the console.
        onError() {},
      });
      let isEmpty = true;
      let responseId: string | undefined;
      try {
        for await (const part of result.stream) {
          if (part.type === 'text-delta' && part.text !== '') {
            isEmpty = false;
            yield part.text;
          } else if (part.type === 'error') {
            throw part.error;
          } else if (part.type === 'abort' && !signal.aborted) {
            throw new ReplyFailure(t('responder.modelError.timeout', nameOf(model)), 'timeout');
          } else if (part.type === 'finish-step') {
            responseId = part.response.id;
          } else if (part.type === 'finish') {
            if (isEmpty) {
              throw new ReplyFailure(t('responder.modelError.empty', nameOf(model)), 'unknown');
            }
            const { inputTokens = 0, outputTokens = 0 } = part.totalUsage;
            return {
              stopReason: part.finishReason,
              usage: { input: inputTokens, output: outputTokens },
              responseId,
            };
          }
        }
      } catch (thrown) {
        throw thrown instanceof ReplyFailure ? thrown : describeModelError(thrown, model, t);
      }
      return { stopReason: 'abort', usage: { input: 0, output: 0 } };
    },
  };
}

const nameOf = (model: ModelConfig) => ({ model: `${model.providerId}/${model.modelId}` });
