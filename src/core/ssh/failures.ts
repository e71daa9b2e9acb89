import ipaddr from 'ipaddr.js';
import { type AppError, appError } from '../../shared/errors.ts';
import { isOffline } from '../network-watch/is-offline.ts';
import type { ServerHello, ServerOffer } from './server-hello.ts';

/** Where an attempt went; the details of its errors. */
export type Destination = { readonly host: string; readonly port: number };

/** Errors of name lookup and of the TCP connection. */
export function describeSocketError(
  error: Error,
  { host, port }: Destination,
  timeoutMs: number,
  platform: NodeJS.Platform = process.platform,
  offline: () => boolean = isOffline,
): AppError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const details = { host, port };
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
      // Without a network the answer says nothing about the name.
      return { ...appError('SSH_HOST_NOT_FOUND', error.message, { details }), retryable: offline() };
    case 'EAI_AGAIN':
      // The lookup itself failed: no network yet, for one. The sentence says so, and waiting may help.
      return { ...appError('SSH_HOST_NOT_FOUND', error.message, { details }), retryable: true };
    case 'ECONNREFUSED':
      return appError('SSH_REFUSED', error.message, { details });
    case 'EHOSTUNREACH':
      // What macOS answers to a program without the Local Network permission. A router's answer looks the same.
      if (platform === 'darwin' && isOnLocalNetwork(error, host)) {
        return appError('SSH_LOCAL_NETWORK_BLOCKED', error.message, { details });
      }
      return appError('SSH_UNREACHABLE', error.message, { details });
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
      return appError('SSH_UNREACHABLE', error.message, { details });
    case 'ETIMEDOUT':
      return describeTimeout({ host, port }, timeoutMs);
    default:
      return describeLoss(error.message, { host, port });
  }
}

const localRanges = new Set(['private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat']);

function isOnLocalNetwork(error: Error, host: string): boolean {
  // Of several addresses that were tried, the first.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const isNamed = first instanceof Error && 'address' in first && typeof first.address === 'string';
  const address = isNamed ? String(first.address) : host;
  if (!ipaddr.isValid(address)) return /\.local\.?$/i.test(host);
  return localRanges.has(ipaddr.process(address).range());
}

/** The other side hung up before it said a word: `sshd` drops connections so when it has too many. */
export function describeEarlyEnd(message: string, { host, port }: Destination): AppError {
  return appError('SSH_BUSY', message || 'closed before the greeting', {
    details: { host, port, cause: 'silent' },
  });
}

export function describeTimeout({ host, port }: Destination, timeoutMs: number): AppError {
  const seconds = Math.ceil(timeoutMs / 1000);
  return appError('SSH_TIMEOUT', `no connection to ${host}:${port} within ${timeoutMs} ms`, {
    details: { host, port, seconds },
  });
}

/** `reason` is the other side's or the system's own wording, or empty. */
export function describeLoss(reason: string, { host, port }: Destination): AppError {
  const cause = causeOfLoss(reason);
  return appError('SSH_CLOSED', reason || 'the connection was closed', {
    details: { host, port, reason, ...(cause !== null && { cause }) },
  });
}

/** A key of the catalogue `causes.SSH_CLOSED`; null where the wording itself says most. */
function causeOfLoss(reason: string): string | null {
  if (reason === '' || reason === 'Connection lost before handshake') return 'closed';
  if (/ECONNRESET|EPIPE|ECONNABORTED/.test(reason)) return 'reset';
  return /Keepalive timeout|ETIMEDOUT/.test(reason) ? 'silent' : null;
}

/** Errors between the first byte and the end of the key exchange, by ssh2's message and what the server said. */
export function describeHandshakeError(message: string, hello: ServerHello, where: Destination): AppError {
  if (hello.kind === 'notSsh') {
    return appError('SSH_NOT_SSH', message, { details: { host: where.host, port: where.port } });
  }
  if (hello.kind === 'busy') {
    const cause = hello.text.includes('MaxStartups') ? 'full' : 'penalty';
    return appError('SSH_BUSY', hello.text, { details: { host: where.host, port: where.port, cause } });
  }
  const isOldProtocol = message.includes('identification string') && hello.kind === 'ssh';
  const missing = isOldProtocol ? [hello.ident] : offeredInstead(message, hello);
  if (missing && /no matching key exchange/i.test(message) && missing.every(isPostQuantum)) {
    const details = { host: where.host, cause: 'postQuantum', algorithms: [...missing] };
    return appError('SSH_NEEDS_OPENSSH', message, { details });
  }
  if (missing) {
    const reason = missing.join(', ');
    return appError('SSH_KEX_FAILED', `${message} (${reason})`, { details: { host: where.host, reason } });
  }
  return describeLoss(message, where);
}

function isPostQuantum(algorithm: string): boolean {
  return /^(sntrup|mlkem|kyber|frodo)/i.test(algorithm);
}

const listsByMessage: readonly { readonly pattern: RegExp; readonly list: keyof ServerOffer }[] = [
  { pattern: /no matching key exchange/i, list: 'kex' },
  { pattern: /no matching host key/i, list: 'hostKey' },
  { pattern: /no matching (C->S|S->C) cipher/i, list: 'cipher' },
  { pattern: /no matching (C->S|S->C) MAC/i, list: 'mac' },
  { pattern: /no matching (C->S|S->C) compression/i, list: 'compression' },
];

/** The list in which nothing matched, without the markers that are no algorithms; null when that was not it. */
function offeredInstead(message: string, hello: ServerHello): readonly string[] | null {
  const found = listsByMessage.find(({ pattern }) => pattern.test(message));
  if (!found) return null;
  const offer = hello.kind === 'ssh' ? (hello.offer?.[found.list] ?? []) : [];
  const names = offer.filter((name) => !/^(ext-info-|kex-strict-)/.test(name));
  return names.length > 0 ? names : [message];
}
