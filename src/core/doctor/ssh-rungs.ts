import type { Socket } from 'node:net';
import { assertNever } from '../../shared/assert-never.ts';
import type { DoctorStepId } from '../../shared/contract/doctor.ts';
import { type AppError, AppErrorException, appError, toAppError } from '../../shared/errors.ts';
import { printable } from '../../shared/printable.ts';
import type { AskQuestion } from '../questions.ts';
import type { SshConnection } from '../ssh/client.ts';
import { describeLoss, describeTimeout } from '../ssh/failures.ts';
import {
  fingerprintOf,
  hostKeyType,
  type KnownHostEntry,
  knownHostName,
  knownKeyTypes,
  matchesHost,
} from '../ssh/known-hosts.ts';
import { readKnownHosts } from '../ssh/known-hosts-file.ts';
import { breaks, type Evidence, evidence, holds, type Ladder, type Outcome } from './ladder.ts';
import { checkName, checkTcp, type Hop } from './network-rungs.ts';
import type { SshRoute } from './ssh-route.ts';
import { type Greeting, type SshScan, scanSshServer } from './ssh-scan.ts';
import type { DoctorTools } from './tools.ts';

export type SshClimb = {
  readonly ladder: Ladder;
  readonly tools: DoctorTools;
  readonly ask: AskQuestion;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
};

/** From the name to a session; null when a rung broke. The session is the caller's to close. */
export async function climbSsh(route: SshRoute, climb: SshClimb): Promise<SshConnection | null> {
  const { firstHop } = route;
  const limits = { signal: climb.signal, timeoutMs: climb.timeoutMs };
  if (firstHop === null) {
    for (const id of ['dns', 'tcp', 'banner'] as const) {
      climb.ladder.skip(id, evidence('throughProxyCommand'));
    }
    return signIn(route, null, [], climb);
  }
  const { ladder, tools } = climb;
  if (!(await ladder.climb('dns', () => checkName(firstHop, tools, limits)))) return null;
  const socket = await ladder.climb('tcp', () => checkTcp(firstHop, tools, limits));
  return socket && greet(route, firstHop, socket, climb);
}

/** The socket of the TCP rung serves for the greeting and for a look at the host key. */
async function greet(route: SshRoute, hop: Hop, socket: Socket, climb: SshClimb) {
  const { ladder, tools, signal, timeoutMs } = climb;
  const end = () => socket.destroy();
  signal.addEventListener('abort', end, { once: true });
  try {
    const entries = route.hostKey ? await readKnownHosts(route.hostKey.knownHosts).catch(() => []) : [];
    const knownTypes = route.hostKey ? knownKeyTypes(entries, route.hostKey.host, route.hostKey.port) : [];
    const scan = scanSshServer(socket, { knownTypes, clock: tools.clock, timeoutMs });
    const greeted = await ladder.climb('banner', async () => describeHello(await scan.hello, hop, timeoutMs));
    return greeted && (await signIn(route, scan, entries, climb));
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

function describeHello({ hello, said, hungUp }: Greeting, hop: Hop, timeoutMs: number): Outcome<true> {
  switch (hello.kind) {
    case 'ssh':
      return holds(evidence('banner', { software: printable(hello.ident.replace(/^SSH-[\d.]+-/, '')) }));
    case 'busy':
      return breaks(
        busy(hop, hello.text, hello.text.startsWith('Exceeded') ? 'full' : 'penalty'),
        evidence('bannerOther', { text: hello.text }),
      );
    case 'notSsh':
      return breaks(
        appError('SSH_NOT_SSH', 'no SSH greeting', { details: { ...hop } }),
        evidence('bannerOther', { text: printable(said) }),
      );
    case 'cut':
      return breaks(describeLoss('', hop), evidence('bannerOther', { text: printable(said) }));
    case 'silent':
      return breaks(
        hungUp ? busy(hop, 'hung up before its greeting', 'silent') : describeTimeout(hop, timeoutMs),
        evidence('bannerSilent'),
      );
    default:
      return assertNever(hello);
  }
}

/** `cause`: a key of the catalogue `causes.SSH_BUSY`. */
function busy(hop: Hop, reason: string, cause: 'full' | 'penalty' | 'silent'): AppError {
  return appError('SSH_BUSY', reason, { details: { ...hop, reason, cause } });
}

/** Two rungs of one attempt: `openSsh` says when it passes from the first to the second. */
async function signIn(
  route: SshRoute,
  scan: SshScan | null,
  entries: readonly KnownHostEntry[],
  climb: SshClimb,
): Promise<SshConnection | null> {
  const { ladder, tools, signal } = climb;
  ladder.begin('hostKey');
  const key = route.hostKey && scan ? await scan.hostKey : null;
  const place = key && findPlace(key, route, entries);
  let rung: DoctorStepId = 'hostKey';
  let step = 'tcp';
  let trustedNow = false;

  const ask: AskQuestion = async (question, questionSignal) => {
    const askedAt = tools.monotonicNow();
    try {
      const answer = await climb.ask(question, questionSignal);
      if (answer.kind === 'hostKey') trustedNow ||= answer.trust;
      return answer;
    } finally {
      ladder.discount(tools.monotonicNow() - askedAt);
    }
  };
  const passHostKey = () => {
    if (rung !== 'hostKey') return;
    ladder.end('hostKey', holds(describeKey(key, place, trustedNow)));
    rung = 'sshAuthentication';
    ladder.begin('sshAuthentication');
  };

  try {
    const connection = await tools.openSsh({
      ask,
      signal,
      onStep: (next) => {
        step = next;
        // Behind a jump host there is one more key to come, and nobody says which is the last.
        if (step === 'authentication' && route.hostKey) passHostKey();
      },
    });
    passHostKey();
    ladder.end('sshAuthentication', holds(evidence('signedIn', { user: route.user })));
    return connection;
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const error = toAppError(thrown);
    // A picked key that can't be read ends the attempt before the host key was seen.
    if (isAboutKeys(error) || step === 'authentication') passHostKey();
    ladder.end(rung, breaks(error, describeRefusal(rung, error, key, route)));
    return null;
  }
}

const isAboutKeys = ({ code }: AppError) =>
  code === 'SSH_IDENTITY_UNREADABLE' || code === 'SSH_PASSPHRASE_CANCELLED';

type Place = { readonly file: string; readonly line: number };

function findPlace(key: Buffer, { hostKey }: SshRoute, entries: readonly KnownHostEntry[]): Place | null {
  if (!hostKey) return null;
  const names = [knownHostName(hostKey.host, hostKey.port), knownHostName(hostKey.host, 22)];
  const isPlace = (entry: KnownHostEntry) =>
    entry.marker === 'none' && entry.key.equals(key) && names.some((name) => matchesHost(entry.hosts, name));
  return entries.find(isPlace) ?? null;
}

const nameOf = (key: Buffer) => ({ keyType: hostKeyType(key) ?? '?', fingerprint: fingerprintOf(key) });

function describeKey(key: Buffer | null, place: Place | null, trustedNow: boolean): Evidence {
  if (!key) return evidence('hostKeyAccepted');
  if (place) {
    return evidence('hostKeyKnown', { ...nameOf(key), file: place.file, line: place.line });
  }
  return evidence(trustedNow ? 'hostKeyTrusted' : 'hostKeyOffered', nameOf(key));
}

function describeRefusal(
  rung: DoctorStepId,
  error: AppError,
  key: Buffer | null,
  route: SshRoute,
): Evidence | null {
  if (rung === 'hostKey') return key && evidence('hostKeyOffered', nameOf(key));
  const offered = error.details?.offered;
  return Array.isArray(offered)
    ? evidence('signInOffered', { user: route.user, offered: offered.join(', ') })
    : null;
}

/** Whether the server opens a channel to the Gateway's port; the channel is closed at once. */
export async function checkForward(connection: SshConnection, port: number): Promise<Outcome<true>> {
  try {
    const channel = await connection.forwardOut(port);
    channel.resume();
    channel.destroy();
    return holds(evidence('forwarded', { port }));
  } catch (thrown) {
    if (!(thrown instanceof AppErrorException)) throw thrown;
    return breaks(thrown.error, evidence('notForwarded', { port }));
  }
}
