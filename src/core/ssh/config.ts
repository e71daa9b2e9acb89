import { type ExecFileOptions, execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { withoutOurVariables } from '../../shared/child-environment.ts';
import type { SshTarget } from '../../shared/connection/ssh-target.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { computeConfigFile, userConfigFile } from './config-file.ts';
import { parseSshDump, type SshKeywords } from './config-keywords.ts';
import { expandPath, expandTokens, type Tokens } from './config-tokens.ts';
import { defaultKnownHostsFiles, type KnownHostsFiles } from './known-hosts-file.ts';

/** Where keys held by an agent come from. `usual`: SSH_AUTH_SOCK, and on Windows the service and Pageant. */
export type AgentChoice =
  | { readonly kind: 'usual' }
  | { readonly kind: 'none' }
  | { readonly kind: 'socket'; readonly path: string };

export type StrictHostKeyChecking = 'yes' | 'accept-new' | 'no' | 'ask';

/** What `ssh` would do with a target, by the person's own configuration. Paths are absolute, times in ms. */
export type ResolvedTarget = {
  /** As the person wrote it; may be an alias. */
  readonly alias: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The picked one, or those of the configuration. Empty: the usual files. */
  readonly identityFiles: readonly string[];
  /** True when a key was picked, or the configuration says so. */
  readonly identitiesOnly: boolean;
  readonly agent: AgentChoice;
  /** `[user@]host[:port]` or `ssh://…`, nearest first; empty: none. */
  readonly proxyJump: readonly string[];
  /** With its tokens replaced; null: none. */
  readonly proxyCommand: string | null;
  /** The name under which the host's key is known. */
  readonly hostKeyAlias: string | null;
  readonly knownHosts: KnownHostsFiles;
  readonly strictHostKeyChecking: StrictHostKeyChecking;
  /** Null: not configured. */
  readonly serverAliveIntervalMs: number | null;
  readonly serverAliveCountMax: number;
  readonly connectTimeoutMs: number | null;
  readonly passwordPrompts: number;
  /** Ways to sign in that the configuration switches off. */
  readonly refusedMethods: readonly ('publickey' | 'keyboard-interactive' | 'password')[];
  /** What only the system's OpenSSH can do. */
  readonly opensshOnly: {
    readonly certificateFiles: readonly string[];
    readonly pkcs11Provider: string | null;
    readonly securityKeyProvider: string | null;
    readonly gssapi: boolean;
    readonly proxyFdpass: boolean;
  };
  /** `ssh`: it was asked (`ssh -G`). `file`: there is none, and `~/.ssh/config` was read here. */
  readonly source: 'ssh' | 'file';
};

type ExecOutcome =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** No such program, or it took too long. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'timeout' };

export type Exec = (
  file: string,
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly env: NodeJS.ProcessEnv },
) => Promise<ExecOutcome>;

export type ResolveOptions = {
  readonly target: SshTarget;
  /** A key picked in Chela: it alone is offered. */
  readonly identityFile?: string | undefined;
  readonly homeDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly exec?: Exec | undefined;
  /** This computer's user and the home directory that `ssh` itself would take; from the system when absent. */
  readonly me?: { readonly username: string; readonly homedir: string } | undefined;
};

const sshTimeoutMs = 3000;

/**
 * Asks `ssh -G`, whose answer is the truth; where there is no `ssh` (or it does not answer in 3 s) reads the files
 * itself. Rejects with SSH_CONFIG_INVALID when `ssh` calls the configuration wrong.
 */
export async function resolveSshTarget(options: ResolveOptions): Promise<ResolvedTarget> {
  const me = options.me ?? userInfo();
  const asked = await askSsh(options, me.homedir);
  const keywords =
    asked ??
    (await computeConfigFile({ target: options.target, homeDir: options.homeDir, user: me.username }));
  return toResolvedTarget(keywords, asked ? 'ssh' : 'file', options, me);
}

async function askSsh(options: ResolveOptions, realHome: string): Promise<SshKeywords | null> {
  const { target, homeDir, env } = options;
  const args = ['-G'];
  if (homeDir !== realHome) args.push('-F', await configOfOtherHome(homeDir));
  if (target.port !== undefined) args.push('-p', String(target.port));
  if (target.user !== undefined) args.push('-l', target.user);
  args.push('--', target.host);
  const outcome = await (options.exec ?? execProgram)('ssh', args, { timeoutMs: sshTimeoutMs, env });
  if (outcome.kind !== 'exited') return null;
  if (outcome.code === 0) return homesOf(parseSshDump(outcome.stdout), homeDir, realHome);
  const reason = outcome.stderr.trim().slice(0, 1000);
  throw new AppErrorException(
    appError('SSH_CONFIG_INVALID', `ssh -G: ${reason}`, { details: { host: target.host, reason } }),
  );
}

/** `ssh` takes the home directory from the system's user list, whatever HOME says. */
/** The configuration of a home that is not this user's own; `none` where it has none. */
export async function configOfOtherHome(homeDir: string): Promise<string> {
  const file = userConfigFile(homeDir);
  return access(file).then(
    () => file,
    () => 'none',
  );
}

/** In these `ssh -G` has replaced `~` already, by the home directory it takes for ours. */
function homesOf(keywords: SshKeywords, homeDir: string, realHome: string): SshKeywords {
  if (homeDir === realHome) return keywords;
  const moved = new Map(keywords);
  const isUnder = (file: string, dir: string) => file.startsWith(`${dir}/`);
  for (const name of ['userknownhostsfile', 'identityagent']) {
    const values = keywords.get(name)?.map((file) => {
      const isRealHome = isUnder(file, realHome) && !isUnder(file, homeDir);
      return isRealHome ? homeDir + file.slice(realHome.length) : file;
    });
    if (values) moved.set(name, values);
  }
  return moved;
}

function toResolvedTarget(
  keywords: SshKeywords,
  source: 'ssh' | 'file',
  options: ResolveOptions,
  me: { readonly username: string; readonly homedir: string },
): ResolvedTarget {
  const { target, homeDir, env } = options;
  const one = (name: string) => keywords.get(name)?.[0];
  const host = one('hostname') ?? target.host;
  const port = target.port ?? numberOf(one('port')) ?? 22;
  const user = target.user ?? one('user') ?? me.username;
  const hostKeyAlias = one('hostkeyalias') ?? null;
  const tokens: Tokens = {
    host,
    port,
    user,
    alias: target.host,
    localUser: me.username,
    homeDir,
    hostKeyAlias,
    proxyJump: one('proxyjump') ?? '',
  };
  const path = (text: string) => expandPath(text, tokens, env);
  const configured = [...new Set(identityFilesOf(keywords).map(path))];
  const picked =
    options.identityFile === undefined || options.identityFile === '' ? null : options.identityFile;
  const proxyJump = jumpsOf(one('proxyjump'));
  const command = one('proxycommand');
  const hasCommand = command !== undefined && command.toLowerCase() !== 'none' && proxyJump.length === 0;
  const provider = (name: string, usual: string) => {
    const value = one(name);
    return value === undefined || value === usual || value === 'none' ? null : value;
  };
  const aliveSeconds = secondsOf(one('serveraliveinterval'));
  const connectSeconds = secondsOf(one('connecttimeout'));
  return {
    alias: target.host,
    host,
    port,
    user,
    identityFiles: picked === null ? configured : [expandPath(picked, tokens, env, 'tildeOnly')],
    identitiesOnly: picked !== null || isOn(one('identitiesonly')),
    agent: agentOf(one('identityagent'), env, path),
    proxyJump,
    proxyCommand: hasCommand ? expandTokens(command, tokens) : null,
    hostKeyAlias,
    knownHosts: knownHostsOf(keywords, homeDir, env, path),
    strictHostKeyChecking: strictnessOf(one('stricthostkeychecking')),
    serverAliveIntervalMs: aliveSeconds ? aliveSeconds * 1000 : null,
    serverAliveCountMax: numberOf(one('serveralivecountmax')) ?? 3,
    connectTimeoutMs: connectSeconds ? connectSeconds * 1000 : null,
    passwordPrompts: numberOf(one('numberofpasswordprompts')) ?? 3,
    refusedMethods: [
      ...(isOff(one('pubkeyauthentication')) ? (['publickey'] as const) : []),
      ...(isOff(one('kbdinteractiveauthentication')) ? (['keyboard-interactive'] as const) : []),
      ...(isOff(one('passwordauthentication')) ? (['password'] as const) : []),
    ],
    opensshOnly: {
      certificateFiles: (keywords.get('certificatefile') ?? []).filter((file) => file !== 'none').map(path),
      pkcs11Provider: provider('pkcs11provider', 'none'),
      securityKeyProvider: provider('securitykeyprovider', 'internal'),
      gssapi: isOn(one('gssapiauthentication')),
      proxyFdpass: isOn(one('proxyusefdpass')),
    },
    source,
  };
}

/** The names `ssh` tries when nothing is configured; `ssh -G` lists them like configured ones. */
const usualIdentity = /^~\/\.ssh\/id_(rsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss|dsa|mldsa\w*)$/;

function identityFilesOf(keywords: SshKeywords): readonly string[] {
  const files = keywords.get('identityfile') ?? [];
  const isUsualList = files.length >= 4 && files.every((file) => usualIdentity.test(file));
  // `none` means no file at all, which is more than none configured.
  return isUsualList ? [] : files;
}

function jumpsOf(value: string | undefined): string[] {
  if (value === undefined || value.toLowerCase() === 'none') return [];
  return value
    .split(',')
    .map((jump) => jump.trim())
    .filter((jump) => jump !== '');
}

function agentOf(
  value: string | undefined,
  env: NodeJS.ProcessEnv,
  path: (text: string) => string,
): AgentChoice {
  if (value === undefined || value === 'SSH_AUTH_SOCK') return { kind: 'usual' };
  if (value === 'none') return { kind: 'none' };
  // "$NAME" reads a variable; an unset one is no agent. Source: ssh_config(5), IdentityAgent.
  const variable = /^\$(\w+)$/.exec(value)?.[1];
  if (variable === undefined) return { kind: 'socket', path: path(value) };
  const socket = env[variable];
  return socket === undefined || socket === '' ? { kind: 'none' } : { kind: 'socket', path: socket };
}

function knownHostsOf(
  keywords: SshKeywords,
  homeDir: string,
  env: NodeJS.ProcessEnv,
  path: (text: string) => string,
): KnownHostsFiles {
  const usual = defaultKnownHostsFiles(homeDir, env);
  const user = keywords.get('userknownhostsfile');
  const system = keywords.get('globalknownhostsfile');
  const named = (files: readonly string[]) => files.filter((file) => file !== 'none').map(path);
  return {
    user: user === undefined ? usual.user : named(user),
    system: system === undefined ? usual.system : named(system),
  };
}

function strictnessOf(value: string | undefined): StrictHostKeyChecking {
  switch (value?.toLowerCase()) {
    case 'true':
    case 'yes':
      return 'yes';
    case 'false':
    case 'no':
    case 'off':
      return 'no';
    case 'accept-new':
      return 'accept-new';
    default:
      return 'ask';
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(yes|true|on)$/i.test(value);
}

function isOff(value: string | undefined): boolean {
  return value !== undefined && /^(no|false|off)$/i.test(value);
}

function numberOf(value: string | undefined): number | null {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
}

const secondsPerUnit: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90`, `1m30s`. Source: sshd_config(5), TIME FORMATS. */
function secondsOf(value: string | undefined): number | null {
  if (value === undefined || !/^(\d+[smhdw]?)+$/i.test(value)) return null;
  let seconds = 0;
  for (const [, count, unit] of value.matchAll(/(\d+)([smhdw]?)/gi)) {
    seconds += Number(count) * (secondsPerUnit[unit?.toLowerCase() || 's'] ?? 1);
  }
  return seconds;
}

const maxOutputBytes = 1024 * 1024;

/** Runs a program to its end, without our own variables and in the C locale. Never rejects. */
export const execProgram: Exec = (file, args, { timeoutMs, env }) =>
  new Promise((resolve) => {
    const options: ExecFileOptions & { encoding: 'utf8' } = {
      encoding: 'utf8',
      timeout: timeoutMs,
      maxBuffer: maxOutputBytes,
      windowsHide: true,
      env: { ...withoutOurVariables(env), PATH: env.PATH ?? process.env.PATH, LC_ALL: 'C' },
    };
    const child = execFile(file, [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve({ kind: 'exited', code: 0, stdout, stderr });
      if (error.killed) return resolve({ kind: 'timeout' });
      if (typeof error.code === 'number')
        return resolve({ kind: 'exited', code: error.code, stdout, stderr });
      resolve({ kind: 'absent' });
    });
    // Nobody is here to be asked anything.
    child.stdin?.end();
  });
