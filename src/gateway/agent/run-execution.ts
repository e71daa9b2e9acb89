import type { Translate } from '../../shared/errors.ts';
import type { GatewayClock } from '../clock.ts';
import type { GatewayLogger } from '../options.ts';
import type { GatewayDatabase } from '../sessions/database.ts';
import type { HistoryRow } from '../sessions/history-row.ts';
import type { RunEnd, RunRecord, RunStore } from '../sessions/run-store.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { type ActiveRun, type RunOutcome, type Steering, stopReasonOf } from './active-run.ts';
import { countCall, noUsage } from './cost.ts';
import type { AnswerFiles } from './media/answer-files.ts';
import { type Reply, type ReplyEnd, ReplyFailure } from './reply.ts';
import { chatMessage, type RunEvents } from './run-events.ts';
import { createRunOutput } from './run-output.ts';
import { createRunSink } from './run-sink.ts';
import { createTranscript } from './transcript.ts';

/** A run that was begun, with the user rows that were written for it (none when it is taken up again). */
export type BegunRun = { readonly run: ActiveRun; readonly rows: readonly HistoryRow[] };

export type RunExecution = {
  /**
   * Marks the run as begun and writes the user rows of the messages that it answers. For use inside a transaction.
   */
  begin(run: RunRecord, answered: readonly RunRecord[]): BegunRun;
  /** Listens to the reply and writes what comes of it. Never rejects. */
  execute(run: ActiveRun, steering: Steering): Promise<RunOutcome>;
  /** Gives up a run without beginning it. For use inside a transaction. */
  giveUp(run: RunRecord, sentence: string): void;
};

export type RunExecutionDeps = {
  readonly database: GatewayDatabase;
  readonly sessions: SessionStore;
  readonly runs: RunStore;
  readonly files: AnswerFiles;
  readonly events: RunEvents;
  /** Decides, at the moment a run begins, how its message is answered. */
  readonly chooseReply: (run: RunRecord) => Reply;
  /** The text of a run has grown, or was replaced. */
  readonly onText: (runId: string, step: { delta: string; text: string; replaced: boolean }) => void;
  readonly clock: GatewayClock;
  readonly newId: () => string;
  readonly logger: GatewayLogger;
  readonly t: Translate;
};

export function createRunExecution(deps: RunExecutionDeps): RunExecution {
  const { database, sessions, runs, events, clock, logger, t } = deps;
  const transcript = createTranscript(deps);

  /** Writes the last rows of a run together with its end; only then do the clients hear of them. */
  const settle = <Row extends HistoryRow>(
    run: ActiveRun,
    end: Omit<RunEnd, 'usage' | 'contextTokens'>,
    write: () => Row[],
  ) => {
    const { usage, contextTokens } = run;
    const rows = database.transaction(() => {
      const written = write();
      runs.end(run.runId, { ...end, usage, contextTokens });
      sessions.touch(run.sessionKey, clock.now(), false);
      return written;
    });
    for (const row of rows) events.message(run.sessionKey, row);
    return rows;
  };

  const announceStart = (run: ActiveRun) => {
    if (run.reply.kind === 'model') events.status(run, 'preparing_workspace');
    events.status(run, 'preparing_context');
    events.agent(run, 'lifecycle', { phase: 'start', startedAt: run.startedAt });
    events.sessionChanged(run.sessionKey, {
      reason: 'agent.run.started',
      phase: 'start',
      runId: run.runId,
    });
  };

  /**
   * Runs the reply to its end. An abort wins at once, even over a reply that does not listen to the signal.
   */
  const listen = async (run: ActiveRun, steering: Steering): Promise<ReplyEnd | 'aborted'> => {
    const { signal } = run.controller;
    const aborted = new Promise<'aborted'>((resolve) => {
      if (signal.aborted) resolve('aborted');
      signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    });
    const sink = createRunSink(run, { ...deps, transcript, steering });
    const reply = run.reply.run(sink).catch((thrown) => {
      if (signal.aborted) return 'aborted' as const;
      throw thrown;
    });
    const end = await Promise.race([reply, aborted]);
    return signal.aborted ? 'aborted' : end;
  };

  const finishDone = (run: ActiveRun, end: ReplyEnd): RunOutcome => {
    const endedAt = clock.now();
    const { startedAt, sessionId, output } = run;
    const { stopReason, by = run.reply, toolNames = [] } = end;
    const { provider, model } = by;
    countCall(run, end.usage);
    const { usage } = run;
    const ending = { stopReason, aborted: false, endedAt, livenessState: 'working', replayInvalid: false };
    const [row] = settle(run, { state: 'done', endedAt, stopReason, by: { provider, model } }, () => [
      transcript.answer(run, { ...end, ...by }),
    ]);
    const [, ...files] = row?.content ?? [];
    if (run.reply.kind === 'model') events.agent(run, 'usage', { outputTokens: usage.output });
    events.agent(run, 'lifecycle', { phase: 'finishing', ...ending });
    const chosen = { provider: run.reply.provider, model: run.reply.model };
    events.agent(run, 'lifecycle', {
      phase: 'end',
      startedAt,
      ...ending,
      terminalReply: { disposition: 'visible', text: output.shownSegment },
      terminalReceipt: {
        runId: run.runId,
        sessionId,
        turnId: run.runId,
        requested: chosen,
        effective: { provider, model, responseModel: end.responseModel ?? model },
        successfulToolNames: toolNames,
        rerouted: provider !== chosen.provider || model !== chosen.model,
        terminalDisposition: 'visible',
      },
      executionSettled: true,
    });
    events.chat(run, { state: 'final', stopReason, message: chatMessage(output.shown, endedAt, files) });
    return {
      status: 'ok',
      text: output.shown,
      stopReason,
      usage,
      provider,
      model,
      sessionId,
      startedAt,
      endedAt,
    };
  };

  const finishAborted = (run: ActiveRun): RunOutcome => {
    const { output } = run;
    const origin = run.abortOrigin ?? 'rpc';
    const stopReason = stopReasonOf[origin];
    const endedAt = clock.now();
    const outcome = { status: 'aborted', text: output.shown, stopReason, endedAt } as const;
    // Nothing said yet: the next start begins it again.
    if (origin === 'shutdown' && output.text === '') return outcome;
    // What an interrupted run was saying is told, and stands in no transcript (observed).
    settle(run, { state: 'aborted', endedAt, stopReason }, () =>
      output.segmentText === '' || origin === 'interrupt'
        ? []
        : [transcript.answer(run, { ...run.reply, stopReason: 'stop', usage: noUsage, abortOrigin: origin })],
    );
    events.agent(run, 'lifecycle', {
      phase: 'end',
      status: 'cancelled',
      startedAt: run.startedAt,
      endedAt,
      stopReason,
      aborted: true,
    });
    events.chat(run, {
      state: 'aborted',
      stopReason,
      ...(output.shown === '' ? {} : { message: chatMessage(output.shown, endedAt) }),
    });
    return outcome;
  };

  const finishFailed = (run: ActiveRun, thrown: unknown): RunOutcome => {
    const isExpected = thrown instanceof ReplyFailure;
    const failure = isExpected ? thrown : new ReplyFailure(t('responder.modelError.internal'));
    const { kind, reason, facts, message } = failure;
    const { httpStatus } = facts;
    logger[isExpected ? 'info' : 'error'](
      { runId: run.runId, kind, httpStatus, reason: isExpected ? (facts.detail ?? reason) : String(thrown) },
      'run failed',
    );
    const endedAt = clock.now();
    const stopReason = 'error';
    try {
      settle(run, { state: 'failed', endedAt, stopReason, error: message }, () => [
        ...(run.output.segmentText === ''
          ? []
          : [transcript.answer(run, { ...run.reply, stopReason, usage: noUsage })]),
        transcript.failure(run.sessionKey, run.runId, message),
      ]);
    } catch (unwritten) {
      // A full disk, say. The clients still learn that the run is over; the next start begins it again.
      logger.error({ runId: run.runId, reason: String(unwritten) }, 'the end of a run could not be written');
    }
    const { provider, model } = facts.model ?? run.reply;
    const observation = { provider, model, failoverReason: reason, providerRuntimeFailureKind: kind };
    events.agent(run, 'lifecycle', {
      phase: 'error',
      startedAt: run.startedAt,
      endedAt,
      error: message,
      errorObservation: observation,
      livenessState: 'blocked',
      aborted: false,
      executionSettled: true,
    });
    events.chat(run, {
      state: 'error',
      errorMessage: message,
      errorKind: kind,
      errorDetail: { ...observation, ...(httpStatus === undefined ? {} : { httpStatus }) },
    });
    // Clients of a real Gateway expect the second one; they tell them apart by its missing agent.
    events.chatAlone(run, {
      state: 'error',
      errorMessage: t('responder.failedBeforeReply', { reason: message }),
    });
    return { status: 'error', message, endedAt };
  };

  return {
    begin(record, answered) {
      const { runId, sessionKey } = record;
      const reply = deps.chooseReply(record);
      const startedAt = clock.now();
      runs.begin(runId, startedAt, reply);
      const run: ActiveRun = {
        runId,
        sessionKey,
        sessionId: sessions.find(sessionKey)?.sessionId ?? '',
        connId: record.connId,
        deviceId: record.deviceId,
        seq: 0,
        startedAt,
        reply,
        controller: new AbortController(),
        items: new Map(),
        usage: noUsage,
        contextTokens: null,
        abortOrigin: null,
        output: createRunOutput(clock, (step) => {
          const { segment, delta, segmentText, answer, answerDelta, replace } = step;
          const flag = replace ? { replace: true } : {};
          deps.onText(runId, { delta: answerDelta, text: answer, replaced: replace });
          events.agent(run, 'assistant', {
            text: segmentText,
            delta,
            itemId: `${runId}:${segment}`,
            ...flag,
          });
          events.chat(run, {
            state: 'delta',
            deltaText: answerDelta,
            message: chatMessage(answer, clock.now()),
            ...flag,
          });
        }),
      };
      const rows = record.attempts > 0 ? [] : answered.map((each) => transcript.user(each, reply.excluded));
      return { run, rows };
    },
    async execute(run, steering) {
      try {
        announceStart(run);
        const end = await listen(run, steering);
        run.output.flush();
        return end === 'aborted' ? finishAborted(run) : finishDone(run, end);
      } catch (thrown) {
        run.output.flush();
        return finishFailed(run, thrown);
      }
    },
    giveUp(record, sentence) {
      transcript.failure(record.sessionKey, record.runId, sentence);
      runs.end(record.runId, {
        state: 'failed',
        endedAt: clock.now(),
        stopReason: 'error',
        error: sentence,
      });
    },
  };
}
