import { createTranslator } from '../../shared/i18n/index.ts';
import type { Services } from '../services.ts';
import { chatMethods } from './chat-methods.ts';
import type { MethodTable } from './method.ts';
import { modelMethods } from './model-methods.ts';
import { nodeMethods } from './node-methods.ts';
import { nodeRoleMethods } from './node-role-methods.ts';
import { pairingMethods } from './pairing-methods.ts';
import { sessionMethods } from './session-methods.ts';
import { type SystemMethodDeps, systemMethods } from './system-methods.ts';

/** Every method of this Gateway; `hello-ok` lists exactly these names. */
export function createMethods(services: Services, system: SystemMethodDeps): MethodTable {
  const { talk, clock, database, devices, pairingRequests, hub, config, nodes } = services;
  const conversation = { ...talk, now: clock.now, databasePath: database.path };
  return {
    ...systemMethods(system),
    ...chatMethods(conversation),
    ...sessionMethods(conversation),
    ...modelMethods({ models: talk.models, t: createTranslator(config.locale) }),
    ...nodeMethods({ ...nodes, devices, now: clock.now }),
    ...nodeRoleMethods({ ...nodes, now: clock.now }),
    ...pairingMethods({ devices, requests: pairingRequests, hub, now: clock.now }),
  };
}
