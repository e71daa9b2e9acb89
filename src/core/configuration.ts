import { type Effective, effectiveSettings } from '../shared/config/effective.ts';
import type { Clock } from './clock.ts';
import { createConfigWatch } from './config/config-watch.ts';
import { locateConfig } from './config/discovery.ts';
import { noOpenclawFile, type OpenclawFile, readOpenclawFile } from './config/openclaw-file.ts';
import type { SettingsStore } from './settings/settings-store.ts';

type Env = Record<string, string | undefined>;

/** The effective values for an `openclaw.json` that has been read. */
export function effectiveWith(openclaw: OpenclawFile, store: SettingsStore, env: Env): Effective {
  return effectiveSettings({
    settings: store.read(),
    openclaw: openclaw.config,
    env,
    files: { settings: store.path, openclaw: openclaw.path },
  });
}

export type Configuration = { effective: Effective; openclaw: OpenclawFile };

/** Reads everything that decides where the Gateway is and how to greet it. */
export async function readConfiguration(
  store: SettingsStore,
  env: Env,
  homeDir: string,
): Promise<Configuration> {
  const openclaw = await readOpenclawFile(env, homeDir);
  return { openclaw, effective: effectiveWith(openclaw, store, env) };
}

export type ConfigurationSource = {
  /** What counts now. While `openclaw.json` is broken, its last good values stay and `problem` says where it broke. */
  read(): Promise<Configuration>;
  /** Another program has changed one of the files that were read; read again. */
  onDidChange(listener: () => void): () => void;
  stop(): Promise<void>;
};

type SourceOptions = { store: SettingsStore; env: Env; homeDir: string; clock: Pick<Clock, 'after'> };

/** The configuration of a process that stays: reads, remembers the last good one, and watches from the first read on. */
export function createConfigurationSource({
  store,
  env,
  homeDir,
  clock,
}: SourceOptions): ConfigurationSource {
  const watch = createConfigWatch(clock);
  let lastGood: OpenclawFile = noOpenclawFile;

  return {
    async read() {
      const now = await readOpenclawFile(env, homeDir);
      if (now.problem === null) lastGood = now;
      const openclaw = now.problem === null ? now : { ...lastGood, path: now.path, problem: now.problem };
      const location = locateConfig(env, { homeDir });
      const files = [store.path, ...lastGood.included, ...now.included];
      watch.follow(location.ok ? [location.value.file, ...files] : files);
      return { openclaw, effective: effectiveWith(openclaw, store, env) };
    },
    onDidChange: watch.onDidChange,
    stop: watch.stop,
  };
}
