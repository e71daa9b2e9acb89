import { Client, type ConnectConfig } from 'ssh2';
import { type AppError, AppErrorException, appError, toAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { AskQuestion } from '../questions.ts';
import { agentSocketsOf, openAgent } from './agent.ts';
import { offeredAlgorithms } from './algorithms.ts';
import { watchAuthFailures } from './auth-failures.ts';
import { type AuthenticationOptions, createAuthentication } from './authentication.ts';
import type { Carrier } from './carrier.ts';
import type { ResolvedTarget, StrictHostKeyChecking } from './config.ts';
import { startDeadline } from './deadline.ts';
import type { Dial } from './dial.ts';
import { describeHandshakeError, describeLoss, describeTimeout } from './failures.ts';
import { checkHostKey, knownAs, type OfferedHostKeyChange } from './host-key-check.ts';
import { collectIdentities } from './identities.ts';
import { knownKeyTypes } from './known-hosts.ts';
import { type KnownHostsFiles, readKnownHosts } from './known-hosts-file.ts';
import type { Secrets } from './secrets.ts';
import { parseServerHello } from './server-hello.ts';
import { type Tuning, tuneClient } from './tuning.ts';

export type AttemptOptions = {
  readonly target: ResolvedTarget;
  readonly dial: Dial;
  /** True for a key that was picked in Chela: it must be usable. */
  readonly isPicked: boolean;
  readonly homeDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly knownHosts: KnownHostsFiles;
  /** What happens to a host key that nobody knows. */
  readonly unknownHostKey: StrictHostKeyChecking;
  readonly onHostKeyChange: ((change: OfferedHostKeyChange) => void) | undefined;
  readonly secrets: Secrets;
  readonly ask: AskQuestion;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** For the way there, key exchange and authentication together, without the time in which a person is asked. */
  readonly readyTimeoutMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveCountMax: number;
  readonly onStep: (step: SshStep) => void;
};

export type SshStep = 'tcp' | 'hostKey' | 'authentication';

/** Signed in. Whoever gets it ends `socket`. */
export type SignedIn = { readonly client: Client; readonly socket: Carrier; readonly tuning: Tuning };

const helloBytes = 16 * 1024;

/**
 * One try. Resolves signed in, or with 'again' when the server hung up while a person was thinking (sshd
 * does after LoginGraceTime) and the answer, a yes, is remembered now. Rejects with an AppErrorException.
 */
export async function attemptSsh(options: AttemptOptions): Promise<SignedIn | 'again'> {
  const { clock, dial, target } = options;
  const { host, port, user } = target;
  if (options.signal.aborted) throw stopped();
  const entries = await readKnownHosts(options.knownHosts);
  if (options.signal.aborted) throw stopped();

  return new Promise((resolve, reject) => {
    const ended = new AbortController();
    const signal = AbortSignal.any([options.signal, ended.signal]);
    const client = new Client();
    let socket: Carrier | null = null;
    let hello = Buffer.alloc(0);
    let verifiedKey: Buffer | null = null;
    let openQuestions = 0;
    let lossWhileAsking: AppError | null = null;
    let tuning: Tuning | null = null;
    let startsAtOnce = false;

    const end = (settle: () => void) => {
      if (ended.signal.aborted) return;
      deadline.cancel();
      options.signal.removeEventListener('abort', abort);
      ended.abort();
      settle();
    };
    const fail = (error: AppError) =>
      end(() => {
        socket?.destroy();
        reject(new AppErrorException(error));
      });
    const again = () =>
      end(() => {
        socket?.destroy();
        resolve('again');
      });
    /** A person who is thinking is not interrupted: the answer decides how it goes on. */
    const lose = (error: AppError) => {
      if (openQuestions > 0) lossWhileAsking = error;
      else fail(error);
    };
    const abort = () => fail(stopped().error);
    const deadline = startDeadline(clock, options.readyTimeoutMs, () =>
      fail(describeTimeout({ host, port }, options.readyTimeoutMs)),
    );
    const ask: AskQuestion = (question, questionSignal) =>
      deadline.during(async () => {
        openQuestions++;
        try {
          return await options.ask(question, questionSignal);
        } finally {
          openQuestions--;
        }
      });
    /** Goes on in ssh2 only while there is a connection to go on with. */
    const guard: AuthenticationOptions['guard'] = (work, done, refused) => {
      work()
        .then(
          (value) => {
            if (lossWhileAsking) again();
            else if (!ended.signal.aborted) done(value);
          },
          (error: unknown) => {
            if (ended.signal.aborted) return;
            if (error instanceof AppErrorException) fail(error.error);
            else if (lossWhileAsking) fail(lossWhileAsking);
            else refused(error instanceof Error ? error : new Error(String(error)));
          },
        )
        .catch((error: unknown) => fail(toAppError(error)));
    };

    options.signal.addEventListener('abort', abort, { once: true });
    options.onStep('tcp');
    const agents = agentSocketsOf(target.agent, options.env, options.platform).map((path) =>
      openAgent(path, signal),
    );
    const identities = collectIdentities({
      host,
      identityFiles: target.identityFiles,
      isPicked: options.isPicked,
      identitiesOnly: target.identitiesOnly,
      agents,
      homeDir: options.homeDir,
      secrets: options.secrets,
      duringAgent: deadline.during,
      ask,
      clock,
      signal,
    });
    // Known before the server is: a picked file that can't be read.
    identities.then(
      ({ usable: [first] }) => {
        const mayOffer = !target.refusedMethods.includes('publickey');
        startsAtOnce = mayOffer && first?.signsAtOnce === true && first.isRsa === false;
      },
      (error: unknown) => fail(toAppError(error)),
    );
    const authentication = createAuthentication({
      host,
      port,
      user,
      identities,
      opensshOnly: target.opensshOnly,
      refusedMethods: target.refusedMethods,
      passwordPrompts: target.passwordPrompts,
      agentKeyTypes: async () => {
        const lists = await Promise.all(agents.map((agent) => agent.listTypes().catch(() => [])));
        return lists.flat();
      },
      secrets: options.secrets,
      ask,
      signal,
      during: deadline.during,
      guard,
    });
    const failRefused = (message: string) =>
      void authentication.refusal(message).then(fail, (error: unknown) => fail(toAppError(error)));
    const greeted = () => ['ssh', 'cut'].includes(parseServerHello(hello).kind);
    const known = knownAs(host, port, target.hostKeyAlias);

    const config: ConnectConfig = {
      username: user,
      algorithms: offeredAlgorithms(knownKeyTypes(entries, known.host, known.port)),
      // Ours, which can stand still.
      readyTimeout: 0,
      keepaliveInterval: options.keepaliveIntervalMs,
      keepaliveCountMax: options.keepaliveCountMax,
      hostVerifier: (key: Buffer, verify: (trusted: boolean) => void) => {
        // The server exchanges keys again in a long session; it must still be the same one.
        if (verifiedKey) return verify(verifiedKey.equals(key));
        const copy = Buffer.from(key);
        guard(
          () =>
            checkHostKey({
              host,
              port,
              hostKeyAlias: target.hostKeyAlias,
              unknown: options.unknownHostKey,
              onChange: options.onHostKeyChange,
              key: copy,
              entries,
              files: options.knownHosts,
              ask,
              signal,
            }),
          () => {
            verifiedKey = copy;
            verify(true);
          },
          (error) => fail(toAppError(error)),
        );
      },
      authHandler: (_methodsLeft, _partial, next) =>
        guard(
          () => authentication.next(),
          (method) => {
            tuning?.offers(method);
            next(method);
          },
          (error) => fail(toAppError(error)),
        ),
    };

    const begin = (opened: Carrier) => {
      if (ended.signal.aborted) {
        opened.destroy();
        return;
      }
      socket = opened;
      opened.setMaxListeners(0);
      opened.on('error', (error) => lose(dial.describe(error, greeted())));
      options.onStep('hostKey');
      try {
        client.connect({ ...config, sock: opened });
        tuning = tuneClient(client);
        tuning.startsAtOnce(() => startsAtOnce);
        watchAuthFailures(client, authentication.answered);
      } catch (error) {
        // A runtime's crypto may lack what was asked for; ssh2 throws then.
        fail(toAppError(error));
        return;
      }
      // After connect(), which pauses the socket: so this sees every byte that ssh2 sees.
      const collect = (data: Buffer) => {
        hello = Buffer.concat([hello, data]);
        if (hello.length >= helloBytes) opened.off('data', collect);
      };
      opened.on('data', collect);
      client.once('handshake', () => {
        opened.off('data', collect);
        options.onStep('authentication');
      });
    };
    dial.open(signal).then(begin, (error: unknown) => {
      if (error instanceof AppErrorException) fail(error.error);
      else fail(dial.describe(error instanceof Error ? error : new Error(String(error)), false));
    });

    client.on('error', (error: Error & { level?: string; code?: unknown }) => {
      // One key failed; ssh2 goes on to the next.
      if (error.level === 'agent') return;
      // The socket's own listener has told.
      if (error.level === 'client-socket') return;
      // A disconnect message carries its reason code; too many refused keys is 2 in OpenSSH, "no more methods" 14.
      if (typeof error.code === 'number') {
        const isRefusal = error.code === 14 || /authentication failures/i.test(error.message);
        if (isRefusal) failRefused(error.message);
        else lose(describeLoss(error.message, { host, port }));
        return;
      }
      const said = parseServerHello(hello);
      if (said.kind === 'silent') lose(dial.describe(null, false));
      else fail(describeHandshakeError(error.message, said, { host, port }));
    });
    client.on('close', () => lose(dial.describe(null, greeted())));
    // An expired password: RFC 4252 §8. Nobody is asked for a new one here.
    client.on('change password', (prompt) => failRefused(prompt));
    client.once('ready', () => {
      if (tuning === null || socket === null) return;
      const signedIn = { client, socket, tuning };
      void authentication.succeeded();
      end(() => resolve(signedIn));
      hello = Buffer.alloc(0);
    });
  });
}

function stopped(): AppErrorException {
  return new AppErrorException(appError('STOPPED', 'the attempt was stopped'));
}
