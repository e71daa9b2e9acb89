import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { AppError } from '../shared/errors.ts';
import { createPrivateFile, readPrivateFile, writePrivateFile } from './device/private-file.ts';

/**
 * The token of the embedded Gateway where nobody configured one: generated once, kept in `<dataDir>/gateway-token`
 * (0600). When the file cannot be used, a token for this run only, and why.
 */
export async function ensureServerToken(
  dataDir: string,
): Promise<{ token: string; problem: AppError | null }> {
  const file = join(dataDir, 'gateway-token');
  const fresh = randomBytes(32).toString('base64url');
  const stored = await readPrivateFile(file);
  if (!stored.ok) return { token: fresh, problem: stored.error };
  const known = stored.value?.trim();
  if (known) return { token: known, problem: null };
  if (known === '') {
    // Left behind empty, by a full disk say: who reads it would never learn the token.
    const written = await writePrivateFile(file, `${fresh}\n`);
    return { token: fresh, problem: written.ok ? null : written.error };
  }
  const created = await createPrivateFile(file, `${fresh}\n`);
  if (!created.ok) return { token: fresh, problem: created.error };
  if (created.value === 'created') return { token: fresh, problem: null };
  // Another process was first.
  const theirs = await readPrivateFile(file);
  return theirs.ok && theirs.value
    ? { token: theirs.value.trim(), problem: null }
    : { token: fresh, problem: null };
}
