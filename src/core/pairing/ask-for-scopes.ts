import { type AppError, appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { Clock } from '../clock.ts';
import type { GatewayAddress } from '../link/dial.ts';
import { startLinkAttempt } from '../link/link-attempt.ts';
import { OPERATOR_ROLE, OPERATOR_SCOPES, type SigningParts } from '../link/operator.ts';
import { buildLinkConnectParams } from '../link/operator-connect.ts';

export type AskForScopesOptions = SigningParts & GatewayAddress & { readonly clock: Clock };

/**
 * Asks a Gateway for every scope that Chela can use, on a connection of its own beside the one that works. Ok: they
 * are granted, and the device token that says so is kept; connections that are opened from now on have them.
 * GATEWAY_PAIRING_REQUIRED with `requestId`: somebody has to approve it on the Gateway's host. Never rejects.
 */
export function askForScopes(options: AskForScopesOptions): Promise<Result<Record<string, never>>> {
  const { url, tlsFingerprint, env, clock, credentials, deviceTokens, gatewayKey } = options;
  // The device token grants what it was issued for, and more is refused as a whole.
  const signIn = { by: 'shared', credentials, scopes: OPERATOR_SCOPES } as const;
  return new Promise((settle) => {
    const attempt = startLinkAttempt({
      url,
      tlsFingerprint,
      env,
      clock,
      connect: (challenge) => buildLinkConnectParams(options, signIn, challenge),
      onHello({ facts, deviceToken }) {
        if (deviceToken)
          deviceTokens.set(gatewayKey, OPERATOR_ROLE, { token: deviceToken, scopes: facts.scopes });
        void attempt.stop();
        settle(isGranted(facts.scopes) ? ok({}) : err(notGranted(facts.scopes)));
      },
      onEvent: () => undefined,
      onEnd: ({ error }) => settle(err(error)),
    });
  });
}

const isGranted = (scopes: readonly string[]) => OPERATOR_SCOPES.every((scope) => scopes.includes(scope));

function notGranted(scopes: readonly string[]): AppError {
  const missing = OPERATOR_SCOPES.filter((scope) => !scopes.includes(scope)).join(', ');
  return appError('GATEWAY_SCOPE_MISSING', `not granted: ${missing}`, { details: { scope: missing } });
}
