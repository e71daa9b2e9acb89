import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noSettings, readCallSettings } from '../../shared/config/call-keys.ts';
import type { Settings } from '../../shared/config/settings.ts';

/**
 * The settings as they lie in `<dataDir>/settings.json`, for a process that lives a moment: nothing is created, written
 * or put aside. A missing file, or one that cannot be read, is no choice at all; the app reports a damaged one.
 */
export async function peekSettings(dataDir: string): Promise<{ path: string; settings: Settings }> {
  const path = join(dataDir, 'settings.json');
  let stored: unknown = {};
  try {
    stored = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // No choice.
  }
  return { path, settings: readCallSettings(stored) ?? noSettings };
}
