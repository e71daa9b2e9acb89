import { homedir } from 'node:os';
import { toAppError } from '../../shared/errors.ts';
import { ok, type Result } from '../../shared/result.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext, RunCommand, Speech } from './context.ts';
import { createOutput } from './output.ts';

/** What commander parsed of the program's own options. */
export type ParsedGlobals = { json?: boolean; color?: boolean; dataDir?: string; profile?: string };

/** npm passes a Ctrl+C on, and a package below `conf` sends it again; only a later one means "at once". */
const SAME_SIGNAL_MS = 500;

/**
 * Runs one command in this process and returns its exit code: Ctrl+C ends with 130, SIGTERM with 143, and a reader
 * that has gone away (`| head`) ends it quietly. A second Ctrl+C does not wait for the command to tidy up.
 */
export async function runCommand<Options, Args extends readonly unknown[]>(
  { t, locale }: Speech,
  globals: ParsedGlobals,
  load: () => Promise<RunCommand<Options, Args>>,
  options: Options,
  args: Args,
): Promise<number> {
  const { json = false, color = true, dataDir, profile } = globals;
  const { stdout, stderr } = process;
  const stop = new AbortController();
  const { signal } = stop;
  const out = createOutput({ t, json, color, stdout, stderr, signal });
  const env = await environmentOf(profile);
  if (!env.ok) return out.fail(env.error);
  let endedBy: number | null = null;
  let endedAtMs = 0;
  const end = (code: number) => {
    if (endedBy !== null) {
      if (performance.now() - endedAtMs > SAME_SIGNAL_MS) process.exit(code);
      return;
    }
    endedBy = code;
    endedAtMs = performance.now();
    stop.abort();
  };
  const onInterrupt = () => end(exitCodes.interrupted);
  const onTerminate = () => end(exitCodes.terminated);
  const onGone = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    end(exitCodes.ok);
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
  stdout.on('error', onGone);
  stderr.on('error', onGone);

  const context: CliContext = {
    t,
    locale,
    globals: { json, ...(dataDir !== undefined && { dataDir }), ...(profile !== undefined && { profile }) },
    env: env.value,
    homeDir: homedir(),
    // Opened for the commands that read it.
    get stdin() {
      return process.stdin;
    },
    out,
    signal,
  };
  try {
    const run = await load();
    const code = await run(context, options, ...args);
    // A command that is done in spite of the signal, as a server that was asked to stop, is believed.
    return code === exitCodes.ok ? code : (endedBy ?? code);
  } catch (thrown) {
    return endedBy ?? out.fail(toAppError(thrown));
  } finally {
    // Sent again, the same signal may still be on its way; with nobody to hear it, it would decide how this process ends.
    if (endedBy === null) process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate);
  }
}

/** With a profile every command, and what it starts, finds that profile's files. */
async function environmentOf(profile: string | undefined): Promise<Result<CliContext['env']>> {
  if (profile === undefined) return ok(process.env);
  const { environmentOfProfile } = await import('../../core/config/discovery.ts');
  return environmentOfProfile(process.env, homedir(), profile);
}
