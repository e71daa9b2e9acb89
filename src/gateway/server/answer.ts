import { type ServerResponse, STATUS_CODES } from 'node:http';

type ContentType = 'text/plain' | 'application/json' | 'text/event-stream';

/** The headers of every answer. */
export function answerHeaders(type: ContentType): Record<string, string> {
  return {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
}

function send(
  response: ServerResponse,
  status: number,
  type: ContentType,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    ...answerHeaders(type),
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  });
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(body);
}

export function sendText(response: ServerResponse, status: number, headers?: Record<string, string>): void {
  send(response, status, 'text/plain', STATUS_CODES[status] ?? '', headers);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers?: Record<string, string>,
): void {
  send(response, status, 'application/json', JSON.stringify(body), headers);
}

const messages = {
  proxy_attribution_required:
    'The client behind this proxy is not known. List the proxy in gateway.trustedProxies and let it set X-Forwarded-For.',
  host_not_allowed: 'This name is not one of this computer.',
  origin_not_allowed: 'Pages of this origin may not call this Gateway.',
  unauthorized: 'Unauthorized',
  forbidden: 'Forbidden',
  unavailable: 'The Gateway is starting or stopping. Try again in a moment.',
  rate_limited: 'Too many failed authentication attempts. Try again later.',
} as const;

export type HttpErrorType = keyof typeof messages;

/** The error body of a real Gateway (observed). */
export const errorBody = (type: HttpErrorType, message: string = messages[type]) => ({
  error: { message, type },
});
