import type { ModelMessage, UserContent } from 'ai';
import type { ModelConfig } from '../../shared/config/model-config.ts';
import { modelRef } from '../../shared/config/model-config.ts';
import type { Translate } from '../../shared/errors.ts';
import type { GatewayClock } from '../clock.ts';
import type { UserRow } from '../sessions/history-row.ts';
import { noUsage } from './cost.ts';
import { join } from './join-messages.ts';
import { callWithFallbacks, type ModelChain } from './model-attempts.ts';
import { type Reply, type ReplyEnd, ReplyFailure, type RunSink } from './reply.ts';
import type { ThinkingLevel } from './thinking.ts';
import type { AgentTool } from './tools/agent-tool.ts';
import { runTools } from './tools/run-tools.ts';

export type AgentReplyDeps = {
  readonly t: Translate;
  readonly clock: GatewayClock;
  readonly retryBaseMs: number;
  /** The text of the instructions, read anew for each run. */
  readonly instructions: (facts: { tools: readonly AgentTool[]; model: ModelConfig }) => Promise<string>;
  /** The conversation so far, the run's own message last. */
  readonly context: (
    sessionKey: string,
    facts: { model: ModelConfig; withTools: boolean },
  ) => Promise<ModelMessage[]>;
  readonly userContent: (row: UserRow, model: ModelConfig) => Promise<UserContent>;
  readonly tools: (sessionKey: string) => Promise<readonly AgentTool[]>;
};

/** What was chosen for a session; `resolve` looks it up among what there is now. */
export type ChosenModel = {
  readonly provider: string;
  readonly model: string;
  readonly resolve: () => Promise<ModelConfig | null>;
  readonly fallbacks: readonly ModelConfig[];
  readonly thinking: ThinkingLevel | null;
};

/** A model that goes in circles ends here. */
const MAX_STEPS = 50;

/**
 * The agent: asks the model, runs the tools that it calls, asks again, until it answers without a call.
 * Messages that come in meanwhile are added before the next call, and make one where there would be none (observed).
 */
export function agentReply(chosen: ChosenModel, deps: AgentReplyDeps): Reply {
  const { provider, model } = chosen;
  return {
    kind: 'model',
    api: 'openai-completions',
    provider,
    model,
    excluded: false,
    async run(sink) {
      const first = await chosen.resolve();
      if (first === null) throw notFound(chosen, deps.t);
      return converse(sink, first, chosen, deps);
    },
  };
}

async function converse(
  sink: RunSink,
  first: ModelConfig,
  chosen: ChosenModel,
  deps: AgentReplyDeps,
): Promise<ReplyEnd> {
  const tools = await deps.tools(sink.sessionKey);
  const chain: ModelChain = { models: [first, ...chosen.fallbacks], position: 0 };
  const instructions = await deps.instructions({ tools, model: first });
  const messages = await deps.context(sink.sessionKey, { model: first, withTools: tools.length > 0 });
  const toolNames = new Set<string>();
  const add = async (rows: readonly UserRow[]) => {
    for (const row of rows) join(messages, { role: 'user', content: await deps.userContent(row, first) });
  };

  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { answer, by } = await callWithFallbacks(
      chain,
      { instructions, messages, tools, thinking: chosen.thinking },
      sink,
      deps,
    );
    const said = {
      api: by.api ?? 'openai-completions',
      provider: by.providerId,
      model: by.modelId,
    };
    if (answer.toolCalls.length === 0) {
      const end = {
        stopReason: answer.stopReason,
        usage: answer.usage,
        by: said,
        toolNames: [...toolNames],
        responseModel: answer.responseModel,
        ...(answer.responseId === undefined ? {} : { responseId: answer.responseId }),
      };
      // The last answer stands as it is, so that there is always one.
      const steered = step + 1 < MAX_STEPS ? sink.answerAndTakeSteered({ ...end, ...said }) : [];
      if (steered.length === 0) return end;
      messages.push(...answer.messages);
      await add(steered);
      continue;
    }
    sink.finishStep({
      ...said,
      toolCalls: answer.toolCalls,
      usage: answer.usage,
      responseId: answer.responseId,
    });
    messages.push(...answer.messages);
    const { message, succeeded } = await runTools(answer.toolCalls, tools, sink, deps.clock);
    messages.push(message);
    for (const name of succeeded) toolNames.add(name);
    await add(sink.takeSteered());
  }
  sink.say(deps.t('responder.tooManySteps', { count: MAX_STEPS }));
  return { stopReason: 'length', usage: noUsage, toolNames: [...toolNames] };
}

function notFound({ provider, model }: ChosenModel, t: Translate): ReplyFailure {
  const ref = modelRef({ providerId: provider, modelId: model });
  return new ReplyFailure(t('responder.modelError.unknownModel', { model: ref }), {
    reason: 'model_not_found',
    detail: `no model ${ref}`,
    model: { provider, model },
  });
}
