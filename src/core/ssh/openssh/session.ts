import { type AppError, AppErrorException, appError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import type { SshConnection } from '../connection.ts';
import { type Destination, describeLoss } from '../failures.ts';
import { type Carrier, ChannelRefused } from './carrier.ts';
import { describeEnd } from './failures.ts';
import type { OutputReader } from './output.ts';
import type { SshExit, SshProcess } from './process.ts';

export type OpensshSessionParts = {
  readonly process: SshProcess;
  readonly exited: Promise<SshExit>;
  readonly carrier: Carrier;
  readonly output: OutputReader;
  readonly where: Destination;
  readonly clock: Clock;
  /** Removes what is left on disk. */
  readonly cleanUp: () => Promise<void>;
};

const goodbyeMs = 500;
/** For `ssh` to say why, when its control socket has closed. */
const lastWordsMs = 300;
const outputBytes = 64 * 1024;

/** From here on the process belongs to the session. */
export function openOpensshSession(parts: OpensshSessionParts): SshConnection {
  const { process, exited, carrier, output, where, clock } = parts;
  const listeners = new Set<(reason: AppError) => void>();
  let closedBy: AppError | null = null;
  let cleaned: Promise<void> = Promise.resolve();

  const finish = (reason: AppError) => {
    if (closedBy) return;
    closedBy = reason;
    for (const listener of [...listeners]) listener(reason);
    listeners.clear();
    carrier.abandon();
    cleaned = exited.then(parts.cleanUp);
    cleaned.catch(() => {});
  };
  const wordsBefore = output.tail().length;
  const lastWords = () => output.tail().slice(wordsBefore).trim();
  exited.then(() => finish(describeEnd(lastWords(), where))).catch(() => {});
  carrier.onDidClose(() => {
    if (closedBy) return;
    clock.after(lastWordsMs, () => process.kill());
  });

  const lost = () => closedBy ?? describeLoss('', where);
  const within = async <T>(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    work: Promise<T>,
  ): Promise<T> => {
    let cancel = () => {};
    const timeout = new Promise<never>((_, reject) => {
      const refuse = (error: AppError) => () => reject(new AppErrorException(error));
      const cancelTimer = clock.after(timeoutMs, refuse(describeSilence(where, timeoutMs)));
      const abort = refuse(appError('STOPPED', 'stopped on this side'));
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      cancel = () => {
        cancelTimer();
        signal?.removeEventListener('abort', abort);
      };
    });
    try {
      return await Promise.race([work, timeout]);
    } finally {
      cancel();
    }
  };

  return {
    engine: 'openssh',
    crypto: null,
    async forwardOut(port) {
      if (closedBy) throw new AppErrorException(describeLoss(closedBy.message, where));
      try {
        return await carrier.openForward(port);
      } catch (error) {
        throw new AppErrorException(describeRefusal(error, where, port) ?? lost());
      }
    },
    async ping(timeoutMs) {
      if (closedBy) throw new AppErrorException(lost());
      const sentAt = clock.now();
      await within(timeoutMs, undefined, carrier.askServer()).catch((error: unknown) => {
        throw error instanceof AppErrorException ? error : new AppErrorException(lost());
      });
      return clock.now() - sentAt;
    },
    async exec(command, { timeoutMs, signal }) {
      if (closedBy) throw new AppErrorException(lost());
      const stdout = collect();
      const stderr = collect();
      let cancel = () => {};
      const done = new Promise<number | null>((resolve, reject) => {
        carrier.exec(command, { stdout: stdout.add, stderr: stderr.add, closed: resolve }).then((running) => {
          cancel = running.cancel;
        }, reject);
      });
      try {
        const code = await within(timeoutMs, signal, done);
        if (code === null && closedBy) throw new AppErrorException(lost());
        return { code, stdout: stdout.text(), stderr: stderr.text() };
      } catch (error) {
        cancel();
        if (error instanceof AppErrorException) throw error;
        throw new AppErrorException(describeRefusal(error, where, 0) ?? lost());
      }
    },
    withFiles: null,
    onDidClose(listener) {
      if (closedBy) {
        listener(closedBy);
        return () => {};
      }
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      finish(appError('STOPPED', 'closed on this side'));
      process.end();
      const cancel = clock.after(goodbyeMs, () => process.kill());
      await exited;
      cancel();
      await cleaned;
    },
  };
}

/** Null where the session is over. */
function describeRefusal(error: unknown, where: Destination, port: number): AppError | null {
  if (!(error instanceof ChannelRefused)) return null;
  const details = { host: where.host, port };
  if (error.reason === 2) return appError('FORWARD_NOTHING_LISTENING', error.message, { details });
  if (error.reason === 1 || error.reason === 3)
    return appError('FORWARD_PROHIBITED', error.message, { details });
  return describeLoss(error.message, where);
}

function describeSilence(where: Destination, timeoutMs: number): AppError {
  const seconds = Math.ceil(timeoutMs / 1000);
  return appError('SSH_TIMEOUT', `no answer within ${timeoutMs} ms`, { details: { ...where, seconds } });
}

function collect() {
  const chunks: Buffer[] = [];
  let have = 0;
  return {
    add(chunk: Buffer) {
      const taken = chunk.subarray(0, outputBytes - have);
      have += taken.length;
      if (taken.length > 0) chunks.push(taken);
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}
