import { assertNever } from '../../shared/assert-never.ts';
import { type OpenclawConfig, openclawConfigSchema } from '../../shared/config/openclaw.ts';
import type { AppError } from '../../shared/errors.ts';
import { notAnObject } from './broken-config.ts';
import { type ConfigLocation, type Env, locateConfig } from './discovery.ts';
import { readAuthored, substituteVariables } from './read-authored.ts';

export type OpenclawFile = {
  /** Null where there is no file. */
  path: string | null;
  config: OpenclawConfig | null;
  /** All of it, with included files and before any `${NAME}` was replaced. */
  authored: unknown;
  /** The files that `$include` brought in, absolute. */
  included: readonly string[];
  /** Set when there is a file that cannot be read; then `config` is null. */
  problem: AppError | null;
};

export const noOpenclawFile: OpenclawFile = {
  path: null,
  config: null,
  authored: undefined,
  included: [],
  problem: null,
};

/** Reads the active `openclaw.json`. Never throws and never writes; `${NAME}` in strings comes from `env`. */
export async function readOpenclawFile(
  env: Env,
  homeDir: string,
  profile?: string | undefined,
): Promise<OpenclawFile> {
  const location = locateConfig(env, { homeDir, profile });
  if (!location.ok) return { ...noOpenclawFile, problem: location.error };
  return readConfigAt(location.value, env);
}

/** The same for a location that is known. */
export async function readConfigAt(location: ConfigLocation, env: Env): Promise<OpenclawFile> {
  const { file: path } = location;
  const read = await readAuthored(location);
  switch (read.tag) {
    case 'absent':
      return noOpenclawFile;
    case 'broken':
      return { ...noOpenclawFile, path, problem: read.problem };
    case 'read': {
      const { authored, included } = read;
      const parsed = openclawConfigSchema.safeParse(substituteVariables(authored, env));
      if (parsed.success) return { path, config: parsed.data, authored, included, problem: null };
      return { ...noOpenclawFile, path, included, problem: notAnObject(path) };
    }
    default:
      return assertNever(read);
  }
}
