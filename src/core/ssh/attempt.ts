import { connect } from 'node:net';
import { Client, type ConnectConfig } from 'ssh2';
import { type AppError, AppErrorException, appError, toAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { AskQuestion } from '../questions.ts';
import { offeredAlgorithms } from './algorithms.ts';
import { type AuthenticationOptions, createAuthentication } from './authentication.ts';
import type { SshConnection } from './connection.ts';
import { startDeadline } from './deadline.ts';
import { describeHandshakeError, describeLoss, describeSocketError, describeTimeout } from './failures.ts';
import { checkHostKey } from './host-key-check.ts';
import { collectIdentities, type UnlockedKeys } from './identities.ts';
import { knownKeyTypes } from './known-hosts.ts';
import { type KnownHostsFiles, readKnownHosts } from './known-hosts-file.ts';
import { parseServerHello } from './server-hello.ts';
import { openSession } from './session.ts';
import { type Tuning, tuneClient } from './tuning.ts';

export type AttemptOptions = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile?: string | undefined;
  readonly homeDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly knownHosts: KnownHostsFiles;
  readonly unlocked: UnlockedKeys;
  readonly ask: AskQuestion;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** For TCP, key exchange and authentication together, without the time in which a person is asked. */
  readonly readyTimeoutMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveCountMax: number;
  readonly onStep: (step: SshStep) => void;
};

export type SshStep = 'tcp' | 'hostKey' | 'authentication';

const helloBytes = 16 * 1024;

/**
 * One try. Resolves with the session, or with 'again' when the server hung up while a person was thinking (sshd
 * does after LoginGraceTime) and the answer, a yes, is remembered now. Rejects with an AppErrorException.
 */
export async function attemptSsh(options: AttemptOptions): Promise<SshConnection | 'again'> {
  const { host, port, user, clock } = options;
  if (options.signal.aborted) throw stopped();
  const entries = await readKnownHosts(options.knownHosts);
  if (options.signal.aborted) throw stopped();

  return new Promise((resolve, reject) => {
    const ended = new AbortController();
    const signal = AbortSignal.any([options.signal, ended.signal]);
    const socket = connect({ host, port, noDelay: true });
    const client = new Client();
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
        socket.destroy();
        reject(new AppErrorException(error));
      });
    const again = () =>
      end(() => {
        socket.destroy();
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
    const identities = collectIdentities({
      identityFile: options.identityFile,
      homeDir: options.homeDir,
      env: options.env,
      unlocked: options.unlocked,
      duringAgent: deadline.during,
      ask,
      clock,
      signal,
    });
    // Known before the server is: a picked file that can't be read.
    identities.then(
      ([first]) => {
        startsAtOnce = first?.signsAtOnce === true && first.isRsa === false;
      },
      (error: unknown) => fail(toAppError(error)),
    );
    const authentication = createAuthentication({ host, user, identities, guard });

    const config: ConnectConfig = {
      sock: socket,
      username: user,
      algorithms: offeredAlgorithms(knownKeyTypes(entries, host, port)),
      // Ours, which can stand still.
      readyTimeout: 0,
      keepaliveInterval: options.keepaliveIntervalMs,
      keepaliveCountMax: options.keepaliveCountMax,
      hostVerifier: (key: Buffer, verify: (trusted: boolean) => void) => {
        // The server exchanges keys again in a long session; it must still be the same one.
        if (verifiedKey) return verify(verifiedKey.equals(key));
        const copy = Buffer.from(key);
        guard(
          () => checkHostKey({ host, port, key: copy, entries, files: options.knownHosts, ask, signal }),
          () => {
            verifiedKey = copy;
            verify(true);
          },
          (error) => fail(toAppError(error)),
        );
      },
      authHandler: (methodsLeft, partial, next) =>
        guard(
          () => authentication.next(methodsLeft, partial),
          (method) => {
            tuning?.offers(method);
            next(method);
          },
          (error) => fail(toAppError(error)),
        ),
    };

    socket.setMaxListeners(0);
    socket.on('error', (error) => lose(describeSocketError(error, { host, port }, options.readyTimeoutMs)));
    socket.once('connect', () => {
      if (ended.signal.aborted) return;
      options.onStep('hostKey');
      try {
        client.connect(config);
        tuning = tuneClient(client);
        tuning.startsAtOnce(() => startsAtOnce);
      } catch (error) {
        // A runtime's crypto may lack what was asked for; ssh2 throws then.
        fail(toAppError(error));
        return;
      }
      // After connect(), which pauses the socket: so this sees every byte that ssh2 sees.
      const collect = (data: Buffer) => {
        hello = Buffer.concat([hello, data]);
        if (hello.length >= helloBytes) socket.off('data', collect);
      };
      socket.on('data', collect);
      client.once('handshake', () => {
        socket.off('data', collect);
        options.onStep('authentication');
      });
    });

    client.on('error', (error: Error & { level?: string; code?: unknown }) => {
      // One key failed; ssh2 goes on to the next.
      if (error.level === 'agent') return;
      // The socket's own listener has told.
      if (error.level === 'client-socket') return;
      // A disconnect message carries its reason code; too many refused keys is 2 in OpenSSH, "no more methods" 14.
      if (typeof error.code === 'number') {
        const isRefusal = error.code === 14 || /authentication failures/i.test(error.message);
        if (isRefusal) fail(authentication.refusal(error.message));
        else lose(describeLoss(error.message, { host, port }));
        return;
      }
      fail(describeHandshakeError(error.message, parseServerHello(hello), { host, port }));
    });
    client.on('close', () => lose(describeLoss('', { host, port })));
    client.once('ready', () => {
      if (tuning === null) return;
      const session = openSession({ client, socket, where: { host, port }, clock, tuning });
      end(() => resolve(session));
      hello = Buffer.alloc(0);
    });
  });
}

function stopped(): AppErrorException {
  return new AppErrorException(appError('STOPPED', 'the attempt was stopped'));
}
