import type { ModelMessage } from 'ai';
import type { ModelConfig } from '../../shared/config/model-config.ts';
import { modelRef } from '../../shared/config/model-config.ts';
import type { Translate } from '../../shared/errors.ts';
import type { GatewayClock } from '../clock.ts';
import type { ModelAnswer } from './model-call.ts';
import { type FailureReason, ReplyFailure, type RunSink } from './reply.ts';
import type { ThinkingLevel } from './thinking.ts';
import type { AgentTool } from './tools/agent-tool.ts';

/** The models to try, in order. `position` is the one that answers now; a run does not go back. */
export type ModelChain = { readonly models: readonly ModelConfig[]; position: number };

type Question = {
  readonly instructions: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly AgentTool[];
  readonly thinking: ThinkingLevel | null;
};

type AttemptDeps = {
  readonly t: Translate;
  readonly clock: GatewayClock;
  readonly retryBaseMs: number;
};

/**
 * How often a failed call is repeated before the next model gets its turn. What is not named here does not
 * get better by itself.
 */
const retries: Partial<Record<FailureReason, number>> = {
  server_error: 5,
  rate_limit: 5,
  timeout: 2,
  // Nobody listens there. A server that is just starting is worth a moment.
  unreachable: 1,
  unknown: 1,
  empty: 1,
};

const MAX_DELAY_MS = 30_000;

/** Calls the model, repeats what may pass, and goes down the chain. Throws {@link ReplyFailure} at its end. */
export async function callWithFallbacks(
  chain: ModelChain,
  question: Question,
  sink: RunSink,
  deps: AttemptDeps,
): Promise<{ answer: ModelAnswer; by: ModelConfig }> {
  while (true) {
    const model = chain.models[chain.position];
    if (model === undefined) throw new Error('a chain has a model');
    try {
      return { answer: await callWithRetries(model, question, sink, deps), by: model };
    } catch (thrown) {
      if (!(thrown instanceof ReplyFailure)) throw thrown;
      const next = chain.models[chain.position + 1];
      announceFallback(sink, chain, thrown, model, next);
      if (next === undefined) throw thrown;
      chain.position += 1;
      sink.unsay();
    }
  }
}

async function callWithRetries(
  model: ModelConfig,
  question: Question,
  sink: RunSink,
  deps: AttemptDeps,
): Promise<ModelAnswer> {
  const { callModel } = await import('./model-call.ts');
  for (let attempt = 1; ; attempt += 1) {
    sink.status('starting_model');
    sink.emit('lifecycle', { phase: 'model', provider: model.providerId, model: model.modelId });
    try {
      return await callModel({ ...question, model, signal: sink.signal, say: sink.say }, deps.t);
    } catch (thrown) {
      if (!(thrown instanceof ReplyFailure)) throw thrown;
      announceFailure(sink, thrown, model, deps.clock);
      const maxRetries = retries[thrown.reason] ?? 0;
      if (attempt > maxRetries) throw thrown;
      const delayMs = delayOf(attempt, thrown, deps.retryBaseMs);
      sink.status('retrying', {
        message: deps.t('responder.retrying', {
          model: modelRef(model),
          seconds: Math.ceil(delayMs / 1000),
          attempt,
          of: maxRetries,
        }),
        retryAttempt: attempt,
        maxRetries,
        delayMs,
        attempt: attempt + 1,
        maxAttempts: maxRetries + 1,
        reason: thrown.reason,
      });
      await pause(deps.clock, delayMs, sink.signal);
      sink.unsay();
      sink.status('preparing_context');
    }
  }
}

/** Doubles from the base, with a fifth of jitter; a server that names a time gets it, up to half a minute. */
function delayOf(attempt: number, { facts }: ReplyFailure, baseMs: number): number {
  const wanted = facts.retryAfterMs ?? baseMs * 2 ** (attempt - 1) * (0.9 + Math.random() * 0.2);
  return Math.round(Math.min(wanted, MAX_DELAY_MS));
}

function pause(clock: GatewayClock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

function announceFailure(
  sink: RunSink,
  failure: ReplyFailure,
  model: ModelConfig,
  clock: GatewayClock,
): void {
  sink.emit('lifecycle', {
    phase: 'finishing',
    error: failure.message,
    errorObservation: {
      provider: model.providerId,
      model: model.modelId,
      failoverReason: failure.reason,
      providerRuntimeFailureKind: failure.kind,
    },
    aborted: false,
    livenessState: 'blocked',
    endedAt: clock.now(),
  });
}

/** Also when there is nothing to fall back on: the chain is exhausted then (observed). */
function announceFallback(
  sink: RunSink,
  chain: ModelChain,
  failure: ReplyFailure,
  from: ModelConfig,
  to: ModelConfig | undefined,
): void {
  sink.emit('lifecycle', {
    phase: 'fallback_step',
    fallbackStepType: 'fallback_step',
    fallbackStepFromModel: modelRef(from),
    ...(to === undefined ? {} : { fallbackStepToModel: modelRef(to) }),
    fallbackStepFromFailureReason: failure.reason,
    fallbackStepFromFailureDetail: failure.facts.detail ?? failure.message,
    fallbackStepChainPosition: chain.position + 1,
    fallbackStepFinalOutcome: to === undefined ? 'chain_exhausted' : 'next_fallback',
  });
}
