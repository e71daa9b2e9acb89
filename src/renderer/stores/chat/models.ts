import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppError } from '../../../shared/errors.ts';
import type { SessionRow } from '../sessions/session-rows.ts';
import { requestError } from './refusal.ts';

type ThinkingLevel = { id: string; label: string };

/** A model as the Gateway offers it; `ref` is what a session is given. */
export type ModelOption = {
  ref: string;
  id: string;
  name: string;
  provider: string;
  isDefault: boolean;
  isAvailable: boolean;
  levels: readonly ThinkingLevel[];
  defaultLevel: string | null;
};

export type ModelsState = {
  models: readonly ModelOption[];
  /** A choice is on its way; until the Gateway answers, the old one is in force. */
  isChoosing: boolean;
  /** Why the last choice was refused. */
  error: AppError | null;
};

export type ModelsStore = {
  store: StoreApi<ModelsState>;
  /** Reads the models; without an answer there is nothing to choose from. */
  connected(): Promise<void>;
  /** `null` gives the session back to the Gateway's default. */
  chooseModel(sessionKey: string, ref: string | null): Promise<void>;
  chooseLevel(sessionKey: string, level: string | null): Promise<void>;
  dismissError(): void;
};

export type ModelsOptions = {
  request: <T>(method: string, params: unknown) => Promise<T>;
  /** A part of the session's row, as the Gateway left it. */
  onDidChange: (row: Partial<SessionRow> & { key: string }) => void;
};

const level = z.looseObject({ id: z.string(), label: z.string().catch('') });
const listSchema = z.looseObject({
  models: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string().catch(''),
      provider: z.string(),
      tags: z.array(z.string()).catch([]),
      available: z.boolean().catch(true),
      thinkingLevels: z.array(level).catch([]),
      thinkingDefault: z.string().nullish().catch(null),
    }),
  ),
});

const text = z.string().nullish().catch(undefined);
const patchedSchema = z.looseObject({
  key: z.string(),
  entry: z.looseObject({ thinkingLevel: text, modelOverride: text }),
  resolved: z.looseObject({ modelProvider: text, model: text }).nullish(),
});

/** Which models there are, and which one a session has: `models.list` and `sessions.patch` of protocol 4. */
export function createModelsStore({ request, onDidChange }: ModelsOptions): ModelsStore {
  const store = createStore<ModelsState>(() => ({ models: [], isChoosing: false, error: null }));

  async function patch(key: string, change: Record<string, unknown>) {
    if (store.getState().isChoosing) return;
    store.setState({ isChoosing: true, error: null });
    try {
      const patched = patchedSchema.safeParse(await request('sessions.patch', { key, ...change }));
      if (patched.success) {
        const { entry, resolved } = patched.data;
        onDidChange({
          key: patched.data.key,
          thinkingLevel: entry.thinkingLevel ?? null,
          modelOverrideSource: entry.modelOverride ? 'user' : null,
          ...(resolved && { modelProvider: resolved.modelProvider, model: resolved.model }),
        });
      }
      store.setState({ isChoosing: false });
    } catch (thrown) {
      store.setState({ isChoosing: false, error: requestError(thrown, 'sessions.patch') });
    }
  }

  return {
    store,
    async connected() {
      store.setState({ isChoosing: false, error: null });
      const answer = await request<unknown>('models.list', {}).catch(() => null);
      const parsed = listSchema.safeParse(answer);
      if (parsed.success) store.setState({ models: parsed.data.models.map(readModel) });
    },
    chooseModel: (key, model) => patch(key, { model }),
    chooseLevel: (key, thinkingLevel) => patch(key, { thinkingLevel }),
    dismissError: () => store.setState({ error: null }),
  };
}

function readModel(model: z.infer<typeof listSchema>['models'][number]): ModelOption {
  const { id, name, provider, tags, available, thinkingLevels, thinkingDefault } = model;
  return {
    ref: `${provider}/${id}`,
    id,
    name: name || id,
    provider,
    isDefault: tags.includes('default'),
    isAvailable: available,
    levels: thinkingLevels.map((known) => ({ id: known.id, label: known.label || known.id })),
    defaultLevel: thinkingDefault ?? null,
  };
}

/** What a session answers with, as far as it is known. */
export type InForce = {
  /** Null where the Gateway's list does not have it. */
  option: ModelOption | null;
  ref: string | null;
  name: string | null;
  /** False where it only follows the Gateway's default. */
  isChosen: boolean;
  level: string | null;
  isLevelChosen: boolean;
};

export function inForce(models: readonly ModelOption[], row: SessionRow | null): InForce {
  const named = row?.model ? `${row.modelProvider ?? ''}/${row.model}` : null;
  const option = models.find(({ ref, isDefault }) => (named === null ? isDefault : ref === named)) ?? null;
  return {
    option,
    ref: named ?? option?.ref ?? null,
    name: option?.name ?? row?.model ?? null,
    isChosen: typeof row?.modelOverrideSource === 'string' && row.modelOverrideSource !== 'default',
    level: row?.thinkingLevel ?? option?.defaultLevel ?? row?.thinkingDefault ?? null,
    isLevelChosen: typeof row?.thinkingLevel === 'string',
  };
}

/** How full the model's memory is, from 0 to 1; null where the Gateway does not know it now. */
export function contextFill(row: SessionRow | null): number | null {
  if (!row || row.totalTokensFresh === false) return null;
  const { contextTokens, totalTokens } = row;
  return contextTokens && totalTokens != null ? Math.min(1, totalTokens / contextTokens) : null;
}
