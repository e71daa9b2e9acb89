import { isLoopbackOrigin } from './loopback.ts';

type Client = { readonly id: string; readonly mode: string };

/**
 * Where the page that opened the socket comes from (observed). `absent`: not a page, or one that hides it.
 */
export type OriginVerdict =
  | { readonly kind: 'absent' }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'listed' }
  | { readonly kind: 'refused'; readonly reason: 'origin missing or invalid' | 'origin not allowed' };

const missing = { kind: 'refused', reason: 'origin missing or invalid' } as const;

/** Where the request came in, as far as its Origin is concerned. */
type Place = {
  /** Straight from this computer: only then a loopback origin means a page of this computer. */
  readonly isLocal: boolean;
  readonly allowedOrigins: readonly string[];
};

/** Judges the Origin header. Only clients that do not claim to be a page may leave it out. */
export function judgeOrigin(origin: string | undefined, client: Client, place: Place): OriginVerdict {
  if (origin === undefined) return mustBePage(client) ? missing : { kind: 'absent' };
  const url = URL.parse(origin);
  if (url === null || url.protocol === 'file:') return missing;
  if (place.allowedOrigins.includes(origin)) return { kind: 'listed' };
  if (place.isLocal && isLoopbackOrigin(origin)) return { kind: 'loopback' };
  return { kind: 'refused', reason: 'origin not allowed' };
}

const pageIds = new Set(['webchat', 'webchat-ui', 'openclaw-control-ui']);

function mustBePage({ id, mode }: Client): boolean {
  return mode === 'webchat' || pageIds.has(id);
}

/**
 * A new device of this computer is paired without asking either with no Origin, or from a page that passes and says
 * it is one. An Origin on any other client means a page that pretends (observed).
 */
export function mayPairSilently(origin: OriginVerdict, client: Client): boolean {
  if (origin.kind === 'absent') return true;
  return origin.kind !== 'refused' && (mustBePage(client) || client.id === 'openclaw-tui');
}
