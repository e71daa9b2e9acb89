import type { ServerResponse } from 'node:http';
import { sendJson, sendText } from './answer.ts';

export type Vitals = { readonly version: string; readonly uptimeMs: () => number };

/** The body of a health path; null for another path. Details are for callers of this computer or with a credential. */
function healthBody(path: string, vitals: Vitals, isTrusted: () => boolean): object | null {
  switch (path) {
    case '/health':
    case '/healthz':
      return { ok: true, status: 'live' };
    case '/ready':
    case '/readyz':
      return { ready: true, ...(isTrusted() && { failing: [], uptimeMs: vitals.uptimeMs() }) };
    case '/startup':
    case '/startupz':
      return {
        ok: true,
        status: 'started',
        ...(isTrusted() && { version: vitals.version, uptimeMs: vitals.uptimeMs() }),
      };
    default:
      return null;
  }
}

/** Answers a health request (observed: GET and HEAD only); false for another path. */
export function answerHealth(
  request: { path: string; method: string | undefined; isTrusted: () => boolean },
  response: ServerResponse,
  vitals: Vitals,
): boolean {
  const body = healthBody(request.path, vitals, request.isTrusted);
  if (body === null) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') sendText(response, 405, { allow: 'GET, HEAD' });
  else sendJson(response, 200, body);
  return true;
}
