import type { OpenclawConfig } from '../config/openclaw.ts';
import type { SettingsView } from '../config/settings.ts';
import { type GatewayUrl, parseGatewayUrl } from '../connection/gateway-url.ts';
import { classifyAddress } from '../connection/plaintext-rule.ts';
import type { UrlSource } from './candidates.ts';

/**
 * Whose the URL of the remote Gateway is, as far as credentials go: `settings` where Chela's own URL leads to another
 * host than `gateway.remote.url`. The secrets of `openclaw.json` and of the environment belong to the one that they
 * stand beside, and a typed URL must not take them elsewhere. Over SSH, and where the file names no URL, R17 holds as it
 * is written. Pure.
 */
export function urlSourceOf(
  { remote }: Pick<SettingsView, 'remote'>,
  openclaw: OpenclawConfig | null,
): Extract<UrlSource, 'config' | 'settings'> {
  const theirs = openclaw?.gateway?.remote?.url?.trim() ?? '';
  const isOwn = remote.transport.value === 'direct' && remote.url.origin === 'settings';
  return isOwn && theirs !== '' && !isSameHost(remote.url.value, theirs) ? 'settings' : 'config';
}

function isSameHost(one: string, other: string): boolean {
  const [a, b] = [parseGatewayUrl(one), parseGatewayUrl(other)];
  if (!a.ok || !b.ok) return false;
  // On this computer a port is a Gateway: each may be another tunnel's end.
  if (isHere(a.value) && isHere(b.value)) return a.value.port === b.value.port;
  return a.value.host === b.value.host;
}

const isHere = ({ host }: GatewayUrl) => host === 'localhost' || classifyAddress(host) === 'loopback';
