import { assertNever } from '../../shared/assert-never.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import type { AskQuestion } from '../questions.ts';
import { isSupportedKeyType } from './algorithms.ts';
import {
  fingerprintOf,
  type HostKeyVerdict,
  hostKeyType,
  type KnownHostEntry,
  type KnownHostPlace,
  lookupHostKey,
} from './known-hosts.ts';
import { appendKnownHost, type KnownHostsFiles, readKnownHosts } from './known-hosts-file.ts';

export type HostKeyCheck = {
  readonly host: string;
  readonly port: number;
  /** The public key blob that the server showed. */
  readonly key: Buffer;
  /** As read before the connection was made. */
  readonly entries: readonly KnownHostEntry[];
  readonly files: KnownHostsFiles;
  readonly ask: AskQuestion;
  readonly signal: AbortSignal;
};

/**
 * Resolves when the key is trusted: it was known, or a person said yes and the line is written.
 * Throws SSH_HOST_KEY_CHANGED, SSH_HOST_KEY_REVOKED (both never asked about), SSH_HOST_KEY_DECLINED,
 * KNOWN_HOSTS_UNWRITABLE, or the signal's reason.
 */
export async function checkHostKey(check: HostKeyCheck): Promise<void> {
  if (isKnown(check, check.entries)) return;

  const { host, port, key } = check;
  const keyType = hostKeyType(key) ?? '';
  const fingerprint = fingerprintOf(key);
  const knownHostsFile = check.files.user[0] ?? '';
  const answer = await check.ask(
    { kind: 'hostKey', host, port, keyType, fingerprint, knownHostsFile },
    check.signal,
  );
  if (answer.kind !== 'hostKey' || !answer.trust) {
    throw new AppErrorException(
      appError('SSH_HOST_KEY_DECLINED', `${keyType} ${fingerprint} of ${host} was not trusted`, {
        details: { host, keyType, fingerprint },
      }),
    );
  }
  // The file may have changed while the person was thinking.
  if (isKnown(check, await readKnownHosts(check.files))) return;
  await appendKnownHost(knownHostsFile, host, port, key);
}

/** False: nobody has said anything about this host. Throws for a key that was changed or revoked. */
function isKnown(check: HostKeyCheck, entries: readonly KnownHostEntry[]): boolean {
  const { host, port, key } = check;
  const found = lookupHostKey(entries, host, port, hostKeyType(key) ?? '', key);
  switch (found.verdict) {
    case 'known':
      return true;
    case 'revoked':
      throw refusal('SSH_HOST_KEY_REVOKED', check, found);
    case 'changed':
      throw refusal('SSH_HOST_KEY_CHANGED', check, found);
    case 'unknown': {
      // We asked for a key of the known type first. A host that suddenly has none is not a host never seen.
      const place = withheld(found);
      if (place) throw refusal('SSH_HOST_KEY_CHANGED', check, place);
      return false;
    }
    default:
      return assertNever(found);
  }
}

function withheld(found: Extract<HostKeyVerdict, { verdict: 'unknown' }>): KnownHostPlace | undefined {
  return found.otherTypes.find((place) => isSupportedKeyType(place.keyType));
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
