import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where the first word of a command leads, for the person who decides; null where it is not found. */
export async function findProgram(command: string, path: string): Promise<string | null> {
  const word = /^\s*(?:\w+=\S*\s+)*([\w./~+-]+)/.exec(command)?.[1];
  if (word === undefined) return null;
  const candidates = isAbsolute(word)
    ? [word]
    : word.includes('/')
      ? []
      : path
          .split(delimiter)
          .filter(Boolean)
          .map((dir) => join(dir, word));
  for (const candidate of candidates) {
    const isProgram = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram) return realpath(candidate);
  }
  return null;
}
