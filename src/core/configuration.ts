import { type Effective, effectiveSettings } from '../shared/config/effective.ts';
import { type OpenclawFile, readOpenclawFile } from './config/openclaw-file.ts';
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

/** Reads everything that decides where the Gateway is and how to greet it. */
export async function readConfiguration(
  store: SettingsStore,
  env: Env,
  homeDir: string,
): Promise<{ effective: Effective; openclaw: OpenclawFile }> {
  const openclaw = await readOpenclawFile(env, homeDir);
  return { openclaw, effective: effectiveWith(openclaw, store, env) };
}
