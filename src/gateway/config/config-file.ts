import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';

/**
 * Replaces the file at `path`, which held `before` (null: no file), with `text`. False, and nothing written, when something
 * else stands there by now. Rejects with an `AppErrorException` where it may not be written.
 */
export type WriteConfig = (path: string, text: string, before: string | null) => Promise<boolean>;

/** The Gateway's `openclaw.json`. */
export type ConfigFile = {
  readonly path: string;
  /** Null where there is no file. Throws for any other failure. */
  read(): string | null;
  /** As {@link WriteConfig}. */
  write(text: string, before: string | null): Promise<boolean>;
};

/** `writeWith`: who embeds the Gateway may bring a writer of its own. */
export function createConfigFile(path: string, writeWith: WriteConfig = writeAtomically): ConfigFile {
  return {
    path,
    read: () => readText(path),
    write: (text, before) => writeWith(path, text, before),
  };
}

async function writeAtomically(path: string, text: string, before: string | null): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (readText(path) !== before) return false;
  await writeFileAtomic(path, text, { mode: 0o600 });
  return true;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
}
