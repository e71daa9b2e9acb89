import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { SshTarget } from '../../shared/connection/ssh-target.ts';
import { appError } from '../../shared/errors.ts';
import { describeSocketError, describeTimeout } from '../ssh/failures.ts';
import { breaks, evidence, holds, type Outcome } from './ladder.ts';
import type { DoctorTools } from './tools.ts';
import { within } from './within.ts';

export type Hop = { readonly host: string; readonly port: number };

type Limits = { readonly signal: AbortSignal; readonly timeoutMs: number };

/** Whether any interface but loopback has an address, where the target is not this computer itself. */
export function checkNetwork(target: SshTarget | null, tools: DoctorTools): Outcome<true> {
  if (target && isLoopback(target.host)) return holds(evidence('loopbackTarget', { host: target.host }));
  const up = Object.entries(tools.networkInterfaces()).flatMap(([name, addresses]) =>
    addresses?.some(({ internal }) => !internal) ? [name] : [],
  );
  if (up.length === 0) {
    return breaks(appError('NETWORK_DOWN', 'no interface has an address'), evidence('noInterfaces'));
  }
  return holds(evidence('interfaces', { interfaces: up.join(', ') }));
}

export async function checkName(hop: Hop, tools: DoctorTools, limits: Limits): Promise<Outcome<true>> {
  const { host } = hop;
  if (ipaddr.isValid(host)) return holds(evidence('literal', { host }));
  const { signal, timeoutMs } = limits;
  try {
    const addresses = await within(tools.lookup(host), {
      clock: tools.clock,
      ms: timeoutMs,
      signal,
      late: () => {
        throw Object.assign(new Error(`looking up ${host} took too long`), { code: 'EAI_AGAIN' });
      },
    });
    return holds(evidence('addresses', { host, addresses: addresses.join(', ') }));
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const error = asError(thrown);
    return breaks(
      describeSocketError(error, hop, timeoutMs),
      evidence('lookupFailed', { host, errno: errnoOf(error) }),
    );
  }
}

/** Connects; the socket is the caller's to read and to destroy. */
export async function checkTcp(hop: Hop, tools: DoctorTools, limits: Limits): Promise<Outcome<Socket>> {
  const patience = new AbortController();
  const connecting = tools.connectTcp({
    ...hop,
    signal: AbortSignal.any([limits.signal, patience.signal]),
  });
  try {
    const socket = await within(connecting, {
      clock: tools.clock,
      ms: limits.timeoutMs,
      signal: limits.signal,
      late: () => {
        throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
      },
    });
    const address = socket.remoteAddress ?? hop.host;
    return holds(evidence('connected', { address, port: hop.port }), socket);
  } catch (thrown) {
    patience.abort();
    // It may have connected in the very moment we gave up.
    connecting.then(
      (socket) => socket.destroy(),
      () => {},
    );
    if (limits.signal.aborted) throw thrown;
    const error = mostTelling(asError(thrown));
    const seen = evidence('notConnected', { host: hop.host, port: hop.port, errno: errnoOf(error) });
    if (isLocalNetworkBlocked(error, tools.platform)) {
      return breaks(
        appError('SSH_LOCAL_NETWORK_BLOCKED', error.message, {
          details: { host: hop.host, port: hop.port },
        }),
        seen,
      );
    }
    if (errnoOf(error) === 'ETIMEDOUT') return breaks(describeTimeout(hop, limits.timeoutMs), seen);
    return breaks(describeSocketError(error, hop, limits.timeoutMs), seen);
  }
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}

const asError = (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown)));

function errnoOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** Several addresses of one name give one error each; a refusal says more than a missing route. */
function mostTelling(error: Error): Error {
  if (!(error instanceof AggregateError)) return error;
  const errors = error.errors.map(asError);
  return errors.find((one) => errnoOf(one) === 'ECONNREFUSED') ?? errors[0] ?? error;
}

/**
 * macOS 15 and later answer EHOSTUNREACH to an app that may not use the local network; a private address without a
 * route gives the same, but is far rarer.
 */
function isLocalNetworkBlocked(error: Error, platform: NodeJS.Platform): boolean {
  if (platform !== 'darwin' || errnoOf(error) !== 'EHOSTUNREACH') return false;
  const address = 'address' in error && typeof error.address === 'string' ? error.address : '';
  if (!ipaddr.isValid(address)) return false;
  return ['private', 'linkLocal', 'uniqueLocal'].includes(ipaddr.process(address).range());
}
