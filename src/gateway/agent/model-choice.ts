import { type ModelConfig, modelConfigSchema } from '../options.ts';
import type { SettingsStore } from '../sessions/settings-store.ts';
import { type ModelServer, probeModelServers, usualModelPorts } from './model-servers.ts';

/** A model that may be picked, and the words to pick it. */
export type ModelOption = {
  /** `provider/model` */
  readonly ref: string;
  readonly config: ModelConfig;
  /** The server it runs on; null for the one of the configuration. */
  readonly server: ModelServer | null;
};

/** `looked` is false where looking for servers is switched off. */
export type Found = {
  readonly options: readonly ModelOption[];
  readonly servers: readonly ModelServer[];
  readonly looked: boolean;
};

/** Which model answers: the one picked in the chat, else the configured one, else none. */
export type ModelChoice = {
  current(): ModelConfig | null;
  /**
   * The configured model and what is found on this computer now (a look takes at most a moment, see below).
   */
  options(): Promise<Found>;
  /** Remembers the pick; null when no option has this reference. Case does not matter. */
  pick(ref: string): Promise<ModelConfig | null>;
  /** Back to the configured model, or to none. */
  clear(): void;
};

const SETTING = 'model';
const PROBE_TIMEOUT_MS = 600;
/** One look serves all who ask at nearly the same time. */
const LOOK_VALID_MS = 3_000;

export const modelRef = (model: ModelConfig) => `${model.providerId}/${model.modelId}`;

export function createModelChoice(deps: {
  configured: ModelConfig | null;
  discover: boolean | readonly number[];
  settings: SettingsStore;
  now: () => number;
  probe?: typeof probeModelServers;
}): ModelChoice {
  const { configured, settings, probe = probeModelServers } = deps;
  const ports = deps.discover === true ? usualModelPorts : deps.discover === false ? [] : deps.discover;
  let look: { at: number; servers: Promise<ModelServer[]> } | null = null;

  const servers = () => {
    if (look === null || deps.now() - look.at > LOOK_VALID_MS) {
      look = { at: deps.now(), servers: probe(ports, PROBE_TIMEOUT_MS) };
    }
    return look.servers;
  };

  const choice: ModelChoice = {
    current() {
      const picked = modelConfigSchema.safeParse(settings.read(SETTING));
      return picked.success ? picked.data : configured;
    },
    async options() {
      const found = await servers();
      const options: ModelOption[] = found.flatMap((server) =>
        server.models.map((modelId) => {
          const config = { providerId: server.providerId, modelId, baseUrl: server.baseUrl };
          return { ref: modelRef(config), config, server };
        }),
      );
      const looked = ports.length > 0;
      if (configured === null) return { options, servers: found, looked };
      const own = { ref: modelRef(configured), config: configured, server: null };
      return { options: [own, ...options.filter(({ ref }) => ref !== own.ref)], servers: found, looked };
    },
    async pick(ref) {
      const { options } = await choice.options();
      const wanted = ref.toLowerCase();
      const option = options.find((candidate) => candidate.ref.toLowerCase() === wanted);
      if (option === undefined) return null;
      // The configured model is not copied: its key stays where it came from, and a later change of it
      // counts.
      if (option.server === null) settings.remove(SETTING);
      else settings.write(SETTING, option.config);
      return option.config;
    },
    clear() {
      settings.remove(SETTING);
    },
  };
  return choice;
}
