import ipaddr from 'ipaddr.js';

/** Where SSH connects to. `user` and `port` are absent where the person left them out. */
export type SshTarget = { readonly user?: string; readonly host: string; readonly port?: number };

export type SshTargetProblem = 'empty' | 'dash' | 'space' | 'shape' | 'port';

export type ParsedSshTarget =
  | { readonly ok: true; readonly target: SshTarget }
  | { readonly ok: false; readonly problem: SshTargetProblem };

const user = /^[A-Za-z0-9_.][\w.@\\+-]*$/;
const hostName = /^[A-Za-z0-9_]([\w.-]*[A-Za-z0-9_])?\.?$/;

/**
 * Reads `user@host[:port]`; the user may be missing and an IPv6 address stands in brackets.
 * Refuses what `ssh` could take for an option (leading dash) and anything with white space.
 */
export function parseSshTarget(text: string): ParsedSshTarget {
  const trimmed = text.trim();
  if (trimmed === '') return { ok: false, problem: 'empty' };
  if (/\s/.test(trimmed)) return { ok: false, problem: 'space' };
  if (trimmed.startsWith('-')) return { ok: false, problem: 'dash' };

  const at = trimmed.lastIndexOf('@');
  const userPart = at === -1 ? undefined : trimmed.slice(0, at);
  const rest = trimmed.slice(at + 1);
  if (userPart !== undefined && !user.test(userPart)) return { ok: false, problem: 'shape' };
  if (rest.startsWith('-')) return { ok: false, problem: 'dash' };

  const bracketed = /^\[([^\]]+)\](?::([^:]*))?$/.exec(rest);
  const plain = /^([^:[\]]+)(?::([^:]*))?$/.exec(rest);
  const host = bracketed?.[1] ?? plain?.[1];
  const portText = bracketed ? bracketed[2] : plain?.[2];
  if (host === undefined) return { ok: false, problem: 'shape' };
  if (bracketed ? !isIpv6(host) : !hostName.test(host)) return { ok: false, problem: 'shape' };

  const port = portText === undefined ? undefined : parsePort(portText);
  if (port === null) return { ok: false, problem: 'port' };
  return {
    ok: true,
    target: { ...(userPart !== undefined && { user: userPart }), host, ...(port !== undefined && { port }) },
  };
}

/** The inverse of {@link parseSshTarget}: parsing the text again gives an equal target. */
export function formatSshTarget(target: SshTarget): string {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return `${target.user === undefined ? '' : `${target.user}@`}${host}${target.port === undefined ? '' : `:${target.port}`}`;
}

function parsePort(text: string): number | null {
  if (!/^\d{1,5}$/.test(text)) return null;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : null;
}

function isIpv6(text: string): boolean {
  return ipaddr.IPv6.isValid(text);
}
