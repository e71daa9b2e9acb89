import { assertNever } from '../assert-never.ts';
import type { Lamp, Lamps } from '../contract/snapshot.ts';
import type { AppError, ErrorCode } from '../errors.ts';
import type { LinkPhase, TransportPhase } from './connection-state.ts';

export type LampFacts = {
  /** `direct`: to the Gateway's own address, without SSH. */
  mode: 'local' | 'remote' | 'direct';
  /** This computer has an address that is not its own loopback. */
  isOnline: boolean;
  transport: TransportPhase;
  /** A ping was missed and a second connection races. */
  isSuspect: boolean;
  /** Why the far end of the forward was not reached; null since it was. */
  forwardError: AppError | null;
  sideErrors: readonly AppError[];
  link: LinkPhase;
  healthError: AppError | null;
};

const off: Lamp = { state: 'off', error: null };
const good: Lamp = { state: 'good', error: null };
const working: Lamp = { state: 'working', error: null };
const attention = (error: AppError | null): Lamp => ({ state: 'attention', error });
const stopped = (error: AppError | null): Lamp => ({ state: 'stopped', error });

const NETWORK_CODES: ReadonlySet<ErrorCode> = new Set([
  'SSH_HOST_NOT_FOUND',
  'SSH_UNREACHABLE',
  'SSH_TIMEOUT',
]);
const DIRECT_NETWORK_CODES: ReadonlySet<ErrorCode> = new Set([
  'NETWORK_DOWN',
  'GATEWAY_HOST_NOT_FOUND',
  'GATEWAY_UNREACHABLE',
]);
const AUTHENTICATION_CODE = /^GATEWAY_(TOKEN|PASSWORD|PAIRING|DEVICE|AUTH|ORIGIN)/;

/** One lamp per layer, each telling about its own layer only. Pure. */
export function lampsOf(facts: LampFacts): Lamps {
  return {
    network: networkLamp(facts),
    ssh: sshLamp(facts),
    forward: forwardLamp(facts),
    gateway: gatewayLamp(facts),
    authentication: authenticationLamp(facts),
  };
}

function networkLamp({ mode, isOnline, transport, link }: LampFacts): Lamp {
  if (mode === 'local') return off;
  if (mode === 'direct') return directNetworkLamp(isOnline, link);
  // What works needs no other proof, e.g. a host on this very computer.
  if (transport.tag === 'up') return good;
  const error = transport.tag === 'backingOff' || transport.tag === 'failed' ? transport.error : null;
  if (error && NETWORK_CODES.has(error.code)) return isOnline ? attention(error) : stopped(error);
  return isOnline ? good : stopped(null);
}

/** Nothing but the link itself tells whether the other computer is there. */
function directNetworkLamp(isOnline: boolean, link: LinkPhase): Lamp {
  if (link.tag === 'open') return good;
  const error = link.tag === 'waiting' || link.tag === 'failed' ? link.error : null;
  if (error && DIRECT_NETWORK_CODES.has(error.code)) return isOnline ? attention(error) : stopped(error);
  return isOnline ? good : stopped(null);
}

function sshLamp({ mode, transport, isSuspect }: LampFacts): Lamp {
  if (mode !== 'remote') return off;
  switch (transport.tag) {
    case 'off':
      return off;
    case 'starting':
      return working;
    case 'up':
      return isSuspect ? attention(null) : good;
    case 'backingOff':
      return attention(transport.error);
    case 'failed':
      return stopped(transport.error);
    default:
      return assertNever(transport);
  }
}

function forwardLamp({ mode, transport, forwardError, sideErrors, link }: LampFacts): Lamp {
  if (mode !== 'remote' || transport.tag !== 'up') return off;
  if (forwardError) return forwardError.retryable ? attention(forwardError) : stopped(forwardError);
  if (sideErrors[0]) return attention(sideErrors[0]);
  return link.tag === 'closed' || link.tag === 'connecting' ? working : good;
}

/** Whether something that speaks the protocol answers; a refused sign-in is an answer. */
function gatewayLamp({ transport, link, healthError, forwardError }: LampFacts): Lamp {
  if (transport.tag !== 'up' || forwardError) return transport.tag === 'starting' ? working : off;
  switch (link.tag) {
    case 'closed':
      return off;
    case 'connecting':
      return working;
    case 'open':
      return healthError ? attention(healthError) : good;
    case 'waiting':
      return attention(link.error);
    case 'failed':
      return isAuthentication(link.error) ? good : stopped(link.error);
    default:
      return assertNever(link);
  }
}

function authenticationLamp({ transport, link }: LampFacts): Lamp {
  if (transport.tag !== 'up') return off;
  if (link.tag === 'open') return good;
  if (link.tag === 'connecting') return working;
  return link.tag === 'failed' && isAuthentication(link.error) ? stopped(link.error) : off;
}

function isAuthentication(error: AppError): boolean {
  return AUTHENTICATION_CODE.test(error.code);
}

const ORDER = ['stopped', 'attention', 'working', 'good', 'off'] as const;

/** The worst lamp, for the tray; `off` when all are. */
export function worstLamp(lamps: Lamps): Lamp {
  const all = Object.values(lamps);
  return ORDER.flatMap((state) => all.filter((lamp) => lamp.state === state))[0] ?? off;
}
