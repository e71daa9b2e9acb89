import { homedir } from 'node:os';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type Keychain, noKeychain } from '../keychain/keychain.ts';
import type { AskQuestion } from '../questions.ts';
import type { SshStep } from './attempt.ts';
import { type Exec, resolveSshTarget } from './config.ts';
import type { SshConnection } from './connection.ts';
import { signInThroughHops } from './hops.ts';
import type { OfferedHostKeyChange } from './host-key-check.ts';
import type { KnownHostsFiles } from './known-hosts-file.ts';
import { createSecrets, type UnlockedKeys } from './secrets.ts';
import { openSession } from './session.ts';

export type { OfferedHostKeyChange, SshConnection, UnlockedKeys };

export type SshConnectOptions = {
  /** A name, an address, or an alias of the person's SSH configuration. */
  readonly host: string;
  /** What the configuration says when absent, else 22. */
  readonly port?: number | undefined;
  /** What the configuration says when absent, else this computer's user, as in `ssh`. */
  readonly user?: string | undefined;
  /** A picked private key: it alone is offered. Absent: the agent, and the configured or usual files. */
  readonly identityFile?: string | undefined;
  /** Host keys, passphrases, passwords and prompts; of jump hosts too, each by its own name. */
  readonly ask: AskQuestion;
  /** Ends the attempt, its questions and its sockets; it does not end a session that is open. */
  readonly signal: AbortSignal;
  readonly clock?: Clock | undefined;
  readonly readyTimeoutMs?: number | undefined;
  readonly keepaliveIntervalMs?: number | undefined;
  readonly homeDir?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly platform?: NodeJS.Platform | undefined;
  /** Instead of the configured files. */
  readonly knownHosts?: KnownHostsFiles | undefined;
  /** `openssh`: StrictHostKeyChecking of the configuration decides about unknown keys. `strict` when absent. */
  readonly hostKeyPolicy?: 'strict' | 'openssh' | undefined;
  /**
   * Called before the rejection with SSH_HOST_KEY_CHANGED, with all that a dialog shows and `replaceHostKey`
   * takes. The host may be a jump host.
   */
  readonly onHostKeyChange?: ((change: OfferedHostKeyChange) => void) | undefined;
  /** Give the same map again to have a passphrase or password asked once. */
  readonly unlocked?: UnlockedKeys | undefined;
  /** Where "remember" puts secrets. Absent: nothing is remembered. */
  readonly keychain?: Keychain | undefined;
  /** Runs `ssh -G`. */
  readonly exec?: Exec | undefined;
  readonly onStep?: ((step: SshStep) => void) | undefined;
};

/**
 * Connects and authenticates as `ssh` would with the person's own configuration. Host keys are strict: known, or a
 * person says yes, or no connection. Rejects with an AppErrorException whose code begins with SSH_, or
 * FORWARD_PROHIBITED (of a jump host), KNOWN_HOSTS_UNWRITABLE, or STOPPED.
 */
export async function connectSsh(options: SshConnectOptions): Promise<SshConnection> {
  const { host, port, user, signal, identityFile, exec } = options;
  const homeDir = options.homeDir ?? homedir();
  const env = options.env ?? process.env;
  const clock = options.clock ?? systemClock;
  options.onStep?.('tcp');
  const target = await resolveSshTarget({ target: { host, port, user }, identityFile, homeDir, env, exec });
  if (signal.aborted) throw new AppErrorException(appError('STOPPED', 'the attempt was stopped'));
  const signedIn = await signInThroughHops({
    target,
    isPicked: identityFile !== undefined && identityFile !== '',
    homeDir,
    env,
    clock,
    signal,
    exec,
    ask: options.ask,
    platform: options.platform ?? process.platform,
    knownHosts: options.knownHosts,
    hostKeyPolicy: options.hostKeyPolicy ?? 'strict',
    onHostKeyChange: options.onHostKeyChange,
    secrets: createSecrets(options.unlocked ?? new Map(), options.keychain ?? noKeychain),
    readyTimeoutMs: options.readyTimeoutMs,
    keepaliveIntervalMs: options.keepaliveIntervalMs,
    onStep: options.onStep ?? (() => {}),
  });
  return openSession({ ...signedIn, where: { host: target.host, port: target.port }, clock });
}
