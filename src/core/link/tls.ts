import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { gatewayUnreachable } from '../../shared/connection/gateway-unreachable.ts';
import type { GatewayUrl } from '../../shared/connection/gateway-url.ts';
import { formatTlsFingerprint } from '../../shared/connection/tls-pin.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import { brief } from '../../shared/printable.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { type CertificateFacts, certificateDetails, describeCertificate, matchesPin } from './certificate.ts';

type Where = Pick<GatewayUrl, 'href' | 'host' | 'port'>;

/** A connected socket on which nothing but the handshake was sent yet. */
export type Secured = { readonly socket: TLSSocket; readonly certificate: CertificateFacts };

/**
 * The TLS handshake over a connected socket. With a pin the certificate itself has to match it and nothing else counts
 * (R26); without one, the computer's authorities, the name and the dates decide. The socket is destroyed on failure.
 */
export function secure(
  tcp: Socket,
  where: Where,
  { pin, authorities }: { pin: string | null; authorities?: SecureContext | undefined },
): Promise<Result<Secured>> {
  const trust =
    pin === null ? { secureContext: authorities ?? systemAuthorities() } : { rejectUnauthorized: false };
  return handshake(tcp, where, trust, (socket) => {
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) return err(failed(where, 'no certificate'));
    const facts = describeCertificate(certificate);
    if (pin !== null && !matchesPin(certificate, pin)) return err(pinMismatch(where, pin, facts));
    return ok({ socket, certificate: facts });
  });
}

/** What the other side shows, whoever it is, so that a person may judge it. Sends nothing; the socket is gone then. */
export async function inspectCertificate(tcp: Socket, where: Where): Promise<CertificateFacts | null> {
  const seen = await handshake(tcp, where, { rejectUnauthorized: false }, (socket) => {
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    return ok(certificate ? describeCertificate(certificate) : null);
  });
  return seen.ok ? seen.value : null;
}

function handshake<T>(
  tcp: Socket,
  where: Where,
  trust: ConnectionOptions,
  judge: (socket: TLSSocket) => Result<T>,
): Promise<Result<T>> {
  return new Promise((resolve) => {
    const socket = connect({
      socket: tcp,
      // The name the certificate has to carry; SNI takes no addresses.
      host: where.host,
      ...(isIP(where.host) === 0 && { servername: where.host }),
      ALPNProtocols: ['http/1.1'],
      ...trust,
    });
    const settle = (result: Result<T>) => {
      socket.off('error', fail);
      socket.off('close', closed);
      // Whoever holds the socket next reads what happens from 'close'.
      socket.on('error', () => {});
      if (!result.ok) socket.destroy();
      resolve(result);
    };
    const fail = (error: NodeJS.ErrnoException) => settle(err(describeTlsError(error, where)));
    const closed = () => settle(err(cutOff(where, 'closed during the TLS handshake')));
    socket.once('error', fail);
    socket.once('close', closed);
    socket.once('secureConnect', () => settle(judge(socket)));
  });
}

let authorities: SecureContext | null = null;

/** Node's own list, what NODE_EXTRA_CA_CERTS adds, and what the operating system trusts. */
function systemAuthorities(): SecureContext {
  authorities ??= createSecureContext({
    ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])],
  });
  return authorities;
}

function pinMismatch(where: Where, pin: string, facts: CertificateFacts): AppError {
  return appError('GATEWAY_TLS_PIN_MISMATCH', `the certificate of ${where.host} is not the pinned one`, {
    details: {
      host: where.host,
      port: where.port,
      expected: formatTlsFingerprint(pin),
      ...certificateDetails(facts),
    },
  });
}

/** OpenSSL's words for bytes that are no TLS record. */
const NOT_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNKNOWN_PROTOCOL|BAD_RECORD_TYPE/;
/** Verification failures other than name and date, as Node names X.509 errors. */
const UNTRUSTED = /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/;

/** What can be said in words; the others keep OpenSSL's. */
function untrustedCause(code: string): 'selfSigned' | 'unknownIssuer' | null {
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT') return 'selfSigned';
  if (/^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF))/.test(code))
    return 'unknownIssuer';
  return null;
}

function describeTlsError(error: NodeJS.ErrnoException, where: Where): AppError {
  const { host, port } = where;
  const code = error.code ?? '';
  const reason = code || brief(error.message);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return appError('GATEWAY_TLS_NAME_MISMATCH', code, { details: { host, port } });
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const cause = code === 'CERT_HAS_EXPIRED' ? 'expired' : 'notYet';
    return appError('GATEWAY_TLS_EXPIRED', code, { details: { host, port, cause } });
  }
  if (UNTRUSTED.test(code)) {
    const cause = untrustedCause(code);
    return appError('GATEWAY_TLS_UNTRUSTED', code, {
      details: { host, port, reason, ...(cause && { cause }) },
    });
  }
  if (NOT_TLS.test(code) || NOT_TLS.test(error.message)) {
    return appError('GATEWAY_TLS_MISSING', reason, { details: { host, port } });
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO')
    return failed(where, reason);
  return cutOff(where, reason);
}

function failed({ host, port }: Where, reason: string): AppError {
  return appError('GATEWAY_TLS_FAILED', reason, { details: { host, port, reason } });
}

function cutOff({ href }: Where, reason: string): AppError {
  return gatewayUnreachable(href, reason);
}
