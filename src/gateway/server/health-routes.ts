import type { ServerResponse } from 'node:http';
import { GATEWAY_STARTUP_UNAVAILABLE_REASON } from '@openclaw/gateway-protocol/startup-unavailable';
import { sendJson, sendText } from './answer.ts';
import type { Phase } from './phase.ts';

export type Vitals = {
  readonly version: string;
  readonly uptimeMs: () => number;
  readonly phase: () => Phase;
};

type Health = { readonly status: 200 | 503; readonly body: object };

/** How the phases are called there (doc). */
const phases: Record<Phase, { readonly startup: string; readonly failing: readonly string[] }> = {
  starting: { startup: 'starting', failing: [GATEWAY_STARTUP_UNAVAILABLE_REASON] },
  running: { startup: 'started', failing: [] },
  stopping: { startup: 'draining', failing: ['gateway-draining'] },
};

/** What a health path says; null for another path. Details are for callers of this computer or with a credential. */
function healthOf(path: string, vitals: Vitals, isTrusted: () => boolean): Health | null {
  const phase = vitals.phase();
  const isRunning = phase === 'running';
  const status = isRunning ? 200 : 503;
  const { startup, failing } = phases[phase];
  switch (path) {
    case '/health':
    case '/healthz':
      return { status: 200, body: { ok: true, status: 'live' } };
    case '/ready':
    case '/readyz': {
      const details = isTrusted() && { failing, uptimeMs: vitals.uptimeMs() };
      return { status, body: { ready: isRunning, ...details } };
    }
    case '/startup':
    case '/startupz': {
      const [pendingReason] = phase === 'starting' ? failing : [];
      const details = isTrusted() && {
        version: vitals.version,
        uptimeMs: vitals.uptimeMs(),
        ...(pendingReason !== undefined && { pendingReason }),
      };
      return { status, body: { ok: isRunning, status: startup, ...details } };
    }
    default:
      return null;
  }
}

/** Answers a health request (observed: GET and HEAD only; bodies as documented); false for another path. */
export function answerHealth(
  request: { path: string; method: string | undefined; isTrusted: () => boolean },
  response: ServerResponse,
  vitals: Vitals,
): boolean {
  const health = healthOf(request.path, vitals, request.isTrusted);
  if (health === null) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') sendText(response, 405, { allow: 'GET, HEAD' });
  else sendJson(response, health.status, health.body);
  return true;
}
