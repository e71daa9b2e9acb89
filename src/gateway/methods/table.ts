import { createTranslator } from '../../shared/i18n/index.ts';
import type { Services } from '../services.ts';
import { chatMethods } from './chat-methods.ts';
import type { MethodTable } from './method.ts';
import { modelMethods } from './model-methods.ts';
import { pairingMethods } from './pairing-methods.ts';
import { sessionMethods } from './session-methods.ts';
import { type SystemDeps, systemMethods } from './system-methods.ts';

/** Every method of this Gateway; `hello-ok` lists exactly these names. */
export function createMethods(services: Services, system: SystemDeps): MethodTable {
  const { talk, clock, database, devices, pairingRequests, hub, config } = services;
  const conversation = { ...talk, now: clock.now, databasePath: database.path };
  return {
    ...systemMethods(system),
    ...chatMethods(conversation),
    ...sessionMethods(conversation),
    ...modelMethods({ models: talk.models, t: createTranslator(config.locale) }),
    ...pairingMethods({ devices, requests: pairingRequests, hub, now: clock.now }),
  };
}
