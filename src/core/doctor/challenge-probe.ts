import { z } from 'zod';
import type { AppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { mapConnectFailure, notAGateway } from '../link/connect-error.ts';
import type { GatewayAddress } from '../link/dial.ts';
import { openGatewaySocket } from '../link/gateway-socket.ts';

const challengeSchema = z.object({
  type: z.literal('event'),
  event: z.literal('connect.challenge'),
  payload: z.looseObject({ nonce: z.string(), ts: z.number().optional() }),
});

export type Challenge =
  /** `ts`: the Gateway's clock, epoch milliseconds. */
  { readonly ok: true; readonly ts: number | null } | { readonly ok: false; readonly error: AppError };

/**
 * Opens a WebSocket and waits for the challenge that a Gateway sends at once. The socket is gone when this settles.
 * Rejects only with the signal's reason. Errors are those of the link: NOT_A_GATEWAY, GATEWAY_STARTING, GATEWAY_UNREACHABLE.
 */
export function probeChallenge(
  address: GatewayAddress,
  { clock, timeoutMs, signal }: { clock: Clock; timeoutMs: number; signal: AbortSignal },
): Promise<Challenge> {
  const { url } = address;
  return new Promise((resolve, reject) => {
    let socketOpened = false;
    const settle = (run: () => void) => {
      cancelTimer();
      signal.removeEventListener('abort', abort);
      socket.terminate();
      run();
    };
    const fail = (failure: {
      closeCode: number;
      closeReason?: string;
      timedOut?: boolean;
      cause?: Error;
    }) => {
      const error = mapConnectFailure(
        { socketOpened, connectSent: false, closeReason: '', timedOut: false, ...failure },
        { url },
      );
      settle(() => resolve({ ok: false, error }));
    };
    const abort = () => settle(() => reject(signal.reason));
    const cancelTimer = clock.after(timeoutMs, () => fail({ closeCode: 1006, timedOut: true }));
    signal.addEventListener('abort', abort, { once: true });

    const socket = openGatewaySocket({
      address,
      timeoutMs,
      onOpen() {
        socketOpened = true;
      },
      onText(text) {
        const challenge = readChallenge(text);
        if (challenge) settle(() => resolve({ ok: true, ts: challenge.payload.ts ?? null }));
        else settle(() => resolve({ ok: false, error: notAGateway({ url }, 'another message came first') }));
      },
      onClose: (closeCode, closeReason, cause) => fail({ closeCode, closeReason, ...(cause && { cause }) }),
    });
    if (signal.aborted) abort();
  });
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
