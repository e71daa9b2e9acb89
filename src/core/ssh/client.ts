import { homedir, userInfo } from 'node:os';
import { type Clock, systemClock } from '../clock.ts';
import type { AskQuestion } from '../questions.ts';
import { attemptSsh, type SshStep } from './attempt.ts';
import type { SshConnection } from './connection.ts';
import type { UnlockedKeys } from './identities.ts';
import { defaultKnownHostsFiles, type KnownHostsFiles } from './known-hosts-file.ts';

export type { SshConnection, UnlockedKeys };

export type SshConnectOptions = {
  readonly host: string;
  /** 22 when absent. */
  readonly port?: number | undefined;
  /** This computer's user when absent, as in `ssh`. */
  readonly user?: string | undefined;
  /** A picked private key. Absent: the agent and the usual files of `~/.ssh`. */
  readonly identityFile?: string | undefined;
  /** Host key and passphrase questions. */
  readonly ask: AskQuestion;
  /** Ends the attempt, its questions and its sockets; it does not end a session that is open. */
  readonly signal: AbortSignal;
  readonly clock?: Clock | undefined;
  readonly readyTimeoutMs?: number | undefined;
  readonly keepaliveIntervalMs?: number | undefined;
  readonly homeDir?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly knownHosts?: KnownHostsFiles | undefined;
  /** Give the same map again to have a passphrase asked once. */
  readonly unlocked?: UnlockedKeys | undefined;
  readonly onStep?: ((step: SshStep) => void) | undefined;
};

/**
 * Connects and authenticates. Host keys are strict: known, or a person says yes, or no connection.
 * Rejects with an AppErrorException whose code begins with SSH_, or KNOWN_HOSTS_UNWRITABLE, or STOPPED.
 */
export async function connectSsh(options: SshConnectOptions): Promise<SshConnection> {
  const homeDir = options.homeDir ?? homedir();
  const env = options.env ?? process.env;
  const attempt = {
    host: options.host,
    port: options.port ?? 22,
    user: options.user ?? userInfo().username,
    identityFile: options.identityFile,
    ask: options.ask,
    signal: options.signal,
    clock: options.clock ?? systemClock,
    readyTimeoutMs: options.readyTimeoutMs ?? 20_000,
    keepaliveIntervalMs: options.keepaliveIntervalMs ?? 5000,
    keepaliveCountMax: 3,
    homeDir,
    env,
    knownHosts: options.knownHosts ?? defaultKnownHostsFiles(homeDir, env),
    unlocked: options.unlocked ?? new Map(),
    onStep: options.onStep ?? (() => {}),
  };
  for (;;) {
    const outcome = await attemptSsh(attempt);
    if (outcome !== 'again') return outcome;
  }
}
