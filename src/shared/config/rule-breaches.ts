import { parseGatewayUrl } from '../connection/gateway-url.ts';
import { allowedPeers, classifyAddress } from '../connection/plaintext-rule.ts';
import type { ServerAuth } from '../credentials/server-auth.ts';
import type { AppError } from '../errors.ts';
import type { ConfigPath } from './config-path.ts';
import { refuseExposed } from './exposure.ts';
import { serverAccess } from './gateway-section.ts';
import type { OpenclawConfig } from './openclaw.ts';

/** A value that is well formed, and that a rule will refuse when it is used. */
export type RuleBreach = {
  readonly path: ConfigPath;
  readonly rule: 'R24' | 'R25';
  readonly error: AppError;
};

/**
 * What the rules of the running program will say to this configuration: R24 to `gateway.remote.url`, R25 to `gateway.bind`.
 * `own` is the authentication of this computer's Gateway. `auto` is no breach: it leaves loopback only where there is none. Pure.
 */
export function ruleBreaches(
  config: OpenclawConfig,
  own: ServerAuth,
  env: Readonly<Record<string, string | undefined>>,
): RuleBreach[] {
  const { gateway } = config;
  const breaches: RuleBreach[] = [];
  const url = parseGatewayUrl(gateway?.remote?.url ?? '');
  const peers = url.ok ? allowedPeers(url.value, env) : null;
  if (peers && !peers.ok) {
    breaches.push({ path: ['gateway', 'remote', 'url'], rule: 'R24', error: peers.error });
  }
  const { bind, customBindHost = '' } = gateway ?? {};
  const isExposed =
    bind === 'lan' ||
    bind === 'tailnet' ||
    (bind === 'custom' && classifyAddress(customBindHost) !== 'loopback');
  const access = bind && isExposed ? serverAccess(gateway, own, 'generated') : null;
  const refusal = bind && access?.ok ? refuseExposed(bind, access.value.auth) : null;
  if (refusal) breaches.push({ path: ['gateway', 'bind'], rule: 'R25', error: refusal });
  return breaches;
}
