import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { AppErrorException } from '../shared/errors.ts';
import { profileError, profileName } from './config/discovery.ts';

/** Where Chela keeps its own files when nobody says otherwise; the app and the command line agree on it. */
function defaultDataDir(): string {
  return envPaths('chela', { suffix: '' }).data;
}

/** The absolute data directory, which need not be there. A named profile (R5) has one of its own below it. */
export function dataDirOf(chosen: string | undefined, profile?: string | undefined): string {
  const dataDir = chosen === undefined ? defaultDataDir() : resolve(chosen);
  const name = profileName(profile);
  return name === null ? dataDir : join(dataDir, 'profiles', name);
}

/**
 * The absolute data directory, made for the owner alone where it was missing. Throws CONFIG_PROFILE_INVALID for what is no
 * profile, and what the file system says.
 */
export function ensureDataDir(chosen: string | undefined, profile?: string | undefined): string {
  const invalid = profileError(profile);
  if (invalid) throw new AppErrorException(invalid);
  const dataDir = dataDirOf(chosen, profile);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return dataDir;
}

/** Where the Gateway that Chela runs for a data directory keeps its state. */
export function gatewayStateDir(dataDir: string): string {
  return join(dataDir, 'gateway');
}
