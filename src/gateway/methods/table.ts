import { modelRef } from '../../shared/config/model-config.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import type { Services } from '../services.ts';
import { createSessionCare } from '../sessions/session-care.ts';
import { createTranscriptReader } from '../sessions/transcript-reader.ts';
import { agentMethods } from './agent-methods.ts';
import { approvalMethods } from './approval-methods.ts';
import { artifactMethods } from './artifact-methods.ts';
import { branchMethods } from './branch-methods.ts';
import { chatMethods } from './chat-methods.ts';
import { configMethods } from './config-methods.ts';
import { deviceTokenMethods } from './device-token-methods.ts';
import type { MethodTable } from './method.ts';
import { listCommands, listModels, modelMethods } from './model-methods.ts';
import { nodeMethods } from './node-methods.ts';
import { nodeRoleMethods } from './node-role-methods.ts';
import { pairingMethods } from './pairing-methods.ts';
import { questionMethods } from './question-methods.ts';
import { removedMethods } from './removed-methods.ts';
import { sessionMethods } from './session-methods.ts';
import { sessionMutationMethods } from './session-mutations.ts';
import type { PatchChecks } from './session-patch.ts';
import { sessionResolveMethod } from './session-resolve.ts';
import { sessionRunMethods } from './session-run-methods.ts';
import { sessionTranscriptMethods } from './session-transcripts.ts';
import { type SystemMethodDeps, systemMethods } from './system-methods.ts';

/** Every method of this Gateway; `hello-ok` lists exactly these names. */
export function createMethods(services: Services, system: SystemMethodDeps): MethodTable {
  const { talk, clock, newId, database, devices, pairingRequests, hub, config, nodes, index } = services;
  const t = createTranslator(config.locale);
  const reader = createTranscriptReader(database);
  const common = {
    ...talk,
    database,
    databasePath: database.path,
    reader,
    modelOf: talk.sessionModels.names,
    now: clock.now,
    newId,
  };
  const care = createSessionCare({
    ...common,
    archive: services.archive,
    endRuns: (key) => endRuns(talk.runs, key),
    changed: (key, reason) => talk.events.sessionChanged(key, { reason }),
    deleted: talk.events.sessionDeleted,
  });
  const chat = chatMethods({
    ...common,
    listModels: () => listModels(talk.models),
    listCommands: () => listCommands(t),
  });
  const { 'chat.send': send } = chat;
  if (send === undefined) throw new Error('chat.send is missing');
  return {
    ...systemMethods(system),
    ...chat,
    ...agentMethods({ runs: talk.runs, clock }),
    ...approvalMethods({ ...talk, databasePath: database.path }),
    ...questionMethods(talk),
    ...artifactMethods(common),
    ...sessionMethods({ ...common, index }),
    ...sessionResolveMethod(talk),
    ...sessionRunMethods({ ...talk, newId, send }),
    ...sessionTranscriptMethods({ ...common, care }),
    ...branchMethods({ ...common, care, removed: services.removed }),
    ...removedMethods({ care, removed: services.removed }),
    ...sessionMutationMethods({ ...common, care, checks: patchChecks(talk, clock.now), send }),
    ...modelMethods({ models: talk.models, t }),
    ...configMethods({
      config: services.configStore,
      path: services.configFile.path,
      hub,
      now: clock.now,
    }),
    ...nodeMethods({ ...nodes, devices, now: clock.now }),
    ...nodeRoleMethods(nodes),
    ...deviceTokenMethods({ devices, hub, clock }),
    ...pairingMethods({ devices, requests: pairingRequests, hub, clock }),
  };
}

async function endRuns(runs: Services['talk']['runs'], key: string): Promise<void> {
  const unfinished = runs.unfinishedIds(key);
  runs.abort(key);
  await Promise.all(unfinished.map((runId) => runs.outcome(runId)));
}

function patchChecks({ models, settings }: Services['talk'], now: () => number): PatchChecks {
  return {
    findModel: (ref) => models.find(ref),
    async providers() {
      const { options } = await models.options();
      return options.map(({ config }) => config.providerId);
    },
    async modelFor({ modelRef: chosen }) {
      const current = models.current();
      const ref = chosen ?? (current === null ? null : modelRef(current));
      return ref === null ? null : models.find(ref);
    },
    labelled: (label) => settings.labelled(label),
    now,
  };
}
