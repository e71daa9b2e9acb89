import { join } from 'node:path';
import type { Translate } from '../../shared/errors.ts';
import type { GatewayClock } from '../clock.ts';
import type { GatewayConfig, GatewayLimits, GatewayLogger } from '../options.ts';
import type { Hub } from '../server/hub.ts';
import type { GatewayDatabase } from '../sessions/database.ts';
import { createRunStore, type RunRecord, type RunStore } from '../sessions/run-store.ts';
import { createSessionSettings, type SessionSettingsStore } from '../sessions/session-settings.ts';
import { createSessionStore, type SessionStore } from '../sessions/session-store.ts';
import { createSessionView, type SessionView } from '../sessions/session-view.ts';
import { createSettingsStore } from '../sessions/settings-store.ts';
import { agentReply } from './agent-reply.ts';
import { type Allowlist, createAllowlist } from './approvals/allowlist.ts';
import { type Approvals, createApprovals } from './approvals/approvals.ts';
import { parseCommand } from './commands.ts';
import { buildContext, limitsFor } from './context.ts';
import { readInstructions } from './instructions.ts';
import { type AnswerFiles, createAnswerFiles } from './media/answer-files.ts';
import { createMediaStore, type MediaStore } from './media/media-store.ts';
import { shownImage } from './media/shown-images.ts';
import { userContentOf } from './media/user-content.ts';
import { createModelChoice, type ModelChoice } from './model-choice.ts';
import { createQuestions, type Questions } from './questions/questions.ts';
import type { Reply } from './reply.ts';
import { builtinReply } from './responder.ts';
import { createRunEvents, type RunEvents } from './run-events.ts';
import { createRuns, type Runs } from './runs.ts';
import { createSessionModels, type SessionModels } from './session-models.ts';
import { createToolbox, type NodeAccess } from './tools/toolbox.ts';

/** Everything about talking: what was said, who answers, what is being answered now. */
export type Conversations = {
  readonly runs: Runs;
  readonly runStore: RunStore;
  readonly sessions: SessionStore;
  readonly settings: SessionSettingsStore;
  readonly view: SessionView;
  readonly events: RunEvents;
  readonly models: ModelChoice;
  readonly sessionModels: SessionModels;
  readonly media: MediaStore;
  readonly files: AnswerFiles;
  readonly approvals: Approvals;
  readonly allowlist: Allowlist;
  readonly questions: Questions;
  currentModel(): { provider: string; model: string } | null;
  /** The `defaults` of lists and histories. */
  modelDefaults(): object;
  /** Runs, and what their tools hold open. */
  stop(): Promise<void>;
};

export function createConversations(deps: {
  config: GatewayConfig;
  limits: GatewayLimits;
  database: GatewayDatabase;
  hub: Hub;
  clock: GatewayClock;
  newId: () => string;
  logger: GatewayLogger;
  t: Translate;
  startedAt: number;
  nodes: NodeAccess;
}): Conversations {
  const { config, limits, database, hub, clock, t } = deps;
  const sessions = createSessionStore(database);
  const settings = createSessionSettings(database);
  const runStore = createRunStore(database);
  const media = createMediaStore(config.stateDir);
  const files = createAnswerFiles(config.stateDir);
  const workspace = join(config.stateDir, 'workspace');
  const models = createModelChoice({
    configured: config.model,
    others: config.agent?.models ?? [],
    fallbacks: config.agent?.fallbacks ?? [],
    discover: config.discoverModelServers ?? true,
    settings: createSettingsStore(database),
    now: clock.now,
  });
  const sessionModels = createSessionModels({
    models,
    chosenFor(key) {
      const { modelRef = null, thinkingLevel = null } = settings.read(key);
      return { modelRef, thinkingLevel };
    },
    thinkingDefault: config.agent?.thinkingDefault ?? null,
  });
  const approvals = createApprovals(deps);
  const allowlist = createAllowlist(database);
  const questions = createQuestions(deps);
  const toolbox = createToolbox({
    ...deps,
    config: config.agent ?? {},
    stateDir: config.stateDir,
    version: config.version,
    approvals,
    allowlist,
    questions,
    askerOf: (runId) => runStore.find(runId) ?? { deviceId: null, connId: null },
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
      workspace,
    }),
  };

  const chooseReply = (run: RunRecord): Reply => {
    const command = run.plain === 1 ? null : parseCommand(run.message);
    const chosen = sessionModels.choose(run.sessionKey, run.thinking);
    if (command !== null || chosen === null) return builtinReply(command, responder);
    return agentReply(chosen, {
      t,
      clock,
      retryBaseMs: limits.modelRetryBaseMs,
      instructions: ({ tools }) => readInstructions(workspace, { withTools: tools.length > 0, t }),
      // The newest message of the context is the run's own: its row is written before the reply begins.
      context(sessionKey, { model, withTools }) {
        const limits = limitsFor(model.contextWindow);
        // A row holds more than its text; twenty times as much is a lot, and keeps a giant row out of the way.
        const range = { limit: limits.messages, maxBytes: limits.characters * 20 };
        return buildContext(sessions.context(sessionKey, range), {
          limits,
          withTools,
          userContent: (row) => userContentOf(row, media, model),
          image: (image) => shownImage(image, files, model),
        });
      },
      userContent: (row, model) => userContentOf(row, media, model),
      tools: toolbox.tools,
    });
  };

  const view = createSessionView({
    sessions,
    runs: runStore,
    now: clock.now,
    activeRunIds: (key) => runs.unfinishedIds(key),
    settings,
    modelOf: sessionModels.names,
  });
  const events = createRunEvents({ hub, clock, view });
  const runs = createRuns({
    ...deps,
    sessions,
    runs: runStore,
    files,
    events,
    chooseReply,
    questions,
  });
  return {
    runs,
    runStore,
    sessions,
    settings,
    view,
    events,
    models,
    sessionModels,
    media,
    files,
    approvals,
    allowlist,
    questions,
    currentModel,
    modelDefaults() {
      const current = models.current();
      return {
        modelProvider: current?.providerId ?? null,
        model: current?.modelId ?? null,
        contextTokens: current?.contextWindow ?? null,
      };
    },
    async stop() {
      approvals.stop();
      questions.stop();
      await runs.stop();
      await toolbox.stop();
    },
  };
}
