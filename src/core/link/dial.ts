import { lookup as systemLookup } from 'node:dns/promises';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { gatewayUnreachable } from '../../shared/connection/gateway-unreachable.ts';
import { type GatewayUrl, parseGatewayUrl } from '../../shared/connection/gateway-url.ts';
import {
  type AllowedPeers,
  allowedPeers,
  isAllowedPeer,
  plaintextLedAway,
} from '../../shared/connection/plaintext-rule.ts';
import { parseTlsFingerprint } from '../../shared/connection/tls-pin.ts';
import { type AppError, appError, type ErrorCode } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { isOffline } from '../network-watch/is-offline.ts';
import { type CertificateFacts, certificateDetails } from './certificate.ts';
import { inspectCertificate, secure } from './tls.ts';

/** Where a Gateway is, wherever it was written: a tunnel's end, `gateway.remote.url`, Settings, or `--url`. */
export type GatewayAddress = {
  readonly url: string;
  /** R26: pins the certificate of a `wss://` URL. Empty and null are none; ill-written is refused. */
  readonly tlsFingerprint?: string | null | undefined;
  /** Of the process that opens the socket, for R24's break-glass. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
};

/** How a dial touches the world, so that a test may give it another one. */
export type DialTools = {
  /** Every address of a name. Rejects with the resolver's error. */
  readonly lookup: (host: string) => Promise<readonly { address: string; family: number }[]>;
  readonly connect: typeof connect;
  /** Whether this computer has no address but loopback's. */
  readonly isOffline: () => boolean;
  /** Whom to trust without a pin. Absent: Node's and the system's authorities. */
  readonly authorities?: SecureContext;
};

export type DialOptions = GatewayAddress & {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly tools?: Partial<DialTools> | undefined;
};

export type Dialed = {
  readonly url: GatewayUrl;
  /** Connected, and for `wss://` secured and judged. Nothing of ours was sent on it but the handshake. */
  readonly socket: Socket;
  /** Of a `wss://` Gateway. */
  readonly certificate: CertificateFacts | null;
};

/**
 * The one way in which Chela connects to a Gateway: reads the URL, holds it against R24, looks the name up, connects,
 * holds the address that was reached against R24 again, and secures and judges `wss://` (R26), all before the first
 * byte that could be a secret. Failures: GATEWAY_URL_INVALID, GATEWAY_PLAINTEXT_*, GATEWAY_TLS_*,
 * GATEWAY_HOST_NOT_FOUND, NETWORK_DOWN, GATEWAY_UNREACHABLE, STOPPED. Never rejects.
 */
export async function dialGateway(options: DialOptions): Promise<Result<Dialed>> {
  const target = checkAddress(options);
  if (!target.ok) return target;
  const { url, pin, allowed } = target.value;
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const tools: DialTools = { lookup: lookupAll, connect, isOffline, ...options.tools };
  const reach = () => reachHost(url, allowed, tools, signal);

  const tcp = await reach();
  if (!tcp.ok) return tcp;
  if (!url.secure) return ok({ url, socket: tcp.value, certificate: null });

  const secured = await untilAborted(
    secure(tcp.value, url, { pin, authorities: tools.authorities }),
    tcp.value,
    signal,
    url,
  );
  if (secured.ok) return ok({ url, ...secured.value });
  return err(await withCertificate(secured.error, url, reach, signal));
}

type Target = { readonly url: GatewayUrl; readonly pin: string | null; readonly allowed: AllowedPeers };

/** What can be said before anything is opened, for a field in Settings too. */
export function checkAddress({
  url: text,
  tlsFingerprint,
  env = process.env,
}: GatewayAddress): Result<Target> {
  const url = parseGatewayUrl(text);
  if (!url.ok) return url;
  const allowed = allowedPeers(url.value, env);
  if (!allowed.ok) return allowed;
  const pinText = tlsFingerprint?.trim() ?? '';
  if (pinText === '') return ok({ url: url.value, pin: null, allowed: allowed.value });
  const pin = parseTlsFingerprint(pinText);
  if (!pin.ok) return pin;
  if (!url.value.secure) {
    const details = { host: url.value.host };
    return err(appError('GATEWAY_TLS_PIN_NEEDS_WSS', 'R26: a pin without TLS', { details }));
  }
  return ok({ url: url.value, pin: pin.value, allowed: allowed.value });
}

/** A name is resolved once, and only addresses that R24 lets through are tried. */
async function reachHost(
  url: GatewayUrl,
  allowed: AllowedPeers,
  tools: DialTools,
  signal: AbortSignal,
): Promise<Result<Socket>> {
  const { host, port } = url;
  let resolve: { lookup: LookupFunction } | null = null;
  if (isIP(host) === 0) {
    // The system's resolver can't be told to stop, and takes as long as its name servers let it: it is left behind.
    const found = await Promise.race([
      tools.lookup(host).catch((error: unknown) => error as NodeJS.ErrnoException),
      whenAborted(signal),
    ]);
    if (found === null || signal.aborted) return err(aborted(signal, url));
    if (found instanceof Error) return err(describeLookup(found, url, tools.isOffline()));
    const good = found.filter(({ address }) => isAllowedPeer(allowed, address));
    if (good.length === 0) return err(plaintextLedAway(host, found[0]?.address ?? '?'));
    resolve = { lookup: answer(good) };
  }
  return new Promise((settle) => {
    const socket = tools.connect({ host, port, noDelay: true, ...resolve });
    const done = (result: Result<Socket>) => {
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
      socket.on('error', () => {});
      if (!result.ok) socket.destroy();
      settle(result);
    };
    const fail = (error: Error) => done(err(unreachable(url, errnoOf(error))));
    const abort = () => done(err(aborted(signal, url)));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      // The name was only a promise; this is where the bytes would go.
      const reached = socket.remoteAddress ?? '';
      done(isAllowedPeer(allowed, reached) ? ok(socket) : err(plaintextLedAway(host, reached || '?')));
    });
    if (signal.aborted) abort();
  });
}

/** `net.connect` asks for all addresses when it may race them, for one otherwise. */
function answer(found: readonly { address: string; family: number }[]): LookupFunction {
  return (_host, options, callback) => {
    if (options.all) return callback(null, [...found]);
    const [first] = found;
    callback(null, first?.address ?? '', first?.family ?? 4);
  };
}

function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

async function lookupAll(host: string) {
  return systemLookup(host, { all: true });
}

function untilAborted<T>(
  work: Promise<Result<T>>,
  socket: Socket,
  signal: AbortSignal,
  url: GatewayUrl,
): Promise<Result<T>> {
  return new Promise((settle) => {
    const abort = () => {
      socket.destroy();
      settle(err(aborted(signal, url)));
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    void work.then((result) => {
      signal.removeEventListener('abort', abort);
      settle(result);
    });
  });
}

/** The refusals after which a person may want to look at the certificate, and perhaps pin it. */
const REVIEWABLE: ReadonlySet<ErrorCode> = new Set([
  'GATEWAY_TLS_UNTRUSTED',
  'GATEWAY_TLS_NAME_MISMATCH',
  'GATEWAY_TLS_EXPIRED',
]);

/** Node shows no certificate that it refused, so it is fetched on a connection of its own, on which nothing is sent. */
async function withCertificate(
  error: AppError,
  url: GatewayUrl,
  reach: () => Promise<Result<Socket>>,
  signal: AbortSignal,
): Promise<AppError> {
  if (!REVIEWABLE.has(error.code)) return error;
  const again = await reach();
  if (!again.ok) return error;
  const seen = await untilAborted(inspectCertificate(again.value, url).then(ok), again.value, signal, url);
  if (!seen.ok || seen.value === null) return error;
  return { ...error, details: { ...error.details, ...certificateDetails(seen.value) } };
}

/** Only a name server that answers knows that a name does not exist: everything else may pass. */
function describeLookup(
  error: NodeJS.ErrnoException,
  { host }: Pick<GatewayUrl, 'host'>,
  offline: boolean,
): AppError {
  if (offline) return appError('NETWORK_DOWN', errnoOf(error));
  const isUnknown = error.code === 'ENOTFOUND' || error.code === 'ENODATA';
  const cause = isUnknown ? 'unknown' : 'noAnswer';
  const details = { host, cause };
  return { ...appError('GATEWAY_HOST_NOT_FOUND', errnoOf(error), { details }), retryable: !isUnknown };
}

function aborted(signal: AbortSignal, url: GatewayUrl): AppError {
  const isLate = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  return isLate ? unreachable(url, 'ETIMEDOUT') : appError('STOPPED', 'the connection was given up');
}

function unreachable(url: GatewayUrl, reason: string): AppError {
  return gatewayUnreachable(url.href, reason);
}

/** Several addresses of one name give one error each; a refusal says more than a missing route. */
function errnoOf(error: Error): string {
  const all: Error[] = error instanceof AggregateError ? error.errors : [error];
  const codes = all.map((one) => (one as NodeJS.ErrnoException).code ?? one.message);
  return codes.find((code) => code === 'ECONNREFUSED') ?? codes[0] ?? error.message;
}
