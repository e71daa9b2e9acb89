import { readCallConfig } from '../../shared/config/call-keys.ts';
import type { OpenclawConfig } from '../../shared/config/openclaw.ts';
import type { AppError } from '../../shared/errors.ts';
import { notAnObject } from './broken-config.ts';
import { type Env, locateConfig } from './discovery.ts';
import { readAuthored, substituteVariables } from './read-authored.ts';

/** As `OpenclawFile`, with no more of `config` than what says where the Gateway is. */
export type PeekedOpenclaw = {
  readonly path: string | null;
  readonly config: OpenclawConfig | null;
  readonly authored: unknown;
  readonly problem: AppError | null;
};

/** The active `openclaw.json` for a process that lives a moment. Never rejects. */
export async function peekOpenclaw(
  env: Env,
  homeDir: string,
  profile: string | undefined,
): Promise<PeekedOpenclaw> {
  const nothing = { path: null, config: null, authored: undefined, problem: null };
  const location = locateConfig(env, { homeDir, profile });
  if (!location.ok) return { ...nothing, problem: location.error };
  const path = location.value.file;
  const read = await readAuthored(location.value);
  if (read.tag === 'absent') return nothing;
  if (read.tag === 'broken') return { ...nothing, path, problem: read.problem };
  const config = readCallConfig(substituteVariables(read.authored, env));
  if (config === null) return { ...nothing, path, problem: notAnObject(path) };
  return { path, config, authored: read.authored, problem: null };
}
