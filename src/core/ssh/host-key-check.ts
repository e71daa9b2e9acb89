import { assertNever } from '../../shared/assert-never.ts';
import type { HostKeyChange } from '../../shared/contract/snapshot.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import type { AskQuestion } from '../questions.ts';
import { isSupportedKeyType } from './algorithms.ts';
import type { StrictHostKeyChecking } from './config.ts';
import {
  fingerprintOf,
  type HostKeyVerdict,
  hostKeyType,
  type KnownHostEntry,
  type KnownHostPlace,
  lookupHostKey,
  trustedPlaces,
} from './known-hosts.ts';
import { appendKnownHost, type KnownHostsFiles, readKnownHosts } from './known-hosts-file.ts';
import { randomartOf } from './randomart.ts';

export type HostKeyCheck = {
  readonly host: string;
  readonly port: number;
  /** The name under which the key is known instead of host and port; null: none. */
  readonly hostKeyAlias: string | null;
  /** What happens to a key that nobody knows. A changed or revoked one is refused whatever this says. */
  readonly unknown: StrictHostKeyChecking;
  readonly onChange?: ((change: OfferedHostKeyChange) => void) | undefined;
  /** The public key blob that the server showed. */
  readonly key: Buffer;
  /** As read before the connection was made. */
  readonly entries: readonly KnownHostEntry[];
  readonly files: KnownHostsFiles;
  readonly ask: AskQuestion;
  readonly signal: AbortSignal;
};

/** A changed key as a screen shows it, and what {@link replaceHostKey} needs to trust it. */
export type OfferedHostKeyChange = HostKeyChange & {
  readonly hostKeyAlias: string | null;
  readonly files: KnownHostsFiles;
  /** The public key blob that the server offered. */
  readonly key: Buffer;
};

/** How OpenSSH names a host in known_hosts: an alias stands without a port. */
export function knownAs(
  host: string,
  port: number,
  hostKeyAlias: string | null,
): { readonly host: string; readonly port: number } {
  return hostKeyAlias === null ? { host, port } : { host: hostKeyAlias, port: 22 };
}

/**
 * Resolves when the key is trusted: it was known, or a person said yes and the line is written.
 * Throws SSH_HOST_KEY_CHANGED (after `onChange`), SSH_HOST_KEY_REVOKED (both never asked about),
 * SSH_HOST_KEY_UNKNOWN, SSH_HOST_KEY_DECLINED, KNOWN_HOSTS_UNWRITABLE, or the signal's reason.
 */
export async function checkHostKey(check: HostKeyCheck): Promise<void> {
  if (isKnown(check, check.entries)) return;

  const { host, port, key } = check;
  const keyType = hostKeyType(key) ?? '';
  const fingerprint = fingerprintOf(key);
  const details = { host, keyType, fingerprint };
  if (check.unknown === 'yes') {
    const message = `${keyType} ${fingerprint} of ${host} is not in known_hosts`;
    throw new AppErrorException(appError('SSH_HOST_KEY_UNKNOWN', message, { details }));
  }
  const knownHostsFile = check.files.user[0];
  if (check.unknown === 'ask') {
    const question = {
      kind: 'hostKey',
      host,
      port,
      keyType,
      fingerprint,
      art: randomartOf(key),
      knownHostsFile: knownHostsFile ?? '',
    } as const;
    const answer = await check.ask(question, check.signal);
    if (answer.kind !== 'hostKey' || !answer.trust) {
      const message = `${keyType} ${fingerprint} of ${host} was not trusted`;
      throw new AppErrorException(appError('SSH_HOST_KEY_DECLINED', message, { details }));
    }
    // The file may have changed while the person was thinking.
    if (isKnown(check, await readKnownHosts(check.files))) return;
  }
  const name = knownAs(host, port, check.hostKeyAlias);
  // `UserKnownHostsFile none`: trusted for this once, as in `ssh`.
  if (knownHostsFile !== undefined) await appendKnownHost(knownHostsFile, name.host, name.port, key);
}

/** False: nobody has said anything about this host. Throws for a key that was changed or revoked. */
function isKnown(check: HostKeyCheck, entries: readonly KnownHostEntry[]): boolean {
  const { key } = check;
  const name = knownAs(check.host, check.port, check.hostKeyAlias);
  const found = lookupHostKey(entries, name.host, name.port, hostKeyType(key) ?? '', key);
  switch (found.verdict) {
    case 'known':
      return true;
    case 'revoked':
      throw refusal('SSH_HOST_KEY_REVOKED', check, found);
    case 'changed':
      throw changed(check, entries, found);
    case 'unknown': {
      // We asked for a key of the known type first. A host that suddenly has none is not a host never seen.
      const place = withheld(found);
      if (place) throw changed(check, entries, place);
      return false;
    }
    default:
      return assertNever(found);
  }
}

function withheld(found: Extract<HostKeyVerdict, { verdict: 'unknown' }>): KnownHostPlace | undefined {
  return found.otherTypes.find((place) => isSupportedKeyType(place.keyType));
}

function changed(
  check: HostKeyCheck,
  entries: readonly KnownHostEntry[],
  place: KnownHostPlace,
): AppErrorException {
  const { host, port, key, hostKeyAlias, files } = check;
  const name = knownAs(host, port, hostKeyAlias);
  check.onChange?.({
    host,
    port,
    hostKeyAlias,
    files,
    key,
    keyType: hostKeyType(key) ?? '',
    fingerprint: fingerprintOf(key),
    art: randomartOf(key),
    known: trustedPlaces(entries, name.host, name.port),
  });
  return refusal('SSH_HOST_KEY_CHANGED', check, place);
}

function refusal(
  code: 'SSH_HOST_KEY_CHANGED' | 'SSH_HOST_KEY_REVOKED',
  check: HostKeyCheck,
  place: KnownHostPlace,
): AppErrorException {
  const { host, key } = check;
  const fingerprint = fingerprintOf(key);
  const { file, line } = place;
  return new AppErrorException(
    appError(code, `${host} showed ${fingerprint}; see ${file}:${line}`, {
      details: { host, expected: place.fingerprint, fingerprint, file, line },
    }),
  );
}
