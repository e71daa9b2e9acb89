import type { Server } from 'node:http';
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { isLoopbackHost } from '../auth/loopback.ts';

export type Vitals = { readonly version: string; readonly uptimeMs: () => number };

const LOOPBACK = '127.0.0.1';

/**
 * Headers that a proxy adds. Behind one every client would look local, and local devices are paired without
 * asking; so a request that went through a proxy is turned away (observed).
 */
const proxyHeaders = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'tailscale-user-login',
] as const;

type Refused = { readonly status: 403; readonly body: string };

/** Why a request does not count as coming straight from this computer, or null. */
function findStranger(request: IncomingMessage): Refused | null {
  if (!isLoopbackHost(request.headers.host)) return { status: 403, body: 'Forbidden' };
  if (proxyHeaders.some((name) => request.headers[name] !== undefined)) {
    return {
      status: 403,
      body: JSON.stringify({
        error: { message: 'requests through a proxy are not accepted', type: 'proxy_attribution_required' },
      }),
    };
  }
  return null;
}

const pathOf = (request: IncomingMessage) =>
  URL.parse(request.url ?? '', `http://${LOOPBACK}`)?.pathname ?? '';

function healthBody(path: string, vitals: Vitals): object | null {
  switch (path) {
    case '/health':
    case '/healthz':
      return { ok: true, status: 'live' };
    case '/ready':
    case '/readyz':
      return { ready: true, failing: [], uptimeMs: vitals.uptimeMs() };
    case '/startupz':
      return { ok: true, status: 'started', version: vitals.version, uptimeMs: vitals.uptimeMs() };
    default:
      return null;
  }
}

function send(
  response: ServerResponse,
  status: number,
  type: 'text/plain' | 'application/json',
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

function sendText(response: ServerResponse, status: number, headers?: Record<string, string>): void {
  send(response, status, 'text/plain', STATUS_CODES[status] ?? '', headers);
}

/** The health endpoints; everything else is 404. The WebSocket upgrade is {@link acceptUpgrade}'s. */
export function createHttpServer(vitals: Vitals): Server {
  return createServer((request, response) => {
    request.resume();
    const stranger = findStranger(request);
    if (stranger !== null) return sendText(response, stranger.status);
    const body = healthBody(pathOf(request), vitals);
    if (body === null) return sendText(response, 404);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return sendText(response, 405, { allow: 'GET, HEAD' });
    }
    // Node leaves the body of an answer to HEAD out by itself.
    send(response, 200, 'application/json', JSON.stringify(body));
  });
}

/** True when the upgrade may go on; otherwise the socket got its HTTP answer and is closed. */
export function acceptUpgrade(request: IncomingMessage, socket: Duplex): boolean {
  const stranger = findStranger(request);
  if (stranger === null && pathOf(request) === '/') return true;
  const { status, body } = stranger ?? { status: 404, body: 'Not Found' };
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n` +
      `Content-Type: ${body.startsWith('{') ? 'application/json' : 'text/plain'}; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return false;
}

/**
 * Listens on 127.0.0.1 only (R2, R23) and resolves with the port. Rejects with {@link AppErrorException}:
 * PORT_IN_USE, PORT_FORBIDDEN, LOCAL_GATEWAY_FAILED.
 */
export function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const code =
        error.code === 'EADDRINUSE'
          ? 'PORT_IN_USE'
          : error.code === 'EACCES'
            ? 'PORT_FORBIDDEN'
            : 'LOCAL_GATEWAY_FAILED';
      reject(
        new AppErrorException(
          appError(code, error.message, { details: { port, reason: error.code ?? error.message } }),
        ),
      );
    };
    server.once('error', onError);
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
