import { z } from 'zod';
import { type ModelConfig, modelConfigSchema, modelRef } from '../../shared/config/model-config.ts';
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
  /** Without looking on this computer: what is in use or configured. */
  known(ref: string): ModelConfig | null;
  /** Looks in the configuration first, then on this computer; null when no option has this reference. */
  find(ref: string): Promise<ModelConfig | null>;
  /** What is asked when `model` fails, in order. */
  fallbacks(model: { providerId: string; modelId: string }): ModelConfig[];
};

const SETTING = 'model';
const PROBE_TIMEOUT_MS = 600;
/** One look serves all who ask at nearly the same time. */
const LOOK_VALID_MS = 3_000;

/** A pick is a copy of what was found on this computer, or the name of something configured. */
const pickSchema = z.union([modelConfigSchema, z.strictObject({ ref: z.string() })]);

export function createModelChoice(deps: {
  configured: ModelConfig | null;
  /** Other configured models, and the references of those that stand in. */
  others?: readonly ModelConfig[];
  fallbacks?: readonly string[];
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

  const own = [...(configured === null ? [] : [configured]), ...(deps.others ?? [])].filter(
    (model, index, all) => all.findIndex((other) => modelRef(other) === modelRef(model)) === index,
  );
  const ownNamed = (ref: string) => own.find((model) => modelRef(model) === ref);

  const choice: ModelChoice = {
    current() {
      const kept = settings.read(SETTING);
      if (kept === undefined) return configured;
      const picked = pickSchema.safeParse(kept);
      if (!picked.success) return configured;
      return 'ref' in picked.data ? (ownNamed(picked.data.ref) ?? configured) : picked.data;
    },
    async options() {
      const found = await servers();
      const options: ModelOption[] = [
        ...own.map((config) => ({ ref: modelRef(config), config, server: null })),
        ...found.flatMap((server) =>
          server.models.map((modelId) => {
            const config = { providerId: server.providerId, modelId, baseUrl: server.baseUrl };
            return { ref: modelRef(config), config, server };
          }),
        ),
      ].filter(({ ref }, index, all) => all.findIndex((other) => other.ref === ref) === index);
      return { options, servers: found, looked: ports.length > 0 };
    },
    async pick(ref) {
      const { options } = await choice.options();
      const wanted = ref.toLowerCase();
      const option = options.find((candidate) => candidate.ref.toLowerCase() === wanted);
      if (option === undefined) return null;
      // What is configured is not copied: its key stays where it came from, and a later change of it counts.
      if (option.server !== null) settings.write(SETTING, option.config);
      else if (configured !== null && option.ref === modelRef(configured)) settings.remove(SETTING);
      else settings.write(SETTING, { ref: option.ref });
      return option.config;
    },
    clear() {
      settings.remove(SETTING);
    },
    known(ref) {
      const current = choice.current();
      return current !== null && modelRef(current) === ref ? current : (ownNamed(ref) ?? null);
    },
    async find(ref) {
      const known = choice.known(ref);
      if (known !== null) return known;
      const { options } = await choice.options();
      return options.find((option) => option.ref === ref)?.config ?? null;
    },
    fallbacks(model) {
      return (deps.fallbacks ?? []).flatMap((ref) => (ref === modelRef(model) ? [] : (ownNamed(ref) ?? [])));
    },
  };
  return choice;
}
