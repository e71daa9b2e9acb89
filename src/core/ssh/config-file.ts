import { glob, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import sshConfig from 'ssh-config';
import type { SshTarget } from '../../shared/connection/ssh-target.ts';
import type { SshKeywords } from './config-keywords.ts';
import { errnoOf } from './file-problem.ts';

export type ConfigFileQuery = {
  readonly target: SshTarget;
  readonly homeDir: string;
  /** This computer's user. */
  readonly user: string;
};

export function userConfigFile(homeDir: string): string {
  return join(homeDir, '.ssh', 'config');
}

/**
 * `~/.ssh/config` without `ssh`: Host, Match (without exec) and Include, the first value wins, several
 * IdentityFile. A missing file is an empty one.
 */
export async function computeConfigFile(query: ConfigFileQuery): Promise<SshKeywords> {
  const { target, homeDir } = query;
  const text = await readWithIncludes(userConfigFile(homeDir), homeDir, 0);
  const parsed = sshConfig.parse(text);
  const computed = parsed.compute(
    { Host: target.host, ...(target.user !== undefined && { User: target.user }) },
    // A command of Match exec would stop everything else until it ended.
    { ignoreCase: true, matchExec: false },
  );
  const keywords = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(computed)) {
    const key = name.toLowerCase();
    if (key === 'host' || key === 'match') continue;
    const values = (Array.isArray(value) ? value : [value]).map(String);
    keywords.set(key, singleValued.has(key) ? values.slice(0, 1) : values);
  }
  // The first of the two wins; only `ProxyJump none` lets a command that follows stand.
  const order = [...keywords.keys()];
  const [jumpAt, commandAt] = [order.indexOf('proxyjump'), order.indexOf('proxycommand')];
  if (jumpAt !== -1 && commandAt !== -1) {
    const isJump = jumpAt < commandAt && keywords.get('proxyjump')?.[0]?.toLowerCase() !== 'none';
    keywords.delete(isJump ? 'proxycommand' : 'proxyjump');
  }
  const hostName = keywords.get('hostname')?.[0];
  if (hostName !== undefined) {
    keywords.set('hostname', [
      hostName.replace(/%([h%])/g, (_, token) => (token === 'h' ? target.host : '%')),
    ]);
  }
  return lowerHostNames(keywords, target.host);
}

const singleValued = new Set(['hostname', 'user', 'port', 'identityagent', 'hostkeyalias']);

/** `ssh` looks names up in lower case. */
function lowerHostNames(keywords: Map<string, readonly string[]>, host: string): SshKeywords {
  keywords.set('hostname', [(keywords.get('hostname')?.[0] ?? host).toLowerCase()]);
  const alias = keywords.get('hostkeyalias')?.[0];
  if (alias !== undefined) keywords.set('hostkeyalias', [alias.toLowerCase()]);
  return keywords;
}

const maxDepth = 16;

/** The text with its Include lines replaced by what they name, in order; unreadable files are skipped, as in `ssh`. */
async function readWithIncludes(file: string, homeDir: string, depth: number): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) !== '') return '';
    throw error;
  }
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const include = /^\s*include(?:\s+|\s*=\s*)(.+?)\s*$/i.exec(line)?.[1];
    if (include !== undefined && depth < maxDepth) {
      for (const included of await includedFiles(include, homeDir)) {
        lines.push(await readWithIncludes(included, homeDir, depth + 1));
      }
    } else if (!/^\s*canonicalizehostname\b/i.test(line)) {
      // Canonical names are looked up in a way that stops everything else.
      lines.push(line);
    }
  }
  return lines.join('\n');
}

/** The files that one Include line names, in `ssh`'s order. */
export async function includedFiles(value: string, homeDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const [, quoted, plain] of value.matchAll(/"([^"]*)"|(\S+)/g)) {
    const pattern = quoted ?? plain ?? '';
    const fromHome = pattern.startsWith('~/') ? join(homeDir, pattern.slice(2)) : pattern;
    const absolute = isAbsolute(fromHome) ? fromHome : join(homeDir, '.ssh', fromHome);
    const matches: string[] = [];
    for await (const match of glob(absolute)) matches.push(match);
    found.push(...matches.sort());
  }
  return found;
}
