import type { ModelConfig } from '../../shared/config/model-config.ts';
import type { TokenUsage } from '../sessions/row-parts.ts';
import type { ActiveRun } from './active-run.ts';

export const noUsage: TokenUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 };

/** Prices are for a million tokens; a model without prices costs nothing as far as we know. */
export function withCost(usage: Omit<TokenUsage, 'cost'>, { cost }: Pick<ModelConfig, 'cost'>): TokenUsage {
  if (cost === undefined) return { ...usage, cost: 0 };
  const dollars =
    usage.input * cost.input +
    usage.output * cost.output +
    usage.cacheRead * cost.cacheRead +
    usage.cacheWrite * cost.cacheWrite;
  return { ...usage, cost: dollars / 1_000_000 };
}

function addUsage(one: TokenUsage, other: TokenUsage): TokenUsage {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
    cost: one.cost + other.cost,
  };
}

/** Adds a call of the model to its run. */
export function countCall(run: Pick<ActiveRun, 'usage' | 'contextTokens'>, usage: TokenUsage): void {
  run.usage = addUsage(run.usage, usage);
  // Whether from a cache or not; a provider that does not count says 0.
  run.contextTokens = usage.input + usage.cacheRead + usage.cacheWrite || run.contextTokens;
}
