import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { type AppError, appError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { brief, mapConnectFailure, notAGateway } from '../link/connect-error.ts';

const challengeSchema = z.object({
  type: z.literal('event'),
  event: z.literal('connect.challenge'),
  payload: z.looseObject({ nonce: z.string(), ts: z.number().optional() }),
});

const upgradeRefusalSchema = z.object({
  error: z.object({ type: z.string(), message: z.string().optional() }),
});

export type Challenge =
  /** `ts`: the Gateway's clock, epoch milliseconds. */
  { readonly ok: true; readonly ts: number | null } | { readonly ok: false; readonly error: AppError };

/**
 * Opens a WebSocket and waits for the challenge that a Gateway sends at once. The socket is gone when this settles.
 * Rejects only with the signal's reason. Errors are those of the link: NOT_A_GATEWAY, GATEWAY_STARTING, GATEWAY_UNREACHABLE.
 */
export function probeChallenge(
  url: string,
  { clock, timeoutMs, signal }: { clock: Clock; timeoutMs: number; signal: AbortSignal },
): Promise<Challenge> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { handshakeTimeout: timeoutMs, perMessageDeflate: false });
    let socketOpened = false;
    let cause: Error | undefined;
    const settle = (run: () => void) => {
      cancelTimer();
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.terminate();
      run();
    };
    const fail = (failure: { closeCode: number; closeReason?: string; timedOut?: boolean }) => {
      const error = mapConnectFailure(
        {
          socketOpened,
          connectSent: false,
          closeReason: '',
          timedOut: false,
          ...failure,
          ...(cause && { cause }),
        },
        { url },
      );
      settle(() => resolve({ ok: false, error }));
    };
    const abort = () => settle(() => reject(signal.reason));
    const cancelTimer = clock.after(timeoutMs, () => fail({ closeCode: 1006, timedOut: true }));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) return abort();

    socket.on('open', () => {
      socketOpened = true;
    });
    socket.on('error', (error) => {
      cause = error;
    });
    socket.on('unexpected-response', (_request, response) => {
      const status = response.statusCode ?? 0;
      // A proxy whose Gateway is away for a moment.
      if ([502, 503, 504].includes(status)) {
        cause = new Error(`HTTP ${status}`);
        return fail({ closeCode: 1006 });
      }
      text(response).then(
        (body) => settle(() => resolve({ ok: false, error: refusedUpgrade(url, status, body) })),
        () => fail({ closeCode: 1006 }),
      );
    });
    socket.on('message', (data, isBinary) => {
      const challenge = isBinary ? null : readChallenge(data.toString());
      if (challenge) settle(() => resolve({ ok: true, ts: challenge.payload.ts ?? null }));
      else settle(() => resolve({ ok: false, error: notAGateway({ url }, 'another message came first') }));
    });
    socket.on('close', (closeCode, reason) => fail({ closeCode, closeReason: reason.toString() }));
  });
}

/** A Gateway behind a proxy that it does not trust says so in a body of its own making. */
function refusedUpgrade(url: string, status: number, body: string): AppError {
  const refusal = upgradeRefusalSchema.safeParse(parseJson(body)).data?.error;
  if (!refusal) return notAGateway({ url }, `HTTP ${status}`);
  const reason = brief(refusal.message ?? refusal.type);
  return appError('GATEWAY_AUTH_REFUSED', `upgrade refused: ${refusal.type}`, { details: { reason } });
}

function readChallenge(text: string): z.infer<typeof challengeSchema> | null {
  return challengeSchema.safeParse(parseJson(text)).data ?? null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
