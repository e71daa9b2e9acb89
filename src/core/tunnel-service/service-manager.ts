import type { TunnelManager } from '../../shared/contract/tunnel-service.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import type { Clock } from '../clock.ts';
import type { Exec } from '../ssh/config.ts';

/** What shall run. */
export type ServiceSpec = {
  /** Absolute program first; no secret in it. */
  readonly argv: readonly string[];
  /** Where what it writes goes, on systems that have no journal of their own. */
  readonly logFile: string;
};

/** `restarting`: it ended, and the system will start it again. `unknown`: the system's answer was not understood. */
export type ServiceState = {
  readonly tag: 'absent' | 'running' | 'restarting' | 'stopped' | 'unknown';
  readonly pid: number | null;
  /** Epoch milliseconds. */
  readonly sinceMs: number | null;
  readonly lastExit: { readonly code: number | null; readonly signal: string | null } | null;
};

export const absentService: ServiceState = { tag: 'absent', pid: null, sinceMs: null, lastExit: null };

/**
 * Who keeps the tunnel running: launchd, systemd, the desktop's autostart, or the Task Scheduler. The definition is a file that the
 * caller writes; all else goes through the system's own program. Rejects with TUNNEL_SERVICE_FAILED, or OPENSSH_MISSING's like of a
 * program that is not there.
 */
export type ServiceManager = {
  readonly kind: TunnelManager;
  /** Its name in the system. */
  readonly label: string;
  /** Where the definition belongs. */
  readonly file: string;
  readonly fileMode: number;
  render(spec: ServiceSpec): Buffer;
  /** The exact commands of {@link activate} and {@link deactivate}, to show. */
  activation(): readonly string[][];
  deactivation(): readonly string[][];
  /** Loads the definition and starts it, whatever was loaded before. */
  activate(): Promise<void>;
  /** Ends it and unloads it; it is not started again at the next login. Content where there is nothing. */
  deactivate(): Promise<void>;
  /** After its file was removed, or put back as it was. */
  forget(): Promise<void>;
  /** Ends it until somebody starts it, or the next login. */
  stop(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Never rejects. */
  state(): Promise<ServiceState>;
  /** What it wrote, oldest first; never rejects. */
  log(lines: number): Promise<{ source: string; lines: string[] }>;
};

/** What it takes to run a program. */
export type ProgramParts = { readonly exec: Exec; readonly env: NodeJS.ProcessEnv };

/** What every manager is made of. */
export type ManagerParts = ProgramParts & {
  readonly homeDir: string;
  readonly clock: Clock;
};

const timeoutMs = 20_000;

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs one of the system's programs to its end. Rejects where it is not there or takes too long. */
export async function runProgram({ exec, env }: ProgramParts, argv: readonly string[]): Promise<Ran> {
  const [program = '', ...args] = argv;
  const outcome = await exec(program, args, { timeoutMs, env });
  if (outcome.kind === 'exited') return outcome;
  throw failed(program, outcome.kind === 'timeout' ? `no answer in ${timeoutMs / 1000} s` : 'not found');
}

/** {@link runProgram} for a command that has to succeed. */
export async function runOrFail(parts: ProgramParts, argv: readonly string[]): Promise<Ran> {
  const ran = await runProgram(parts, argv);
  if (ran.code !== 0) throw failedRun(argv, ran);
  return ran;
}

export function failedRun(argv: readonly string[], { code, stdout, stderr }: Ran): AppErrorException {
  const said = brief((stderr || stdout).trim().split('\n')[0] ?? '').replace(/\.$/, '');
  return failed(argv.join(' '), said === '' ? `exit code ${code}` : `${said} (${code})`);
}

function failed(program: string, reason: string): AppErrorException {
  return new AppErrorException(
    appError('TUNNEL_SERVICE_FAILED', `${program}: ${reason}`, { details: { program, reason } }),
  );
}

export function waitMs(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
