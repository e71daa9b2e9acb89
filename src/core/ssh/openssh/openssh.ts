import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { withoutOurVariables } from '../../../shared/child-environment.ts';
import { type AppError, AppErrorException, appError, toAppError } from '../../../shared/errors.ts';
import { type Clock, systemClock } from '../../clock.ts';
import type { SshConnectOptions } from '../client.ts';
import type { SshConnection } from '../connection.ts';
import { startDeadline } from '../deadline.ts';
import { describeTimeout } from '../failures.ts';
import { type SshArguments, type SshPurpose, sshArguments } from './arguments.ts';
import { type AnswerPrompt, type Askpass, type StartAskpass, startPosixAskpass } from './askpass.ts';
import { startWindowsAskpass } from './askpass-windows.ts';
import type { Carrier } from './carrier.ts';
import { describeFailure } from './failures.ts';
import { findSsh } from './find-ssh.ts';
import { openForwards, reserveForwards } from './forwards.ts';
import { connectMux } from './mux-client.ts';
import { createOutputReader, type OutputReader } from './output.ts';
import { type SpawnSsh, type SshExit, type SshProcess, spawnSsh } from './process.ts';
import { createPromptAnswers } from './prompt-answers.ts';
import { openOpensshSession } from './session.ts';

/** Where an option is the built-in engine's as well, it means the same. */
export type OpensshConnectOptions = Pick<
  SshConnectOptions,
  | 'host'
  | 'port'
  | 'user'
  | 'identityFile'
  | 'ask'
  | 'signal'
  | 'clock'
  | 'readyTimeoutMs'
  | 'keepaliveIntervalMs'
  | 'homeDir'
  | 'env'
  | 'platform'
  | 'hostKeyPolicy'
  | 'knownHosts'
> & {
  /** Instead of the configuration files that `ssh` would use. */
  readonly configFile?: string | undefined;
  /** True where a keychain is there to remember a secret. */
  readonly canRemember?: boolean | undefined;
  /** The ports that forwardOut() will ask for. Only Windows has to know them before. */
  readonly forwardPorts?: readonly number[] | undefined;
  readonly onStep?: ((step: 'tcp' | 'hostKey' | 'authentication') => void) | undefined;
  /** Instead of the one that {@link findSsh} finds. */
  readonly sshPath?: string | undefined;
  readonly spawn?: SpawnSsh | undefined;
  readonly startAskpass?: StartAskpass | undefined;
  /** False: as on Windows, whose OpenSSH has no control sockets. */
  readonly multiplex?: boolean | undefined;
};

/**
 * A session of the system's own `ssh`, for what the built-in engine can't do: security keys, certificates,
 * post-quantum key exchange, GSSAPI. Rejects with an AppErrorException whose code begins with SSH_, or
 * OPENSSH_MISSING, OPENSSH_FAILED, STOPPED.
 */
export async function connectWithOpenssh(options: OpensshConnectOptions): Promise<SshConnection> {
  if (options.signal.aborted) throw stopped();
  const platform = options.platform ?? process.platform;
  const clock = options.clock ?? systemClock;
  const env = childEnvironment(options.env ?? process.env);
  const timeoutMs = options.readyTimeoutMs ?? 20_000;
  const target = { host: options.host, port: options.port ?? 22 };
  const user = options.user ?? userInfo().username;
  const ssh = options.sshPath ?? (await findSsh({ env, platform }));
  const output = createOutputReader();
  const onStep = stepReporter(options.onStep);
  const where = () => output.facts().destination ?? target;

  /** Fires when the session is over, or the attempt has failed. */
  const over = new AbortController();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  const fail = (error: AppError) => failure.reject(new AppErrorException(error));
  const deadline = startDeadline(clock, timeoutMs, () => fail(describeTimeout(where(), timeoutMs)));
  const abort = () => fail(stopped().error);
  options.signal.addEventListener('abort', abort, { once: true });
  const prompts = createPromptAnswers({
    ...target,
    user,
    knownHostsFile: knownHostsFileOf(options),
    canRemember: options.canRemember ?? false,
    ask: (question, signal) => deadline.during(() => options.ask(question, signal)),
    signal: over.signal,
    facts: output.facts,
    refuse: fail,
    onStep,
  });
  const answer: AnswerPrompt = async (text, hint) => {
    try {
      return await prompts.answer(text, hint);
    } catch (error) {
      fail(toAppError(error));
      return null;
    }
  };

  let askpass: Askpass | null = null;
  let child: { process: SshProcess; exited: Promise<SshExit> } | null = null;
  const cleanUp = async () => {
    over.abort();
    child?.process.kill();
    await child?.exited;
    await askpass?.stop();
  };
  try {
    onStep('tcp');
    const startAskpass =
      options.startAskpass ?? (platform === 'win32' ? startWindowsAskpass : startPosixAskpass);
    const started = await startAskpass(answer, { env });
    askpass = started;
    if (options.signal.aborted) throw stopped();
    const launch = (purpose: SshPurpose) =>
      (options.spawn ?? spawnSsh)(ssh, sshArguments(argumentsOf(options, timeoutMs), purpose), {
        env: { ...env, ...started.env },
        dir: started.dir,
        platform,
      });
    const plan = await planCarrier(options, platform, started.dir, output, launch);
    const process = launch(plan.purpose);
    const exited = new Promise<SshExit>((resolve) => process.onExit(resolve));
    child = { process, exited };
    process.onOutput((text) => {
      output.feed(text);
      onStep(output.facts().step);
    });
    const ended = exited.then(async ({ code, startError }): Promise<never> => {
      if (startError !== null) throw notStarted(ssh, startError);
      const end = { text: output.tail(), facts: output.facts(), ...where(), user, timeoutMs, exitCode: code };
      throw new AppErrorException(await describeFailure({ ...end, identityFile: options.identityFile }));
    });
    const carrier = await Promise.race([plan.ready(clock, over.signal), ended, failure.promise]);
    prompts.signedIn();
    return openOpensshSession({ process, exited, carrier, output, where: where(), clock, cleanUp });
  } catch (error) {
    await cleanUp();
    throw error;
  } finally {
    deadline.cancel();
    options.signal.removeEventListener('abort', abort);
  }
}

const stepOrder = ['tcp', 'hostKey', 'authentication', 'ready'] as const;

/** Each step once and in order, whether the log or a prompt told of it. Being ready is what the promise tells. */
function stepReporter(report: OpensshConnectOptions['onStep'] = () => {}) {
  let reached = -1;
  return (step: (typeof stepOrder)[number]): void => {
    const index = stepOrder.indexOf(step);
    if (index <= reached) return;
    reached = index;
    if (step !== 'ready') report(step);
  };
}

function argumentsOf(options: OpensshConnectOptions, connectTimeoutMs: number): SshArguments {
  return {
    host: options.host,
    port: options.port,
    user: options.user,
    identityFile: options.identityFile,
    hostKeyPolicy: options.hostKeyPolicy ?? 'strict',
    knownHosts: options.knownHosts,
    configFile: options.configFile,
    connectTimeoutMs,
    keepaliveIntervalMs: options.keepaliveIntervalMs ?? 5000,
    keepaliveCountMax: 3,
  };
}

/** For the question only: `ssh` itself writes the line. */
function knownHostsFileOf({ knownHosts, homeDir }: OpensshConnectOptions): string {
  return knownHosts?.user[0] ?? join(homeDir ?? homedir(), '.ssh', 'known_hosts');
}

type CarrierPlan = {
  readonly purpose: SshPurpose;
  /** Waits for the session; never rejects by itself, since the process tells better why there is none. */
  readonly ready: (clock: Clock, signal: AbortSignal) => Promise<Carrier>;
};

async function planCarrier(
  options: OpensshConnectOptions,
  platform: NodeJS.Platform,
  dir: string,
  output: OutputReader,
  launch: (purpose: SshPurpose) => SshProcess,
): Promise<CarrierPlan> {
  if (options.multiplex ?? platform !== 'win32') {
    const controlPath = join(dir, 'c');
    return {
      purpose: { kind: 'master', controlPath },
      ready: (clock, signal) => untilConnected(() => connectMux(controlPath), clock, signal),
    };
  }
  const forwards = await reserveForwards(options.forwardPorts ?? []);
  return {
    purpose: { kind: 'forwards', forwards },
    ready: () => openForwards({ forwards, output, launch }),
  };
}

const lookAgainMs = 20;

/** `ssh` makes its control socket when it is authenticated; nothing announces that. */
async function untilConnected<T>(open: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (;;) {
    const opened = await open().catch(() => null);
    if (opened !== null) return opened;
    await new Promise<void>((resolve) => {
      if (!signal.aborted) clock.after(lookAgainMs, resolve);
    });
  }
}

function notStarted(ssh: string, code: string): AppErrorException {
  if (code === 'ENOENT') return new AppErrorException(appError('OPENSSH_MISSING', `${ssh}: ${code}`));
  return new AppErrorException(appError('OPENSSH_FAILED', `${ssh}: ${code}`, { details: { reason: code } }));
}

function stopped(): AppErrorException {
  return new AppErrorException(appError('STOPPED', 'the attempt was stopped'));
}

/** What is not ours may be what a ProxyCommand needs; questions come to us and not to another program. */
function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const theirs = Object.entries(withoutOurVariables(env));
  return Object.fromEntries(theirs.filter(([name]) => !name.startsWith('SSH_ASKPASS')));
}
