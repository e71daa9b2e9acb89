import type { GatewayDatabase } from '../sessions/database.ts';
import type { HistoryRow } from '../sessions/history-row.ts';
import type { ActiveRun, Steering } from './active-run.ts';
import { countCall } from './cost.ts';
import type { AnswerFiles } from './media/answer-files.ts';
import type { RunSink } from './reply.ts';
import type { RunEvents } from './run-events.ts';
import type { Transcript } from './transcript.ts';

type SinkDeps = {
  readonly database: GatewayDatabase;
  readonly events: RunEvents;
  readonly files: AnswerFiles;
  readonly transcript: Transcript;
  readonly steering: Steering;
};

/** The hands of a reply: what it says goes to the disk first and to the clients next. */
export function createRunSink(run: ActiveRun, deps: SinkDeps): RunSink {
  const { database, events, files, transcript, steering } = deps;
  const { signal } = run.controller;
  const written = (write: () => HistoryRow[]) => {
    for (const row of database.transaction(write)) events.message(run.sessionKey, row);
  };
  return {
    runId: run.runId,
    sessionKey: run.sessionKey,
    sessionId: run.sessionId,
    startedAt: run.startedAt,
    signal,
    say(piece) {
      if (!signal.aborted) run.output.push(piece);
    },
    unsay() {
      if (!signal.aborted) run.output.retract();
    },
    status(phase, details) {
      if (!signal.aborted) events.status(run, phase, details);
    },
    emit(stream, data) {
      if (signal.aborted) return;
      const sent = events.agent(run, stream, data);
      if (stream === 'item') run.items.set(String(data.itemId), sent);
    },
    finishStep(step) {
      signal.throwIfAborted();
      const { segment } = run.output;
      run.output.flush();
      const { segmentText: text, shownSegment: shown } = run.output;
      const itemId = `${run.runId}:${segment}`;
      run.output.endSegment();
      countCall(run, step.usage);
      if (shown.trim() !== '') {
        // What was said before a call is told as a remark of its own as well (observed).
        const preamble = { kind: 'preamble', title: 'Preamble', progressText: shown, itemId };
        for (const phase of ['update', 'end']) events.agent(run, 'item', { ...preamble, phase });
      }
      events.agent(run, 'usage', { outputTokens: run.usage.output });
      written(() => transcript.step(run, step, { text, itemId }));
      return text;
    },
    toolResult(result) {
      signal.throwIfAborted();
      written(() => [transcript.toolResult(run, result)]);
    },
    keep: files.keep,
    isSteered: () => steering.isWanted(run),
    takeSteered: () => steering.take(run),
    answerAndTakeSteered(answer) {
      signal.throwIfAborted();
      run.output.flush();
      const taken = steering.take(run, () => [transcript.answer(run, answer)]);
      if (taken.length > 0) {
        run.output.endSegment();
        countCall(run, answer.usage);
        events.agent(run, 'usage', { outputTokens: run.usage.output });
      }
      return taken;
    },
  };
}
