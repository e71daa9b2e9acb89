import ipaddr from 'ipaddr.js';
import { appError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';

/** Where a Gateway is, in one spelling: whoever checks it and whoever connects to it read the same host. */
export type GatewayUrl = {
  /** `ws://` or `wss://`, normalised, without credentials, fragment or the dot that may end a name. */
  readonly href: string;
  readonly secure: boolean;
  /** A lower-case name, or an address in its canonical spelling, without brackets. */
  readonly host: string;
  readonly port: number;
};

/** The keys of `causes.GATEWAY_URL_INVALID`. */
export type GatewayUrlProblem = 'empty' | 'scheme' | 'shape' | 'credentials';

/**
 * WHATWG's parser does the spelling: `127.1`, `2130706433`, `0x7f.0.0.1` and full-width digits all come out as
 * `127.0.0.1`, so that no later check has to know about them. Node and browsers both have it.
 */
declare const URL: new (text: string) => { readonly href: string };

const written =
  /^(ws|wss|http|https):\/\/(?:([^/?#]*)@)?(\[[^\]]+\]|[^/?#:@[\]]+)(?::(\d+))?(\/[^?#]*)?(\?[^#]*)?(#.*)?$/;
/** A Control UI link carries the token in its fragment; other places are as bad. */
const secretKey = /(?:^|[?#&])[^=&]*(?:token|password|passwd|secret|key|auth|credential)[^=&]*=/i;

/**
 * Reads a Gateway's URL as OpenClaw accepts it: ws and wss, and http and https for the same (openclaw 2026.9.6). Path
 * and query stay; a URL that carries a secret is refused, and no error repeats what was typed.
 */
export function parseGatewayUrl(text: string): Result<GatewayUrl> {
  const trimmed = text.trim();
  if (trimmed === '') return invalid('empty');
  if (!/^(?:wss?|https?):\/\//i.test(trimmed)) return invalid('scheme');
  const normal = normalised(trimmed);
  const parts = normal === null ? null : written.exec(normal);
  if (!parts) return invalid('shape');
  const [, scheme, user, hostPart = '', portText, path = '/', query = '', fragment = ''] = parts;
  if (user !== undefined || secretKey.test(query) || secretKey.test(fragment)) return invalid('credentials');

  const secure = scheme === 'wss' || scheme === 'https';
  const host = hostPart.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (!ipaddr.isValid(host) && host.split('.').some((label) => label === '')) return invalid('shape');
  const port = portText === undefined ? (secure ? 443 : 80) : Number(portText);
  if (port === 0) return invalid('shape');

  const shownHost = host.includes(':') ? `[${host}]` : host;
  const shownPort = portText === undefined ? '' : `:${portText}`;
  const href = `${secure ? 'wss' : 'ws'}://${shownHost}${shownPort}${path}${query}`;
  return ok({ href, secure, host, port });
}

/**
 * Whether two URLs, however they are spelled, are one Gateway: a pin that was set for the one holds for the other, also
 * where it comes from a command line (R26). False for what cannot be read.
 */
export function isSameGateway(one: string, other: string | undefined): boolean {
  if (other === undefined) return false;
  const [a, b] = [parseGatewayUrl(one), parseGatewayUrl(other)];
  return (
    a.ok &&
    b.ok &&
    a.value.secure === b.value.secure &&
    a.value.host === b.value.host &&
    a.value.port === b.value.port
  );
}

function normalised(text: string): string | null {
  try {
    return new URL(text).href;
  } catch {
    return null;
  }
}

function invalid(cause: GatewayUrlProblem): Result<never> {
  return err(appError('GATEWAY_URL_INVALID', `gateway URL: ${cause}`, { details: { cause } }));
}
