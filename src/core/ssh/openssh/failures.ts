import { readFile } from 'node:fs/promises';
import { type AppError, appError, type ErrorCode, type ErrorDetails } from '../../../shared/errors.ts';
import { isOffline } from '../../network-watch/is-offline.ts';
import { describeLoss, describeTimeout } from '../failures.ts';
import { fingerprintOf, parseKnownHosts } from '../known-hosts.ts';
import type { SshFacts } from './output.ts';

export type SshEnd = {
  /** The tail of stderr. */
  readonly text: string;
  readonly facts: SshFacts;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly timeoutMs: number;
  /** The picked key, where one was picked. */
  readonly identityFile?: string | undefined;
  readonly exitCode: number | null;
  /** Whether this computer has no network; asks the system when absent. */
  readonly offline?: () => boolean;
};

/** Why `ssh` ended before it was ready, as the built-in engine would tell it. Pure but for a changed host key. */
export async function describeFailure(end: SshEnd): Promise<AppError> {
  const { text } = end;
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY DETECTED/.test(text))
    return hostKeyTrouble(end);
  return describeByWords(end);
}

/** The rules in their order: the first that matches counts, so a cause stands before its consequence. */
export function describeByWords(end: SshEnd): AppError {
  const { text, host, port, timeoutMs } = end;
  const destination = /connect to host (\S+) port (\d+): (.+)/.exec(text);
  const where = destination
    ? { host: destination[1] ?? host, port: Number(destination[2] ?? port) }
    : { host, port };
  const make = (code: ErrorCode, details: ErrorDetails = {}) =>
    appError(code, lastLine(text) || code, { details: { ...where, ...details } });

  const configuration =
    /^.*(?:Bad configuration option|terminating, \d+ bad|Bad owner or permissions on).*$/m.exec(text);
  if (configuration) return make('SSH_CONFIG_INVALID', { reason: configuration[0].trim() });

  const unresolved = /Could not resolve hostname (\S+): (.+)/.exec(text);
  if (unresolved) {
    const error = make('SSH_HOST_NOT_FOUND', { host: unresolved[1] ?? host });
    // The lookup itself failed, or says nothing about the name: no network yet, for one.
    const mayPass = /temporary failure/i.test(unresolved[2] ?? '') || (end.offline ?? isOffline)();
    return { ...error, retryable: mayPass };
  }
  if (destination) return describeConnect(destination[3] ?? '', where, timeoutMs, make);
  if (/timed out during banner exchange|^ssh: .*timed out/im.test(text))
    return describeTimeout(where, timeoutMs);

  const kex = /no matching (.+?) found\. Their offer: (\S+)/.exec(text);
  if (kex) {
    // The markers of strict key exchange and of extensions are no algorithms.
    const names = (kex[2] ?? '').split(',').filter((name) => !/^(ext-info-|kex-strict-)/.test(name));
    return make('SSH_KEX_FAILED', { reason: names.join(', ') });
  }
  if (
    /banner line contains invalid characters|invalid format|Bad remote protocol version|Protocol major versions differ/.test(
      text,
    )
  ) {
    return make('SSH_NOT_SSH');
  }
  if (/Host key verification failed/.test(text)) {
    const { keyType = '', fingerprint = '' } = end.facts.hostKey ?? {};
    const code = /requested strict checking/.test(text) ? 'SSH_HOST_KEY_UNKNOWN' : 'SSH_HOST_KEY_DECLINED';
    return make(code, { keyType, fingerprint });
  }
  if (
    /Permission denied \(|Too many authentication failures|No supported authentication methods/.test(text)
  ) {
    return describeRefusal(end, make);
  }
  // What stands at the other end of a ProxyCommand has no name and no port.
  if (/UNKNOWN port 65535/.test(text)) return make('SSH_PROXY_FAILED', { reason: lastLine(text) });
  if (/^kex_exchange_identification: |^Not allowed at this time|^Exceeded MaxStartups/m.test(text)) {
    return make('SSH_BUSY', { reason: lastLine(text) });
  }
  if (isLoss(text)) return describeEnd(text, where);
  // The shell's own code for a program that is not there; `ssh` ends with 255 whatever happens.
  if (end.exitCode === 127) return make('OPENSSH_MISSING');
  const reason = lastLine(text) || `exit ${end.exitCode ?? '?'}`;
  // Nobody knows these words here, so all of them go to the log.
  return appError('OPENSSH_FAILED', text || reason, { details: { ...where, reason } });
}

type Make = (code: ErrorCode, details?: ErrorDetails) => AppError;

function describeConnect(
  words: string,
  where: { host: string; port: number },
  timeoutMs: number,
  make: Make,
): AppError {
  if (/refused/i.test(words)) return make('SSH_REFUSED');
  if (/timed out/i.test(words)) return describeTimeout(where, timeoutMs);
  if (/reset/i.test(words)) return describeEnd(words, where);
  return make('SSH_UNREACHABLE');
}

function describeRefusal({ text, facts, user, identityFile }: SshEnd, make: Make): AppError {
  // Reported in passing by `ssh`, which then goes on without the key.
  const unusable =
    /Identity file (.+) not accessible: (.+?)\.?$/m.exec(text) ?? /Load key "(.+)": (.+)$/m.exec(text);
  if (identityFile !== undefined && facts.offered.length === 0 && unusable) {
    const words = unusable[2] ?? '';
    const cause = Object.entries(identityCauses).find(([, pattern]) => pattern.test(words))?.[0];
    return make('SSH_IDENTITY_UNREADABLE', {
      file: identityFile,
      reason: words.trim(),
      ...(cause !== undefined && { cause }),
    });
  }
  const who = facts.user ?? user;
  if (facts.offered.length === 0) return make('SSH_NO_KEY', { user: who });
  return make('SSH_AUTH_REFUSED', { user: who, offered: [...facts.offered] });
}

/** Keys of the catalogue `causes.SSH_IDENTITY_UNREADABLE`. */
const identityCauses: Record<string, RegExp> = {
  absent: /no such file/i,
  forbidden: /permission|bad permissions/i,
  notAKey: /invalid format|error in libcrypto|unsupported/i,
};

/** Why a session that was ready has ended. */
export function describeEnd(text: string, where: { host: string; port: number }): AppError {
  const reason = lastLine(text);
  const cause = causeOf(text);
  const base = describeLoss(reason, where);
  return cause === null ? base : { ...base, details: { ...base.details, cause } };
}

function isLoss(text: string): boolean {
  return causeOf(text) !== null;
}

/** Keys of the catalogue `causes.SSH_CLOSED`. */
function causeOf(text: string): string | null {
  if (/Timeout, server .*not responding|Connection timed out|Operation timed out/i.test(text))
    return 'silent';
  if (/Connection reset|Broken pipe|Software caused connection abort/i.test(text)) return 'reset';
  if (/closed by|Connection closed|disconnected from|Disconnecting/i.test(text)) return 'closed';
  return null;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

async function hostKeyTrouble({ text, facts, host, port }: SshEnd): Promise<AppError> {
  const shown = /^(SHA256:[A-Za-z0-9+/]+)\.?$/m.exec(text)?.[1] ?? facts.hostKey?.fingerprint ?? '';
  const isRevoked = /REVOKED HOST KEY DETECTED/.test(text);
  const place = /^Offending .*?key in (.+):(\d+)$/m.exec(text);
  const file = place?.[1] ?? '';
  const line = Number(place?.[2] ?? 0);
  const known = file === '' ? undefined : await knownKeyAt(file, line);
  const code = isRevoked ? 'SSH_HOST_KEY_REVOKED' : 'SSH_HOST_KEY_CHANGED';
  return appError(code, `${host} showed ${shown}; see ${file}:${line}`, {
    details: {
      host,
      port,
      keyType: facts.hostKey?.keyType ?? '',
      expected: known ?? '',
      fingerprint: shown,
      file,
      line,
    },
  });
}

async function knownKeyAt(file: string, line: number): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const entry = parseKnownHosts(text, file).find((candidate) => candidate.line === line);
  return entry && fingerprintOf(entry.key);
}
