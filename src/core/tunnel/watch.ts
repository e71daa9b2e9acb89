import { AppErrorException } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { SshConnection } from '../ssh/connection.ts';

type WatchTimings = {
  /** Between the answer to one question and the next question. */
  readonly pingEveryMs: number;
  /** An answer this late makes the connection suspect; four round trips where that is more. */
  readonly missedAfterMs: number;
};

export type WatchOptions = WatchTimings & {
  readonly connection: SshConnection;
  readonly clock: Clock;
  /** A question went unanswered. Not called again before `onAnswer`. */
  readonly onSilent: () => void;
  /** It answers after all. */
  readonly onAnswer: () => void;
  readonly onRtt: (rttMs: number) => void;
};

export type Watch = {
  /** Asks at once, and waits `deadlineMs` for the answer. */
  probe(deadlineMs: number): void;
  stop(): void;
};

const maxMissedMs = 5000;
/** While it is silent one question stands: TCP delivers it as soon as it delivers anything. */
const standingMs = 60 * 60 * 1000;

/** Asks a connection again and again whether it is there. Runs until it is stopped or the connection is closed. */
export function watchConnection(options: WatchOptions): Watch {
  const { connection, clock } = options;
  let isStopped = false;
  let isSilent = false;
  let rttMs = 0;
  /** Only the latest question's silence counts. */
  let latest = 0;
  let cancel = () => {};

  const schedule = () => {
    cancel();
    if (!isStopped) cancel = clock.after(options.pingEveryMs, () => ask(missedMs()));
  };
  const missedMs = () => Math.max(options.missedAfterMs, Math.min(4 * rttMs, maxMissedMs));

  const ask = (deadlineMs: number) => {
    cancel();
    const question = ++latest;
    connection.ping(deadlineMs).then(
      (ms) => answered(ms),
      (error: unknown) => {
        if (question === latest) unanswered(error);
      },
    );
  };
  const answered = (ms: number) => {
    if (isStopped) return;
    // The answers of a silent time say how long it was silent, not how far away the server is.
    if (!isSilent) {
      rttMs = rttMs === 0 ? ms : rttMs * 0.75 + ms * 0.25;
      options.onRtt(ms);
    }
    if (isSilent) {
      isSilent = false;
      options.onAnswer();
    }
    schedule();
  };
  const unanswered = (error: unknown) => {
    if (isStopped) return;
    const code = error instanceof AppErrorException ? error.error.code : '';
    // Its close is told to who listens for it; an engine that can't ask is not watched.
    if (code !== 'SSH_TIMEOUT') return;
    if (!isSilent) {
      isSilent = true;
      options.onSilent();
    }
    if (!isStopped) ask(standingMs);
  };

  schedule();
  return {
    probe(deadlineMs) {
      if (!isStopped && !isSilent) ask(deadlineMs);
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
