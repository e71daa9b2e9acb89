import { modelRef } from '../../shared/config/model-config.ts';
import type { SessionModel } from '../sessions/session-row.ts';
import type { ChosenModel } from './agent-reply.ts';
import type { ModelChoice } from './model-choice.ts';
import { parseThinkingLevel } from './thinking.ts';

/** What somebody chose for one session; null: nothing, the defaults count. */
export type SessionChoice = { readonly modelRef: string | null; readonly thinkingLevel: string | null };

/** Which model answers in a session, and how hard it thinks. */
export type SessionModels = {
  /**
   * Null when there is no model at all. `thinking` is what the message itself asks for.
   */
  choose(sessionKey: string, thinking: string | null): ChosenModel | null;
  /** The names alone, for lists. */
  names(sessionKey: string): SessionModel | null;
};

export function createSessionModels(deps: {
  models: ModelChoice;
  chosenFor: (sessionKey: string) => SessionChoice;
  thinkingDefault: string | null;
}): SessionModels {
  const { models, chosenFor, thinkingDefault } = deps;
  const nameOf = (ref: string) => {
    const slash = ref.indexOf('/');
    return { providerId: ref.slice(0, slash), modelId: ref.slice(slash + 1) };
  };
  const wanted = (sessionKey: string) => {
    const choice = chosenFor(sessionKey);
    const current = models.current();
    const ref = choice.modelRef ?? (current === null ? null : modelRef(current));
    return { ref, level: choice.thinkingLevel };
  };
  return {
    choose(sessionKey, thinking) {
      const { ref, level } = wanted(sessionKey);
      if (ref === null) return null;
      const { providerId, modelId } = nameOf(ref);
      const word = thinking ?? level ?? thinkingDefault;
      return {
        provider: providerId,
        model: modelId,
        resolve: () => models.find(ref),
        fallbacks: models.fallbacks({ providerId, modelId }),
        thinking: word === null ? null : parseThinkingLevel(word),
      };
    },
    names(sessionKey) {
      const { ref } = wanted(sessionKey);
      if (ref === null) return null;
      const { providerId, modelId } = nameOf(ref);
      return { provider: providerId, model: modelId, contextWindow: models.known(ref)?.contextWindow };
    },
  };
}
