import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { AppErrorException, appError } from '../shared/errors.ts';
import { isProfile, profileName } from './config/discovery.ts';

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

/** The absolute data directory, made for the owner alone where it was missing. CONFIG_PROFILE_INVALID is thrown for what is no profile. */
export function ensureDataDir(chosen: string | undefined, profile?: string | undefined): string {
  if (profile !== undefined && !isProfile(profile))
    throw new AppErrorException(
      appError('CONFIG_PROFILE_INVALID', 'not a profile name', { details: { profile } }),
    );
  const dataDir = dataDirOf(chosen, profile);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return dataDir;
}

/** Where the Gateway that Chela runs for a data directory keeps its state. */
export function gatewayStateDir(dataDir: string): string {
  return join(dataDir, 'gateway');
}
