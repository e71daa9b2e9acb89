import { parseSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { AskQuestion } from '../questions.ts';
import { attemptSsh, type SignedIn, type SshStep } from './attempt.ts';
import { type Exec, type ResolvedTarget, resolveSshTarget } from './config.ts';
import { type Dial, dialProxyCommand, dialTcp, dialThrough } from './dial.ts';
import type { OfferedHostKeyChange } from './host-key-check.ts';
import type { KnownHostsFiles } from './known-hosts-file.ts';
import type { Secrets } from './secrets.ts';

export type HopOptions = {
  readonly target: ResolvedTarget;
  readonly isPicked: boolean;
  readonly homeDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly exec: Exec | undefined;
  readonly ask: AskQuestion;
  readonly knownHosts: KnownHostsFiles | undefined;
  readonly hostKeyPolicy: 'strict' | 'openssh';
  readonly onHostKeyChange: ((change: OfferedHostKeyChange) => void) | undefined;
  readonly secrets: Secrets;
  /** Of each hop; its own configuration's ConnectTimeout when absent, else 20 s. */
  readonly readyTimeoutMs: number | undefined;
  readonly keepaliveIntervalMs: number | undefined;
  readonly onStep: (step: SshStep) => void;
};

const defaultReadyMs = 20_000;
const defaultKeepaliveMs = 5000;
const maxHops = 8;

/**
 * Signs in at the target, over its jump hosts where it has some: each is a full SSH connection with its own
 * configuration, host key check and authentication. Ending the last socket ends them all, and the loss of one is
 * the loss of those behind it.
 */
export async function signInThroughHops(options: HopOptions): Promise<SignedIn> {
  const hops = await expandJumps(options, options.target, 0);
  const opened: Hop[] = [];
  const closeAll = () => {
    for (const hop of opened.splice(0).reverse()) {
      hop.client.end();
      hop.socket.destroy();
    }
  };
  try {
    for (const hop of hops) {
      opened.push({ ...(await signIn(options, hop, opened.at(-1) ?? null)), name: hop.host });
    }
  } catch (error) {
    closeAll();
    throw error;
  }
  const last = opened.pop();
  if (!last) throw new Error('a chain without a target');
  last.socket.once('close', closeAll);
  for (const hop of opened) hop.socket.once('close', () => last.socket.destroy());
  return last;
}

/** The name is for sentences. */
type Hop = SignedIn & { readonly name: string };

/** The jump hosts and the target, nearest first. */
async function expandJumps(
  options: HopOptions,
  target: ResolvedTarget,
  depth: number,
): Promise<ResolvedTarget[]> {
  if (depth + target.proxyJump.length > maxHops) throw badConfig(target, 'loop');
  const hops: ResolvedTarget[] = [];
  for (const [index, jump] of target.proxyJump.entries()) {
    const parsed = parseJump(jump);
    if (!parsed) throw badConfig(target, 'jump');
    const { homeDir, env, exec } = options;
    const hop = await resolveSshTarget({ target: parsed, homeDir, env, exec });
    // `ssh` names the way to all but the nearest, whatever their own configuration says.
    if (index === 0) hops.push(...(await expandJumps(options, hop, depth + 1)));
    else hops.push({ ...hop, proxyJump: [], proxyCommand: null });
  }
  return [...hops, target];
}

/** `[user@]host[:port]` or `ssh://[user@]host[:port]`. */
function parseJump(text: string): SshTarget | null {
  const parsed = parseSshTarget(text.replace(/^ssh:\/\//i, '').replace(/\/$/, ''));
  return parsed.ok ? parsed.target : null;
}

async function signIn(options: HopOptions, target: ResolvedTarget, before: Hop | null): Promise<SignedIn> {
  const isTarget = target === options.target;
  const { host } = target;
  if (target.proxyCommand !== null && target.opensshOnly.proxyFdpass) {
    const details = { host, cause: 'proxyFdpass' };
    throw new AppErrorException(appError('SSH_NEEDS_OPENSSH', 'ProxyUseFdpass', { details }));
  }
  const readyTimeoutMs = options.readyTimeoutMs ?? target.connectTimeoutMs ?? defaultReadyMs;
  for (;;) {
    const outcome = await attemptSsh({
      target,
      dial: dialFor(options, target, before, readyTimeoutMs),
      isPicked: isTarget && options.isPicked,
      homeDir: options.homeDir,
      env: options.env,
      platform: options.platform,
      knownHosts: options.knownHosts ?? target.knownHosts,
      unknownHostKey: options.hostKeyPolicy === 'openssh' ? target.strictHostKeyChecking : 'ask',
      onHostKeyChange: options.onHostKeyChange,
      secrets: options.secrets,
      ask: options.ask,
      signal: options.signal,
      clock: options.clock,
      readyTimeoutMs,
      keepaliveIntervalMs: options.keepaliveIntervalMs ?? target.serverAliveIntervalMs ?? defaultKeepaliveMs,
      keepaliveCountMax: target.serverAliveCountMax,
      onStep: options.onStep,
    });
    if (outcome !== 'again') return outcome;
  }
}

function dialFor(
  options: HopOptions,
  target: ResolvedTarget,
  before: Hop | null,
  readyTimeoutMs: number,
): Dial {
  const { host, port, proxyCommand } = target;
  const where = { host, port };
  if (before) return dialThrough(before.client, before.name, where);
  if (proxyCommand !== null) return dialProxyCommand(proxyCommand, where, options.env);
  return dialTcp(where, readyTimeoutMs, options.platform);
}

function badConfig(target: ResolvedTarget, cause: 'loop' | 'jump'): AppErrorException {
  const details = { host: target.alias, cause };
  return new AppErrorException(appError('SSH_CONFIG_INVALID', `ProxyJump: ${cause}`, { details }));
}
