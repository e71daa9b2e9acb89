import { gatewayUnreachable } from '../../shared/connection/gateway-unreachable.ts';
import { type DoctorStep, doctorRungs } from '../../shared/contract/doctor.ts';
import { type AppError, toAppError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { credentialsOf, gatewayKeyOf, type Plan } from '../connection/plan.ts';
import type { DeviceIdentity } from '../device/device-identity.ts';
import type { DeviceTokens } from '../device/device-tokens.ts';
import { checkAddress } from '../link/dial.ts';
import type { GatewayLink } from '../link/gateway-link.ts';
import { OPERATOR_ROLE } from '../link/operator.ts';
import type { AskQuestion } from '../questions.ts';
import type { SshConnection } from '../ssh/client.ts';
import { createTunnelListener } from '../tunnel/listener.ts';
import { asDirect, checkTls, errnoSeen } from './direct-rungs.ts';
import { type FixContext, fixFor } from './fixes.ts';
import { climbGateway, type GatewayClimb } from './gateway-rungs.ts';
import { breaks, createLadder, evidence, holds, type Ladder, type Outcome } from './ladder.ts';
import { checkName, checkNetwork, checkTcp } from './network-rungs.ts';
import { checkForward, climbSsh } from './ssh-rungs.ts';
import type { DoctorTools } from './tools.ts';

export type DoctorPatient = {
  readonly plan: Plan;
  readonly tools: DoctorTools;
  /** Host key, passphrase and password questions of the doctor's own SSH session. */
  readonly ask: AskQuestion;
  readonly device: DeviceIdentity;
  /** Read, never written. */
  readonly deviceTokens: DeviceTokens;
  /** Chela's own. */
  readonly version: string;
  /** Of this process, for R24's break-glass; its own when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** For each of: name lookup, TCP, greeting, HTTP, challenge. */
  readonly timeoutMs?: number;
};

export type DoctorRun = {
  readonly signal: AbortSignal;
  /** Each rung when it begins, when it learns something, and when it ended. */
  readonly onStep: (step: DoctorStep) => void;
};

const TIMEOUT_MS = 8000;

/**
 * Climbs from the network to the Gateway's health, on sockets of its own, apart from the running connection, and
 * leaves nothing behind but a host key that a person trusted on the way. A rung is skipped when one that it stands on
 * failed, or when the signal fired. Resolves with every rung, bottom first; never rejects.
 */
export async function runDoctor(patient: DoctorPatient, run: DoctorRun): Promise<DoctorStep[]> {
  const { plan, tools } = patient;
  const context: FixContext = {
    mode: plan.tag === 'local' || plan.tag === 'direct' ? plan.tag : 'remote',
    usesOpenssh: plan.tag === 'remote' && plan.engine === 'openssh',
  };
  const ladder = createLadder({
    rungs: doctorRungs[plan.tag === 'direct' ? 'direct' : 'ssh'],
    onStep: run.onStep,
    monotonicNow: tools.monotonicNow,
    fixFor: (error) => fixFor(error, context),
    secrets: secretsOf(patient),
    signal: run.signal,
  });
  const cleanups: (() => unknown)[] = [];
  try {
    await climbAll(patient, ladder, run.signal, (cleanup) => cleanups.push(cleanup));
  } catch (thrown) {
    // The ladder keeps every other failure as a rung's own.
    if (!run.signal.aborted) throw thrown;
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
  return ladder.finish(evidence(run.signal.aborted ? 'stopped' : 'stoodOnFailed'));
}

type Defer = (cleanup: () => unknown) => void;

async function climbAll(patient: DoctorPatient, ladder: Ladder, signal: AbortSignal, defer: Defer) {
  const { plan } = patient;
  switch (plan.tag) {
    case 'refused':
      if (!(await ladder.climb('network', () => checkNetwork(null, patient.tools)))) return;
      await ladder.climb('dns', () => breaks(plan.error));
      return;
    case 'local':
      return climbLocal(plan, patient, ladder, signal, defer);
    case 'remote':
      return climbRemote(plan, patient, ladder, signal, defer);
    case 'direct':
      return climbDirect(plan, patient, ladder, signal, defer);
    default:
      return plan satisfies never;
  }
}

async function climbLocal(
  plan: Extract<Plan, { tag: 'local' }>,
  patient: DoctorPatient,
  ladder: Ladder,
  signal: AbortSignal,
  defer: Defer,
) {
  const { tools, timeoutMs = TIMEOUT_MS } = patient;
  const skip = (ids: Parameters<Ladder['skip']>[0][]) => {
    for (const id of ids) ladder.skip(id, evidence('notInLocalMode'));
  };
  skip(['network', 'dns']);
  const { port } = plan;
  const climb = gatewayClimb(patient, ladder, signal, loopbackEnd(port, port));
  const tcp = await ladder.climb('tcp', async (): Promise<Outcome<true>> => {
    const reached = await checkTcp({ host: '127.0.0.1', port }, tools, { signal, timeoutMs });
    if (!reached.ok) return breaks(asGatewayError(reached, port), reached.evidence);
    reached.value.destroy();
    return holds(reached.evidence);
  });
  skip(['banner', 'hostKey', 'sshAuthentication', 'forward']);
  if (tcp) await climbGateway(climb, stopping(defer));
}

async function climbRemote(
  plan: Extract<Plan, { tag: 'remote' }>,
  patient: DoctorPatient,
  ladder: Ladder,
  signal: AbortSignal,
  defer: Defer,
) {
  const { tools, ask, timeoutMs = TIMEOUT_MS } = patient;
  const route = await settle(tools.resolveTarget(plan.target));
  const nearest = route.ok ? (route.value.firstHop ?? plan.target) : plan.target;
  if (!(await ladder.climb('network', () => checkNetwork(nearest, tools)))) return;
  if (!route.ok) {
    await ladder.climb('dns', () => breaks(route.error));
    return;
  }
  const connection = await climbSsh(route.value, { ladder, tools, ask, signal, timeoutMs });
  if (!connection) return;
  defer(() => connection.close());

  let lost: AppError | null = null;
  connection.onDidClose((reason) => {
    lost = reason;
  });
  const forwarded = await ladder.climb('forward', () => checkForward(connection, plan.gatewayPort));
  if (!forwarded) return;
  const port = await openWay(connection, plan.gatewayPort, tools, defer);
  await climbGateway(
    gatewayClimb(patient, ladder, signal, { ...loopbackEnd(port, plan.gatewayPort), lostBelow: () => lost }),
    stopping(defer),
  );
}

/** R24 and the spelling first, then the name, the port, TLS, and what the other ladders share. */
async function climbDirect(
  plan: Extract<Plan, { tag: 'direct' }>,
  patient: DoctorPatient,
  ladder: Ladder,
  signal: AbortSignal,
  defer: Defer,
) {
  const { tools, env, timeoutMs = TIMEOUT_MS } = patient;
  const address = { url: plan.url, tlsFingerprint: plan.tlsFingerprint, env };
  const target = checkAddress(address);
  const where = target.ok ? target.value.url : null;
  if (!(await ladder.climb('network', () => checkNetwork(where, tools)))) return;
  if (!target.ok) {
    await ladder.climb('dns', () => breaks(target.error));
    return;
  }
  const { url } = target.value;
  if (
    !(await ladder.climb('dns', async () =>
      asDirect(await checkName(url, tools, { signal, timeoutMs }), url),
    ))
  )
    return;
  const socket = await ladder.climb('tcp', async () =>
    asDirect(await checkTcp(url, tools, { signal, timeoutMs }), url),
  );
  if (!socket) return;
  socket.destroy();
  if (!(await ladder.climb('tls', () => checkTls(address, { signal, timeoutMs })))) return;
  await climbGateway(
    gatewayClimb(patient, ladder, signal, {
      address,
      shownUrl: url.href,
      gatewayPort: url.port,
      lostBelow: () => null,
    }),
    stopping(defer),
  );
}

/** The Gateway at a port of this computer, its own or a forward's end. */
function loopbackEnd(port: number, gatewayPort: number) {
  return {
    address: { url: `ws://127.0.0.1:${port}` },
    shownUrl: `ws://127.0.0.1:${gatewayPort}`,
    gatewayPort,
    lostBelow: (): AppError | null => null,
  };
}

function settle<T>(work: Promise<T>): Promise<Result<T>> {
  return work.then(ok, (thrown: unknown) => err(toAppError(thrown)));
}

/** A port on 127.0.0.1 whose connections come out at the Gateway. */
async function openWay(connection: SshConnection, gatewayPort: number, tools: DoctorTools, defer: Defer) {
  const listener = createTunnelListener(0, tools.clock);
  const port = await listener.start();
  defer(() => listener.stop());
  listener.setOutlet(() => connection.forwardOut(gatewayPort));
  return port;
}

function gatewayClimb(
  patient: DoctorPatient,
  ladder: Ladder,
  signal: AbortSignal,
  where: Pick<GatewayClimb, 'address' | 'shownUrl' | 'gatewayPort' | 'lostBelow'>,
): GatewayClimb {
  const { plan, tools, device, deviceTokens, version, timeoutMs = TIMEOUT_MS } = patient;
  return {
    ...where,
    ladder,
    tools,
    signal,
    timeoutMs,
    gatewayKey: gatewayKeyOf(plan),
    credentials: credentialsOf(plan),
    device,
    deviceTokens,
    version,
  };
}

const stopping = (defer: Defer) => (link: GatewayLink) => defer(() => link.stop());

/** In local mode the TCP rung is about the Gateway, not about SSH. */
function asGatewayError(broken: Parameters<typeof errnoSeen>[0], port: number): AppError {
  return gatewayUnreachable(`ws://127.0.0.1:${port}`, errnoSeen(broken));
}

/** What must not come out, whatever a server echoes. */
function secretsOf({ plan, deviceTokens }: DoctorPatient): string[] {
  const { token, password } = credentialsOf(plan);
  const stored = plan.tag === 'refused' ? null : deviceTokens.get(gatewayKeyOf(plan), OPERATOR_ROLE);
  return [token, password, stored?.token].filter((secret) => secret !== undefined);
}
