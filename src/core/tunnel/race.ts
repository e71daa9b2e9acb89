import { AppErrorException, toAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { SshConnection } from '../ssh/connection.ts';

export type RaceOptions = {
  /** One attempt, which ends with the signal. */
  readonly open: (signal: AbortSignal) => Promise<SshConnection>;
  /** Ends the race; a connection that is ready too late is closed. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Between the starts of attempts in the first ten seconds; later four times as long. */
  readonly everyMs: number;
  readonly onReady: (connection: SshConnection) => void;
  /** True: trying again is of no use, and no further attempt starts. */
  readonly isFinal: (error: unknown) => boolean;
};

const eagerMs = 10_000;

/**
 * Starts an attempt, and another one while the earlier ones are still under way: on a path that comes back, those
 * that were begun before may wait for an answer that was lost, while a new one goes through at once. The first that
 * is ready wins. Servers count those who connect and leave without a login (`PerSourcePenalties`, sshd_config), so
 * the attempts grow rarer. Resolves when every attempt is over.
 */
export function raceConnections(options: RaceOptions): Promise<void> {
  const { clock } = options;
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  const startedAt = clock.now();
  const running = new Set<Promise<void>>();
  let isOver = false;
  let cancelNext = () => {};

  return new Promise((resolve) => {
    const finish = () => {
      isOver = true;
      cancelNext();
      end.abort();
      options.signal.removeEventListener('abort', finish);
      void Promise.all(running).then(() => resolve());
    };
    const attempt = async () => {
      try {
        const connection = await options.open(signal);
        if (isOver) return await connection.close();
        // The winner's own signal is not the race's: it was handed over.
        finish();
        options.onReady(connection);
      } catch (error) {
        if (!isOver && options.isFinal(error)) finish();
      }
    };
    const start = () => {
      const run = attempt();
      running.add(run);
      void run.then(() => running.delete(run));
      const isEager = clock.now() - startedAt < eagerMs;
      cancelNext = clock.after(isEager ? options.everyMs : 4 * options.everyMs, start);
    };
    options.signal.addEventListener('abort', finish, { once: true });
    if (options.signal.aborted) finish();
    else start();
  });
}

/** Transient or not, by the table of codes; what is no error of ours is final. */
export function isPermanent(error: unknown): boolean {
  return !(error instanceof AppErrorException) || !toAppError(error).retryable;
}
