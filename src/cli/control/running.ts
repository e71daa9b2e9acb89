import { dataDirOf } from '../../core/data-dir.ts';
import { type ControlClient, reachRunning } from '../../core/instance/control-client.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import type { CliContext } from '../frame/context.ts';

/** Gives `use` the Chela that runs on the chosen data directory, or null, and hangs up afterwards. */
export async function withRunning<T>(
  { globals, signal }: CliContext,
  use: (running: ControlClient | null) => Promise<T>,
): Promise<T> {
  const running = await reachRunning(dataDirOf(globals.dataDir, globals.profile));
  const hangUp = () => running?.close();
  signal.addEventListener('abort', hangUp);
  try {
    return await use(running);
  } finally {
    signal.removeEventListener('abort', hangUp);
    running?.close();
  }
}

export function notRunning({ globals }: CliContext): AppError {
  const dataDir = dataDirOf(globals.dataDir, globals.profile);
  return appError('APP_NOT_RUNNING', 'nothing runs here', { details: { dataDir } });
}
