import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import envPaths from 'env-paths';

/** Where Chela keeps its own files when nobody says otherwise; the app and the command line agree on it. */
function defaultDataDir(): string {
  return envPaths('chela', { suffix: '' }).data;
}

/** The absolute data directory, which need not be there. */
export function dataDirOf(chosen: string | undefined): string {
  return chosen === undefined ? defaultDataDir() : resolve(chosen);
}

/** The absolute data directory, made for the owner alone where it was missing. */
export function ensureDataDir(chosen: string | undefined): string {
  const dataDir = dataDirOf(chosen);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return dataDir;
}
