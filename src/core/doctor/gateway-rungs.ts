import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import type { Credentials } from '../../shared/config/effective.ts';
import { gatewayUnreachable } from '../../shared/connection/gateway-unreachable.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import type { DeviceIdentity } from '../device/device-identity.ts';
import { createMemoryDeviceTokens, type DeviceTokens } from '../device/device-tokens.ts';
import { createHealthMonitor } from '../health/monitor.ts';
import type { GatewayAddress } from '../link/dial.ts';
import type { GatewayLink, LinkState } from '../link/gateway-link.ts';
import { OPERATOR_ROLE } from '../link/operator.ts';
import { probeChallenge } from './challenge-probe.ts';
import { probeHttp } from './http-probe.ts';
import { breaks, type Evidence, evidence, holds, type Ladder, type Outcome } from './ladder.ts';
import type { DoctorTools } from './tools.ts';
import { pause } from './within.ts';

export type GatewayClimb = {
  readonly ladder: Ladder;
  readonly tools: DoctorTools;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Where the Gateway is dialed: the port on 127.0.0.1 where its bytes come out, or its own address. */
  readonly address: GatewayAddress;
  /** The same for a person: the port here may be one that nobody has seen. */
  readonly shownUrl: string;
  /** The Gateway's own port, for a person. */
  readonly gatewayPort: number;
  /** What the transport below knows better than the socket's end, or null. */
  readonly lostBelow: () => AppError | null;
  readonly gatewayKey: string;
  readonly credentials: Credentials;
  readonly device: DeviceIdentity;
  readonly deviceTokens: DeviceTokens;
  readonly version: string;
};

/** Clocks that differ by less than this are of no consequence. */
const SKEW_SECONDS = 60;
/** A real Gateway needs about eight seconds to start. */
const STARTING_TRIES = 8;
const STARTING_PAUSE_MS = 1500;

/** From the first HTTP answer to a health report. `hold` is given the link as soon as there is one, to be stopped. */
export async function climbGateway(climb: GatewayClimb, hold: (link: GatewayLink) => void): Promise<void> {
  const { ladder } = climb;
  const byHttp = await ladder.climb('http', () => checkHttp(climb));
  if (!byHttp) return;
  const byChallenge = await ladder.climb('challenge', () => checkChallenge(climb));
  if (!byChallenge) return;
  const skewSeconds = Math.max(byHttp.skewSeconds, byChallenge.skewSeconds);
  const link = await greet(climb, skewSeconds, hold);
  if (link) await ladder.climb('health', () => checkHealth(link, climb));
}

type Skew = { readonly skewSeconds: number };

async function checkHttp(climb: GatewayClimb): Promise<Outcome<Skew>> {
  const { tools, gatewayPort } = climb;
  const answer = await probeHttp(climb.address, climb.timeoutMs, climb.signal);
  const notGateway = (why: string) => appError('NOT_A_GATEWAY', why, { details: { port: gatewayPort } });
  switch (answer.kind) {
    case 'none': {
      const seen = evidence('httpFailed', { errno: answer.errno });
      return breaks(
        climb.lostBelow() ?? ownWords(answer.error ?? unreachable(climb, answer.errno), climb),
        seen,
      );
    }
    case 'notHttp':
      return breaks(notGateway('no HTTP'), evidence('notHttp', { text: answer.text }));
    case 'http': {
      const { status, bodyKind, server } = answer;
      if (!answer.isGateway) {
        const isAway = [502, 503, 504].includes(status);
        return breaks(
          isAway ? unreachable(climb, `HTTP ${status}`) : notGateway(`HTTP ${status}`),
          evidence('httpOther', { status, bodyKind, server }),
        );
      }
      const skewSeconds = skewOf(answer.dateMs, tools);
      const seen =
        skewSeconds >= SKEW_SECONDS
          ? evidence('healthzSkewed', { status, seconds: skewSeconds })
          : evidence('healthz', { status });
      return holds(seen, { skewSeconds });
    }
    default:
      return answer satisfies never;
  }
}

async function checkChallenge(climb: GatewayClimb): Promise<Outcome<Skew>> {
  const { ladder, tools, signal, timeoutMs } = climb;
  for (let attempt = 1; ; attempt += 1) {
    const challenge = await probeChallenge(climb.address, { clock: tools.clock, timeoutMs, signal });
    if (challenge.ok) {
      const skewSeconds = skewOf(challenge.ts, tools);
      const seen =
        skewSeconds >= SKEW_SECONDS
          ? evidence('challengeSkewed', { seconds: skewSeconds })
          : evidence('challenge');
      return holds(seen, { skewSeconds });
    }
    const error = ownWords(challenge.error, climb);
    if (error.code !== 'GATEWAY_STARTING' || attempt === STARTING_TRIES) {
      return breaks(error, evidence('noChallenge', { reason: challenge.error.message }));
    }
    ladder.show('challenge', starting(attempt));
    await pause(tools.clock, error.retryAfterMs ?? STARTING_PAUSE_MS, signal);
  }
}

/** Signing in and pairing are one answer of the Gateway's, and two rungs. */
async function greet(
  climb: GatewayClimb,
  skewSeconds: number,
  hold: (link: GatewayLink) => void,
): Promise<GatewayLink | null> {
  const { ladder, tools, signal } = climb;
  ladder.begin('gatewayAuthentication');
  const deviceTokens = copyTokens(climb);
  for (let attempt = 1; ; attempt += 1) {
    const link = tools.createLink({
      ...climb.address,
      gatewayKey: climb.gatewayKey,
      credentials: climb.credentials,
      device: climb.device,
      deviceTokens,
      version: climb.version,
      clock: tools.clock,
      random: tools.random,
      retry: false,
    });
    hold(link);
    const state = await settled(link, signal);
    if (state.tag === 'open') {
      const { version, authMethod: method, scopes } = state;
      ladder.end('gatewayAuthentication', holds(evidence('accepted', { version, method })));
      ladder.begin('pairing');
      ladder.end('pairing', holds(evidence('paired', { scopes: scopes.join(', ') || '-' })));
      return link;
    }
    await link.stop();
    const error = explain(ownWords(state.error, climb), skewSeconds);
    if (error.code === 'GATEWAY_PAIRING_REQUIRED') {
      ladder.end('gatewayAuthentication', holds(evidence('credentialAccepted')));
      ladder.begin('pairing');
      ladder.end('pairing', breaks(error, describePairing(error)));
      return null;
    }
    if (error.code !== 'GATEWAY_STARTING' || attempt === STARTING_TRIES) {
      ladder.end('gatewayAuthentication', breaks(error, describeRefusal(error, climb)));
      return null;
    }
    ladder.show('gatewayAuthentication', starting(attempt));
    await pause(tools.clock, Math.max(error.retryAfterMs ?? 0, STARTING_PAUSE_MS), signal);
  }
}

async function checkHealth(link: GatewayLink, climb: GatewayClimb): Promise<Outcome<true>> {
  const { clock, monotonicNow } = climb.tools;
  const health = await createHealthMonitor({ link, clock, monotonicNow }).check();
  if (health.ok && health.rttMs !== null) {
    return holds(evidence('healthy', { rtt: Math.max(1, Math.round(health.rttMs)) }));
  }
  const error = climb.lostBelow() ?? health.error ?? appError('INTERNAL', 'no health');
  return breaks(error, evidence('unhealthy'));
}

/**
 * The token the running connection would use, in a store of our own: a doctor that forgot or renewed it would not be
 * apart from that connection.
 */
function copyTokens({ deviceTokens, gatewayKey }: GatewayClimb): DeviceTokens {
  const copy = createMemoryDeviceTokens();
  const known = deviceTokens.get(gatewayKey, OPERATOR_ROLE);
  if (known) copy.set(gatewayKey, OPERATOR_ROLE, known);
  return copy;
}

type Settled = Extract<LinkState, { tag: 'open' | 'failed' }>;

function settled(link: GatewayLink, signal: AbortSignal): Promise<Settled> {
  return new Promise((resolve, reject) => {
    const stop = link.onDidChange((state) => {
      if (state.tag === 'open' || state.tag === 'failed') settle(() => resolve(state));
    });
    const abort = () => settle(() => reject(signal.reason));
    const settle = (run: () => void) => {
      stop();
      signal.removeEventListener('abort', abort);
      run();
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else link.start();
  });
}

const starting = (attempt: number) =>
  evidence('starting', { attempt: attempt + 1, attempts: STARTING_TRIES });

function skewOf(theirs: number | null, { clock }: DoctorTools): number {
  return theirs === null ? 0 : Math.round(Math.abs(clock.now() - theirs) / 1000);
}

function unreachable({ shownUrl }: GatewayClimb, reason: string): AppError {
  return gatewayUnreachable(shownUrl, reason);
}

/** The link names the port that it was given; a person knows the Gateway's. */
function ownWords(error: AppError, climb: GatewayClimb): AppError {
  if (error.code === 'GATEWAY_UNREACHABLE') {
    return climb.lostBelow() ?? unreachable(climb, error.message);
  }
  if (error.code === 'NOT_A_GATEWAY') return { ...error, details: { port: climb.gatewayPort } };
  return error;
}

/** A signature is refused for its time when the clocks differ. */
function explain(error: AppError, skewSeconds: number): AppError {
  if (error.code !== 'GATEWAY_DEVICE_REFUSED' || skewSeconds < SKEW_SECONDS) return error;
  return appError('CLOCK_SKEW', error.message, { details: { seconds: skewSeconds } });
}

function describePairing(error: AppError): Evidence {
  const { requestId = '?', reason = '?' } = error.details ?? {};
  return evidence('pairingRequest', { requestId: String(requestId), reason: String(reason) });
}

function describeRefusal(error: AppError, { deviceTokens, gatewayKey, credentials }: GatewayClimb): Evidence {
  if (error.code === 'GATEWAY_PROTOCOL_MISMATCH') {
    const theirs = error.details?.theirs;
    return evidence('protocols', {
      ours: PROTOCOL_VERSION,
      theirs: typeof theirs === 'number' ? theirs : '?',
    });
  }
  const method = deviceTokens.get(gatewayKey, OPERATOR_ROLE)
    ? 'device-token'
    : credentials.token
      ? 'token'
      : credentials.password
        ? 'password'
        : 'none';
  return evidence('refusedSignIn', { method });
}
