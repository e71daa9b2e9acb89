import { join } from 'node:path';
import { z } from 'zod';
import { readPrivateFile, writePrivateFile } from '../device/private-file.ts';
import { type LocalKey, localKeySchema } from './plan.ts';

/** Which Gateway of this computer was used last; kept over restarts. */
export type LastLocal = {
  /** Null where none was used yet. */
  key(): LocalKey | null;
  note(key: LocalKey): void;
  /** Writes what is not on disk yet. */
  flush(): Promise<void>;
};

const fileSchema = z.object({ version: z.literal(1), key: localKeySchema });

/** Reads `<dataDir>/last-local.json`; a file that can't be read counts as none, because a first connection tells it anew. */
export async function openLastLocal(dataDir: string): Promise<LastLocal> {
  const file = join(dataDir, 'last-local.json');
  const stored = await readPrivateFile(file);
  let last = parse(stored.ok ? stored.value : null);
  let writing: Promise<unknown> = Promise.resolve();
  return {
    key: () => last,
    note(key) {
      if (key === last) return;
      last = key;
      writing = writing.then(() => writePrivateFile(file, JSON.stringify({ version: 1, key })));
    },
    async flush() {
      await writing;
    },
  };
}

function parse(text: string | null): LocalKey | null {
  if (text === null) return null;
  try {
    return fileSchema.parse(JSON.parse(text)).key;
  } catch {
    return null;
  }
}
