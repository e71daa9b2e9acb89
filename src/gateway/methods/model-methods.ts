import {
  type AgentsListResult,
  type CommandsListResult,
  type ModelsListResult,
  validateAgentsListParams,
  validateCommandsListParams,
  validateModelsListParams,
} from '@openclaw/gateway-protocol';
import { type ModelConfig, modelRef } from '../../shared/config/model-config.ts';
import type { Translate } from '../../shared/errors.ts';
import { commandNames } from '../agent/commands.ts';
import type { ModelChoice } from '../agent/model-choice.ts';
import { defaultLevelOf, levelsOf } from '../agent/thinking.ts';
import { answer } from '../server/frames.ts';
import { AGENT_ID } from '../sessions/session-key.ts';
import { checked, type Method, type MethodTable } from './method.ts';

type ModelDeps = { readonly models: ModelChoice; readonly t: Translate };

/** What can answer, and what it understands. */
export function modelMethods({ models, t }: ModelDeps): MethodTable {
  const list = checked('models.list', 'operator.read', validateModelsListParams, async () =>
    answer(await listModels(models)),
  );
  return {
    ...mapValues(list, withoutDetailsFlag),
    ...checked('agents.list', 'operator.read', validateAgentsListParams, () => answer(listAgents(models))),
    ...checked('commands.list', 'operator.read', validateCommandsListParams, () => answer(listCommands(t))),
  };
}

/** The answer of `models.list`. */
export async function listModels(models: ModelChoice): Promise<ModelsListResult> {
  const { options } = await models.options();
  const current = models.current();
  const entry = (model: ModelConfig, available: boolean) => {
    const isDefault = current !== null && modelRef(current) === modelRef(model);
    return { ...describeModel(model), available, ...(isDefault ? { tags: ['default'] } : {}) };
  };
  const entries = options.map(({ config }) => entry(config, true));
  // The picked model stays in the list while its server is away; it is not there to answer, though.
  const isListed = current !== null && options.some(({ ref }) => ref === modelRef(current));
  const missing = current === null || isListed ? [] : [entry(current, false)];
  return { models: [...missing, ...entries] };
}

/** What is known about a model. Nothing is said where nothing is known. */
function describeModel(model: ModelConfig) {
  const { providerId, modelId, name = modelId, contextWindow, reasoning, input } = model;
  return {
    id: modelId,
    name,
    provider: providerId,
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(input === undefined ? {} : { input: inputsOf(input) }),
    thinkingLevels: levelsOf(model).map((id) => ({ id, label: id })),
    thinkingDefault: defaultLevelOf(model),
  };
}

const knownInputs = ['text', 'image', 'audio', 'video', 'document'] as const;

const inputsOf = (input: readonly string[]) => knownInputs.filter((kind) => input.includes(kind));

function listAgents(models: ModelChoice): AgentsListResult {
  const current = models.current();
  return {
    defaultId: AGENT_ID,
    ownership: 'sole',
    selectionRequired: false,
    mainKey: 'main',
    scope: 'per-sender',
    agents: [{ id: AGENT_ID, ...(current === null ? {} : { model: { primary: modelRef(current) } }) }],
  };
}

/** The answer of `commands.list`. */
export function listCommands(t: Translate): CommandsListResult {
  return {
    commands: commandNames.map((name) => ({
      name,
      nativeName: name,
      textAliases: [`/${name}`],
      description: t(`responder.commands.${name}`),
      category: name === 'model' ? 'options' : 'status',
      source: 'native',
      scope: 'both',
      acceptsArgs: name === 'model',
    })),
  };
}

/** The CLI of 2026.9.6 sends `includeDetails`, which the published schema (2026.9.1) does not know yet. */
function withoutDetailsFlag(method: Method): Method {
  return {
    scope: method.scope,
    handle(params, client) {
      if (typeof params !== 'object' || params === null) return method.handle(params, client);
      const { includeDetails, ...known } = params as Record<string, unknown>;
      return method.handle(known, client);
    },
  };
}

function mapValues(table: MethodTable, change: (method: Method) => Method): MethodTable {
  return Object.fromEntries(Object.entries(table).map(([name, method]) => [name, change(method)]));
}
