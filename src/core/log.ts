import { mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';

/** The part of pino that the engine uses. Fields never hold a secret; `redact` is the second line of defence. */
export type Logger = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

const MAX_BYTES = 5 * 1024 * 1024;

/** Writes JSON lines to `<dataDir>/logs/chela.log` (0600). A file over 5 MB becomes `chela.log.old` at start. */
export function createFileLogger(dataDir: string): Logger {
  const folder = join(dataDir, 'logs');
  const dest = join(folder, 'chela.log');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ((statSync(dest, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(dest, `${dest}.old`);
  return pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: ['*.token', '*.password', '*.passphrase', 'token', 'password', 'passphrase'],
    },
    pino.destination({ dest, mode: 0o600, sync: false }),
  );
}

export const silentLogger: Logger = pino({ enabled: false });
