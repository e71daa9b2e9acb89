import type { ErrorCode } from '../shared/errors.ts';

/** The one table of exit codes. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  authentication: 4,
  configuration: 78,
} as const;

const AUTHENTICATION =
  /^(GATEWAY_(TOKEN|PASSWORD|PAIRING|DEVICE|AUTH)|CLOCK_SKEW|SSH_(AUTH|NO_KEY|HOST_KEY|PASSPHRASE))/;
const UNREACHABLE =
  /^(GATEWAY_(UNREACHABLE|STARTING|CLOSED|REQUEST_TIMEOUT)|NOT_A_GATEWAY|NETWORK_DOWN|SSH_(HOST_NOT_FOUND|UNREACHABLE|LOCAL_NETWORK|REFUSED|BUSY|TIMEOUT|CLOSED|PROXY)|FORWARD_)/;
const CONFIGURATION = /^(SSH_TARGET|SSH_IDENTITY|PORT_|OPENCLAW_CONFIG|CONFIG_|SETTINGS_)/;

export function exitCodeOf(code: ErrorCode): number {
  if (AUTHENTICATION.test(code)) return exitCodes.authentication;
  if (UNREACHABLE.test(code)) return exitCodes.unreachable;
  if (CONFIGURATION.test(code)) return exitCodes.configuration;
  return exitCodes.failed;
}
