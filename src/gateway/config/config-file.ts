import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';

/** The Gateway's `openclaw.json`. Who embeds the Gateway may bring a writer of its own. */
export type ConfigFile = {
  readonly path: string;
  /** Null where there is no file. Throws for any other failure. */
  read(): string | null;
  /** Writes `text` over `before`; false, and nothing written, when something else stands there by now. */
  write(text: string, before: string | null): Promise<boolean>;
};

/** Atomic, 0600. */
export function createConfigFile(path: string): ConfigFile {
  const read = () => {
    try {
      return readFileSync(path, 'utf8');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw thrown;
    }
  };
  return {
    path,
    read,
    async write(text, before) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      if (read() !== before) return false;
      await writeFileAtomic(path, text, { mode: 0o600 });
      return true;
    },
  };
}
