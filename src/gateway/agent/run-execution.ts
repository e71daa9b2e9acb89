import type { Translate } from '../../shared/errors.ts';
import type { GatewayClock } from '../clock.ts';
import type { GatewayLogger } from '../options.ts';
import type { GatewayDatabase } from '../sessions/database.ts';
import {
  assistantRow,
  failureRow,
  type HistoryRow,
  type RowPosition,
  type Sender,
  type TokenUsage,
  userRow,
} from '../sessions/history-row.ts';
import type { RunEnd, RunRecord, RunStore } from '../sessions/run-store.ts';
import type { NewMessage, SessionStore } from '../sessions/session-store.ts';
import { type Reply, type ReplyEnd, ReplyFailure } from './reply.ts';
import { chatMessage, type RunEvents, type RunFrame } from './run-events.ts';
import { createRunOutput, type RunOutput } from './run-output.ts';

export type ActiveRun = RunFrame & {
  readonly startedAt: number;
  readonly reply: Reply;
  readonly controller: AbortController;
  readonly output: RunOutput;
  /** Why it was aborted: by a client, or because the Gateway stops. */
  abortOrigin: 'rpc' | 'shutdown' | null;
};

/** A run that was begun, with the user row that was written for it (none when it is taken up again). */
export type BegunRun = { readonly run: ActiveRun; readonly row: HistoryRow | null };

export type RunExecution = {
  /** Marks the run as begun and writes its user row. For use inside a transaction. */
  begin(run: RunRecord): BegunRun;
  /** Listens to the reply and writes what comes of it. Never rejects. */
  execute(run: ActiveRun): Promise<void>;
  /** Gives up a run without beginning it. For use inside a transaction. */
  giveUp(run: RunRecord, sentence: string): void;
};

export type RunExecutionDeps = {
  readonly database: GatewayDatabase;
  readonly sessions: SessionStore;
  readonly runs: RunStore;
  readonly events: RunEvents;
  /** Decides, at the moment a run begins, how its message is answered. */
  readonly chooseReply: (run: RunRecord) => Reply;
  readonly clock: GatewayClock;
  readonly newId: () => string;
  readonly logger: GatewayLogger;
  readonly t: Translate;
};

const noUsage: TokenUsage = { input: 0, output: 0 };

export function createRunExecution(deps: RunExecutionDeps): RunExecution {
  const { database, sessions, runs, events, clock, newId, logger, t } = deps;

  const append = (sessionKey: string, runId: string, build: (position: RowPosition) => NewMessage) =>
    sessions.append(sessionKey, runId, (seq) => build({ messageId: newId(), seq, runId, at: clock.now() }));

  const appendUser = (run: RunRecord, excluded: boolean) =>
    append(run.sessionKey, run.runId, (position) => ({
      row: userRow(position, {
        text: run.message,
        sender: JSON.parse(run.sender) as Sender,
        sentAt: run.acceptedAt,
        excluded,
      }),
      text: run.message,
      inContext: !excluded,
    }));

  const appendAnswer = (
    run: ActiveRun,
    facts: { stopReason: string; usage: TokenUsage; responseId?: string; abortOrigin?: string },
  ) => {
    const { text } = run.output;
    const { api, provider, model, excluded } = run.reply;
    return append(run.sessionKey, run.runId, (position) => ({
      row: assistantRow(position, { ...facts, text, api, provider, model, excluded }),
      text,
      inContext: !excluded,
    }));
  };

  const appendFailure = (sessionKey: string, runId: string, sentence: string) =>
    append(sessionKey, runId, (position) => ({
      row: failureRow(position, sentence),
      text: sentence,
      inContext: false,
    }));

  /** Writes the last rows of a run together with its end; only then do the clients hear of them. */
  const settle = (run: ActiveRun, end: RunEnd, write: () => HistoryRow[]) => {
    const rows = database.transaction(() => {
      const written = write();
      runs.end(run.runId, end);
      sessions.touch(run.sessionKey, clock.now(), false);
      return written;
    });
    for (const row of rows) events.message(run.sessionKey, row);
  };

  const announceStart = (run: ActiveRun) => {
    const { provider, model, kind } = run.reply;
    events.chat(run, { state: 'status', phase: 'preparing_context' });
    events.agent(run, 'lifecycle', { phase: 'start', startedAt: run.startedAt });
    events.sessionChanged(run.sessionKey, {
      reason: 'agent.run.started',
      phase: 'start',
      runId: run.runId,
    });
    if (kind !== 'model') return;
    events.chat(run, { state: 'status', phase: 'starting_model' });
    events.agent(run, 'lifecycle', { phase: 'model', provider, model });
  };

  /**
   * Reads the reply to its end. An abort wins at once, even over a reply that does not listen to the signal.
   */
  const listen = async (run: ActiveRun): Promise<ReplyEnd | 'aborted'> => {
    const { signal } = run.controller;
    const aborted = new Promise<'aborted'>((resolve) => {
      if (signal.aborted) resolve('aborted');
      signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    });
    const pieces = run.reply.stream(signal);
    while (true) {
      const next = pieces.next();
      const step = await Promise.race([next, aborted]);
      if (step === 'aborted') {
        next.catch(() => {});
        return 'aborted';
      }
      if (step.done) return signal.aborted ? 'aborted' : step.value;
      run.output.push(step.value);
    }
  };

  const finishDone = (run: ActiveRun, end: ReplyEnd) => {
    const endedAt = clock.now();
    const { stopReason, usage } = end;
    settle(run, { state: 'done', endedAt, stopReason, usage }, () => [appendAnswer(run, end)]);
    events.chat(run, { state: 'final', stopReason, message: chatMessage(run.output.text, endedAt) });
    events.agent(run, 'lifecycle', {
      phase: 'end',
      startedAt: run.startedAt,
      endedAt,
      stopReason,
      aborted: false,
    });
  };

  const finishAborted = (run: ActiveRun) => {
    const { text } = run.output;
    const abortOrigin = run.abortOrigin ?? 'rpc';
    // Nothing said yet: the next start begins it again.
    if (abortOrigin === 'shutdown' && text === '') return;
    const endedAt = clock.now();
    settle(run, { state: 'aborted', endedAt, stopReason: abortOrigin }, () =>
      text === '' ? [] : [appendAnswer(run, { stopReason: 'stop', usage: noUsage, abortOrigin })],
    );
    events.chat(run, {
      state: 'aborted',
      stopReason: abortOrigin,
      ...(text === '' ? {} : { message: chatMessage(text, endedAt) }),
    });
    events.agent(run, 'lifecycle', {
      phase: 'end',
      status: 'cancelled',
      startedAt: run.startedAt,
      endedAt,
      stopReason: abortOrigin,
      aborted: true,
    });
  };

  const finishFailed = (run: ActiveRun, thrown: unknown) => {
    const isExpected = thrown instanceof ReplyFailure;
    const failure = isExpected ? thrown : new ReplyFailure(t('responder.modelError.internal'), 'unknown');
    const { kind, httpStatus, message } = failure;
    logger[isExpected ? 'info' : 'error'](
      { runId: run.runId, kind, httpStatus, reason: reasonOf(thrown) },
      'run failed',
    );
    const endedAt = clock.now();
    try {
      settle(run, { state: 'failed', endedAt, stopReason: 'error', error: message }, () => [
        ...(run.output.text === '' ? [] : [appendAnswer(run, { stopReason: 'error', usage: noUsage })]),
        appendFailure(run.sessionKey, run.runId, message),
      ]);
    } catch (unwritten) {
      // A full disk, say. The clients still learn that the run is over; the next start begins it again.
      logger.error(
        { runId: run.runId, reason: reasonOf(unwritten) },
        'the end of a run could not be written',
      );
    }
    const { provider, model } = run.reply;
    events.chat(run, {
      state: 'error',
      errorMessage: message,
      errorKind: kind,
      errorDetail: { provider, model, ...(httpStatus === undefined ? {} : { httpStatus }) },
    });
    events.agent(run, 'lifecycle', {
      phase: 'error',
      startedAt: run.startedAt,
      endedAt,
      error: message,
      aborted: false,
    });
  };

  return {
    begin(record) {
      const { runId, sessionKey } = record;
      const reply = deps.chooseReply(record);
      const startedAt = clock.now();
      runs.begin(runId, startedAt, reply);
      const run: ActiveRun = {
        runId,
        sessionKey,
        sessionId: sessions.find(sessionKey)?.sessionId ?? '',
        seq: 0,
        startedAt,
        reply,
        controller: new AbortController(),
        output: createRunOutput(clock, ({ delta, text }) => {
          events.agent(run, 'assistant', { text, delta, itemId: `${runId}:1` });
          events.chat(run, {
            state: 'delta',
            deltaText: delta,
            message: chatMessage(text, clock.now()),
          });
        }),
        abortOrigin: null,
      };
      return { run, row: record.attempts > 0 ? null : appendUser(record, reply.excluded) };
    },
    async execute(run) {
      try {
        announceStart(run);
        const end = await listen(run);
        run.output.flush();
        if (end === 'aborted') finishAborted(run);
        else finishDone(run, end);
      } catch (thrown) {
        run.output.flush();
        finishFailed(run, thrown);
      }
    },
    giveUp(record, sentence) {
      appendFailure(record.sessionKey, record.runId, sentence);
      runs.end(record.runId, {
        state: 'failed',
        endedAt: clock.now(),
        stopReason: 'error',
        error: sentence,
      });
    },
  };
}

const reasonOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));
