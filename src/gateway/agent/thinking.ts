import type { ModelConfig } from '../../shared/config/model-config.ts';

/** The levels of the protocol that this Gateway can hand on to a model. */
export const thinkingLevels = ['off', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

export type ThinkingLevel = (typeof thinkingLevels)[number];

/** What every reasoning model is asked with unless somebody chose otherwise. */
const DEFAULT_LEVEL: ThinkingLevel = 'medium';

/** The levels that can be chosen for a model. One that does not reason has only `off`. */
export function levelsOf(model: ModelConfig): readonly ThinkingLevel[] {
  return model.reasoning === true ? thinkingLevels.slice(0, 5) : ['off'];
}

export function defaultLevelOf(model: ModelConfig): ThinkingLevel {
  return model.reasoning === true ? DEFAULT_LEVEL : 'off';
}

/** Null for a word that is no level. Aliases as documented for `/think`. */
export function parseThinkingLevel(word: string): ThinkingLevel | null {
  const plain = word.trim().toLowerCase().replace(/[\s_]/g, '-');
  if (plain === 'x-high' || plain === 'extra-high') return 'xhigh';
  if (plain === 'highest') return 'high';
  return thinkingLevels.find((level) => level === plain) ?? null;
}

/** What the AI SDK is told. Undefined leaves a model alone that cannot reason, or of which we do not know. */
export function reasoningOf(model: ModelConfig, chosen: ThinkingLevel | null) {
  const level = chosen ?? (model.reasoning === true ? DEFAULT_LEVEL : null);
  if (level === null || model.reasoning === false) return undefined;
  if (level === 'off') return model.reasoning === true ? 'none' : undefined;
  return level;
}
