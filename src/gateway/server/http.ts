import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { type HttpCaller, type HttpDoor, judgeHttpCaller } from '../auth/http-caller.ts';
import type { Ingress } from '../auth/ingress.ts';
import { scopeGranted } from '../auth/scopes.ts';
import type { GatewayLogger } from '../options.ts';
import { errorBody, sendJson, sendText } from './answer.ts';
import type { Gate } from './gate.ts';
import { answerHealth, type Vitals } from './health-routes.ts';
import type { Strangers } from './strangers.ts';

/** One path of the HTTP API. `handle` is called for admitted callers only. */
export type ApiRoute = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The scope that a caller needs. */
  readonly scope: string;
  readonly handle: (
    request: IncomingMessage,
    response: ServerResponse,
    scopes: readonly string[],
  ) => void | Promise<void>;
};

export type HttpDeps = {
  readonly vitals: Vitals;
  readonly door: HttpDoor;
  readonly strangers: Strangers;
  readonly routes: readonly ApiRoute[];
  /** A peer that takes longer to say what it wants is cut off. */
  readonly headersTimeoutMs: number;
  readonly logger: GatewayLogger;
};

/** The body of a request may take longer than its headers. */
const REQUEST_TIMEOUT_MS = 60_000;

const pathOf = (request: IncomingMessage) =>
  URL.parse(request.url ?? '', 'http://gateway.invalid')?.pathname ?? '';

/** Health, the HTTP API, and 404. The WebSocket upgrade is {@link acceptUpgrade}'s. */
export function createHttpServer(gate: Gate, deps: HttpDeps): Server {
  const { headersTimeoutMs: headersTimeout } = deps;
  const timeouts = {
    headersTimeout,
    requestTimeout: Math.max(headersTimeout, REQUEST_TIMEOUT_MS),
    connectionsCheckingInterval: Math.ceil(headersTimeout / 3),
  };
  const server = createServer(timeouts, (request, response) => {
    void answer(request, response).catch((thrown) => {
      deps.logger.error({ path: pathOf(request), reason: String(thrown) }, 'an HTTP request failed');
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: { message: 'internal error', type: 'internal_error' } });
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrival = await gate(request);
    const path = pathOf(request);
    if (arrival.ok || arrival.type === 'proxy_attribution_required') {
      const isTrusted = () => arrival.ok && isKnown(arrival.ingress, request, deps.door);
      if (answerHealth({ path, method: request.method, isTrusted }, response, deps.vitals)) {
        request.resume();
        return;
      }
    }
    if (!arrival.ok) return refuse(request, response, arrival.status, errorBody(arrival.type));
    if (deps.vitals.phase() !== 'running') {
      return refuse(request, response, 503, errorBody('unavailable'), { 'retry-after': '1' });
    }
    const route = deps.routes.find((one) => one.path === path);
    if (route === undefined) {
      request.resume();
      return sendText(response, 404);
    }
    if (request.method !== route.method) {
      request.resume();
      return sendText(response, 405, { allow: route.method });
    }
    const caller = judgeHttpCaller(deps.door, { ingress: arrival.ingress, headers: request.headers });
    if (!caller.ok) return refuseCaller(request, response, caller);
    deps.strangers.known(request.socket);
    if (!scopeGranted(caller.scopes, route.scope)) {
      return refuse(request, response, 403, errorBody('forbidden', `missing scope: ${route.scope}`));
    }
    await route.handle(request, response, caller.scopes);
  }
  return server;
}

/** Callers who may see details: of this computer, or with a credential. */
function isKnown(ingress: Ingress, request: IncomingMessage, door: HttpDoor): boolean {
  if (ingress.kind === 'direct' && ingress.isLoopback) return true;
  return judgeHttpCaller(door, { ingress, headers: request.headers }).ok;
}

function refuseCaller(
  request: IncomingMessage,
  response: ServerResponse,
  caller: Extract<HttpCaller, { ok: false }>,
): void {
  if (caller.why === 'rate_limited') {
    const seconds = String(Math.ceil(caller.retryAfterMs / 1_000));
    refuse(request, response, 429, errorBody('rate_limited'), { 'retry-after': seconds });
  } else {
    refuse(request, response, caller.why === 'unauthorized' ? 401 : 403, errorBody(caller.why));
  }
}

/** The rest of the request is not read: the connection ends with the answer. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  request.resume();
  sendJson(response, status, body, { connection: 'close', ...headers });
}

/** The ingress of an upgrade that may go on; otherwise the socket got its HTTP answer, is closed, and null. */
export async function acceptUpgrade(
  gate: Gate,
  strangers: Strangers,
  request: IncomingMessage,
  socket: Duplex,
): Promise<Ingress | null> {
  const arrival = await gate(request);
  if (!arrival.ok) {
    reject(socket, arrival.status, 'application/json', JSON.stringify(errorBody(arrival.type)));
  } else if (pathOf(request) !== '/') {
    reject(socket, 404, 'text/plain', 'Not Found');
  } else if (!strangers.identified(socket, arrival.ingress, request.headers.origin)) {
    // As a real Gateway answers (observed).
    reject(socket, 503, 'text/plain', 'Too many unauthenticated sockets');
  } else return arrival.ingress;
  return null;
}

function reject(socket: Duplex, status: number, type: string, body: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n` +
      `Content-Type: ${type}; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
