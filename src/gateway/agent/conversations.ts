import type { Translate } from '../../shared/errors.ts';
import type { GatewayClock } from '../clock.ts';
import type { GatewayConfig, GatewayLogger } from '../options.ts';
import type { Hub } from '../server/hub.ts';
import type { GatewayDatabase } from '../sessions/database.ts';
import { createRunStore, type RunRecord, type RunStore } from '../sessions/run-store.ts';
import { createSessionStore, type SessionStore } from '../sessions/session-store.ts';
import { createSessionView, type SessionView } from '../sessions/session-view.ts';
import { createSettingsStore } from '../sessions/settings-store.ts';
import { parseCommand } from './commands.ts';
import { buildContext, contextLimits } from './context.ts';
import { createModelChoice, type ModelChoice } from './model-choice.ts';
import { modelReply } from './model-reply.ts';
import type { Reply } from './reply.ts';
import { builtinReply } from './responder.ts';
import { createRunEvents } from './run-events.ts';
import { createRuns, type Runs } from './runs.ts';

/** Everything about talking: what was said, who answers, what is being answered now. */
export type Conversations = {
  readonly runs: Runs;
  readonly runStore: RunStore;
  readonly sessions: SessionStore;
  readonly view: SessionView;
  readonly models: ModelChoice;
  currentModel(): { provider: string; model: string } | null;
  /** The `defaults` of lists and histories. */
  modelDefaults(): object;
};

export function createConversations(deps: {
  config: GatewayConfig;
  database: GatewayDatabase;
  hub: Hub;
  clock: GatewayClock;
  newId: () => string;
  logger: GatewayLogger;
  t: Translate;
  startedAt: number;
}): Conversations {
  const { config, database, hub, clock, t } = deps;
  const sessions = createSessionStore(database);
  const runStore = createRunStore(database);
  const models = createModelChoice({
    configured: config.model,
    discover: config.discoverModelServers ?? true,
    settings: createSettingsStore(database),
    now: clock.now,
  });
  const currentModel = () => {
    const model = models.current();
    return model === null ? null : { provider: model.providerId, model: model.modelId };
  };
  const responder = {
    t,
    clock,
    models,
    status: () => ({
      version: config.version,
      uptimeMs: clock.now() - deps.startedAt,
      sessions: sessions.list().length,
      clients: hub.clients().length,
    }),
  };
  // The newest message of the context is the run's own: its row is written before the reply begins to stream.
  const chooseReply = (run: RunRecord): Reply => {
    const command = run.plain === 1 ? null : parseCommand(run.message);
    const model = models.current();
    if (command !== null || model === null) return builtinReply(command, responder);
    const readContext = () => buildContext(sessions.context(run.sessionKey, contextLimits.messages));
    return modelReply(model, readContext, t);
  };

  const view = createSessionView({
    sessions,
    runs: runStore,
    now: clock.now,
    activeRunIds: (key) => runs.unfinishedIds(key),
    model: currentModel,
  });
  const runs = createRuns({
    ...deps,
    sessions,
    runs: runStore,
    events: createRunEvents({ hub, clock, view }),
    chooseReply,
  });
  return {
    runs,
    runStore,
    sessions,
    view,
    models,
    currentModel,
    modelDefaults() {
      const model = currentModel();
      return { modelProvider: model?.provider ?? null, model: model?.model ?? null, contextTokens: null };
    },
  };
}
