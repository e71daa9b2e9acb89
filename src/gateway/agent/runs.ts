import { setImmediate } from 'node:timers/promises';
import type { MediaFact, Sender } from '../sessions/history-row.ts';
import type { QueueMode, RunRecord } from '../sessions/run-store.ts';
import type { ActiveRun, RunOutcome, Steering } from './active-run.ts';
import { parseCommand } from './commands.ts';
import type { Questions } from './questions/questions.ts';
import { type Accepted, outcomeOf, recall } from './recall.ts';
import { type BegunRun, createRunExecution, type RunExecutionDeps } from './run-execution.ts';
import { createTranscript } from './transcript.ts';

/** A message that passed its checks. `runId` is its idempotency key. */
type Send = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly message: string;
  readonly sender: Sender;
  /** Never read as a slash command. */
  readonly plain: boolean;
  readonly queueMode: QueueMode;
  /** Its sender may answer what the agent asks. */
  readonly mayAnswer?: boolean;
  readonly connId?: string;
  readonly deviceId?: string;
  readonly media?: readonly MediaFact[];
  readonly thinking?: string;
};

type TextListener = (step: { delta: string; text: string; replaced: boolean }) => void;

type InFlightRun = {
  readonly runId: string;
  readonly text: string;
  readonly startedAt: number;
  /** `agent` events: where its tool calls stand. */
  readonly events: readonly object[];
};

/**
 * Runs: one at a time in each session, in the order of their sends; commands beside them. They do not depend on any
 * connection.
 */
export type Runs = {
  /** Throws when it could not be written: then it was not accepted. */
  accept(send: Send): Accepted;
  /** Ends one run, or all of the session; queued ones too. Returns those that were ended. */
  abort(sessionKey: string, runId?: string, origin?: 'rpc' | 'timeout'): string[];
  /** Resolves when the run is over, at once for one that is; undefined for a run that nobody knows. */
  outcome(runId: string): Promise<RunOutcome> | undefined;
  /** Hears what a run says, as the clients do. Returns the way to stop. */
  listen(runId: string, onText: TextListener): () => void;
  isKnown(runId: string): boolean;
  /** The device that sent a run, and where, for those who ask whether they may end it. */
  owner(runId: string): { deviceId: string | null; sessionKey: string } | undefined;
  inFlight(sessionKey: string): InFlightRun | undefined;
  /** The active run first, then the queued ones. */
  unfinishedIds(sessionKey: string): string[];
  /** Takes up what an earlier process left unfinished, and forgets what is long past. */
  resume(): void;
  /**
   * Ends active runs and keeps what they said so far; one that said nothing yet is begun again after the next
   * start.
   */
  stop(): Promise<void>;
};

/** A run that was cut off this often is not begun again: it may be what brings the process down. */
const MAX_ATTEMPTS = 2;

/**
 * A message that waits for its turn ends as a send at once, with an empty final; later it gets a run of another id
 * (observed). Steering ones end when they are taken.
 */
const endsEarly = ({ queueMode }: Pick<RunRecord, 'queueMode'>) =>
  queueMode === 'followup' || queueMode === 'collect';

/** How long an idempotency key is remembered after its run. */
const REMEMBER_RUNS_MS = 7 * 24 * 60 * 60_000;

type RunsDeps = Omit<RunExecutionDeps, 'onText'> & {
  readonly questions: Pick<Questions, 'answerInWords' | 'giveUp'>;
};

export function createRuns(deps: RunsDeps): Runs {
  const { database, sessions, runs, events, clock, newId, logger, t } = deps;
  const listeners = new Map<string, Set<TextListener>>();
  const execution = createRunExecution({
    ...deps,
    onText(runId, step) {
      for (const listener of listeners.get(runId) ?? []) listener(step);
    },
  });
  const transcript = createTranscript(deps);
  const active = new Map<string, ActiveRun>();
  const settling = new Set<Promise<unknown>>();
  const waiting = new Map<string, ((outcome: RunOutcome) => void)[]>();
  let stopped = false;

  /** The Gateway's own commands are answered at once, beside a run that is on (observed). */
  const isCommand = ({ plain, message }: RunRecord) => plain === 0 && parseCommand(message) !== null;

  const tellWaiting = (runId: string, outcome: RunOutcome) => {
    for (const resolve of waiting.get(runId) ?? []) resolve(outcome);
    waiting.delete(runId);
  };

  const launch = (begun: BegunRun, isNew: boolean) => {
    const { run } = begun;
    const isAside = active.has(run.sessionKey);
    if (!isAside) active.set(run.sessionKey, run);
    const settled = follow(begun, isNew, isAside)
      .catch((thrown) => logger.error({ runId: run.runId, reason: String(thrown) }, 'a run fell over'))
      .finally(() => settling.delete(settled));
    settling.add(settled);
  };

  const follow = async ({ run, rows }: BegunRun, isNew: boolean, isAside: boolean) => {
    try {
      // Later in the loop, so that the acknowledgement leaves before the first event.
      await setImmediate();
      if (isNew) events.sessionChanged(run.sessionKey, { reason: 'send' });
      for (const row of rows) events.message(run.sessionKey, row);
      tellWaiting(run.runId, await execution.execute(run, steering));
    } finally {
      if (!isAside) active.delete(run.sessionKey);
    }
    if (stopped) return;
    announceSettled(run);
    if (!isAside) startNext(run.sessionKey);
  };

  const announceSettled = ({ sessionKey, runId }: { sessionKey: string; runId: string }) =>
    events.sessionChanged(sessionKey, { reason: 'agent.input.settled', phase: 'end', runId });

  /** A send whose message is answered by another run ends without an answer of its own (observed). */
  const sayEmptyFinal = (run: RunRecord) => {
    events.chatAlone(run, { state: 'final' });
    announceSettled(run);
  };

  const settleInto = (run: RunRecord, answering: string) => {
    tellWaiting(run.runId, {
      status: 'ok',
      text: '',
      stopReason: answering,
      usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 },
      provider: run.provider ?? '',
      model: run.model ?? '',
      sessionId: sessions.find(run.sessionKey)?.sessionId ?? '',
      startedAt: clock.now(),
      endedAt: clock.now(),
    });
  };

  const endInto = (others: readonly RunRecord[], stopReason: string) => {
    const endedAt = clock.now();
    for (const { runId } of others) runs.end(runId, { state: 'done', endedAt, stopReason });
  };

  const steeringRuns = (sessionKey: string) => {
    const waitingRuns = runs.queued(sessionKey);
    // Nothing is taken out of its turn: the first that is no steering message ends the list.
    const end = waitingRuns.findIndex((each) => each.queueMode !== 'steer' || isCommand(each));
    return end === -1 ? waitingRuns : waitingRuns.slice(0, end);
  };

  const steering: Steering = {
    isWanted: ({ sessionKey }) => steeringRuns(sessionKey).length > 0,
    take(run, writeFirst = () => []) {
      const steered = steeringRuns(run.sessionKey);
      if (steered.length === 0) return [];
      const { before, taken } = database.transaction(() => {
        const first = writeFirst();
        endInto(steered, 'steered');
        const rows = steered.map((each) => transcript.user(each, false, run.runId));
        return { before: first, taken: rows.filter((row) => row.role === 'user') };
      });
      for (const row of [...before, ...taken]) events.message(run.sessionKey, row);
      for (const each of steered) {
        settleInto(each, 'steered');
        sayEmptyFinal(each);
      }
      return taken;
    },
  };

  /**
   * What a person says while the agent waits for them is the answer, in whatever queue mode but `interrupt` (observed), and
   * ends as a send. Where it answers too little, the question waits on.
   */
  const answerQuestion = (current: ActiveRun, said: RunRecord): boolean => {
    if (said.state !== 'queued' || said.queueMode === 'interrupt' || said.media !== '[]') return false;
    const answered = deps.questions.answerInWords(current.runId, said.message);
    if (answered === undefined) return false;
    const endedAt = clock.now();
    const error = answered.ok ? null : t('responder.questionNotAnswered');
    const row = database.transaction(() => {
      const end = error === null ? { stopReason: 'answered' } : { stopReason: 'error', error };
      runs.end(said.runId, { state: error === null ? 'done' : 'failed', endedAt, ...end });
      return transcript.user(said, false);
    });
    events.message(said.sessionKey, row);
    if (error === null) {
      settleInto(said, 'answered');
      sayEmptyFinal(said);
      return true;
    }
    tellWaiting(said.runId, { status: 'error', message: error, endedAt });
    events.chatAlone(said, { state: 'error', errorMessage: error });
    announceSettled(said);
    return true;
  };

  const startNext = (sessionKey: string) => {
    if (active.has(sessionKey)) return;
    const [next, ...others] = runs.queued(sessionKey);
    if (next === undefined) return;
    // One answer for all that was collected (doc: concepts/queue.md). Of messages that come by `chat.send` the real one
    // answers each by itself (observed with 2026.9.6); the sends and the rows are the same.
    const end = others.findIndex(({ queueMode }) => queueMode !== 'collect');
    const following = end === -1 ? others : others.slice(0, end);
    const answered = [next, ...(next.queueMode === 'collect' ? following : [])];
    if (!endsEarly(next)) {
      launch(
        database.transaction(() => execution.begin(next, answered)),
        false,
      );
      return;
    }
    const begun = database.transaction(() => {
      const run = runs.copy(next, newId());
      endInto(answered, 'queued');
      return execution.begin(run, answered);
    });
    for (const each of answered) settleInto(each, 'queued');
    launch(begun, false);
  };

  const abortQueued = (run: RunRecord) => {
    const endedAt = clock.now();
    runs.end(run.runId, { state: 'aborted', endedAt, stopReason: 'rpc' });
    if (!endsEarly(run)) events.chatAlone(run, { state: 'aborted', stopReason: 'rpc' });
    tellWaiting(run.runId, { status: 'aborted', text: '', stopReason: 'rpc', endedAt });
    announceSettled(run);
  };

  const abortActive = (run: ActiveRun | undefined, origin: NonNullable<ActiveRun['abortOrigin']>) => {
    if (run === undefined || run.abortOrigin !== null) return false;
    run.abortOrigin = origin;
    run.controller.abort();
    return true;
  };

  return {
    accept(send) {
      const known = runs.find(send.runId);
      if (known !== undefined) return recall(known, send);
      const { connId = null, deviceId = null, media = [], thinking = null } = send;
      const begun = database.transaction(() => {
        sessions.ensure(send.sessionKey, newId(), clock.now());
        sessions.touch(send.sessionKey, clock.now(), true);
        const acceptedAt = clock.now();
        const accepted = runs.accept({ ...send, connId, deviceId, media, thinking, acceptedAt });
        const waits = active.has(send.sessionKey) && !isCommand(accepted);
        return waits ? null : execution.begin(accepted, [accepted]);
      });
      if (begun !== null) {
        launch(begun, true);
        return { status: 'started' };
      }
      void setImmediate().then(() => {
        events.sessionChanged(send.sessionKey, { reason: 'send' });
        const waitingRun = runs.find(send.runId);
        const current = active.get(send.sessionKey);
        if (send.mayAnswer && current && waitingRun && answerQuestion(current, waitingRun)) return;
        if (waitingRun !== undefined && endsEarly(waitingRun)) sayEmptyFinal(waitingRun);
        // Nothing may wait for another answer of a person who has said something else.
        if (current !== undefined && steering.isWanted(current)) deps.questions.giveUp(current.runId);
      });
      if (send.queueMode !== 'interrupt') return { status: 'started' };
      const interruptedActiveRun = abortActive(active.get(send.sessionKey), 'interrupt');
      return { status: 'started', ...(interruptedActiveRun ? { interruptedActiveRun } : {}) };
    },
    abort(sessionKey, runId, origin = 'rpc') {
      const isMeant = (run: { runId: string }) => runId === undefined || runId === run.runId;
      const ended: string[] = [];
      const current = active.get(sessionKey);
      if (current !== undefined && isMeant(current) && abortActive(current, origin))
        ended.push(current.runId);
      for (const run of runs.queued(sessionKey).filter(isMeant)) {
        abortQueued(run);
        ended.push(run.runId);
      }
      return ended;
    },
    outcome(runId) {
      const run = runs.find(runId);
      if (run === undefined) return undefined;
      const past = outcomeOf(run);
      if (past !== null) return Promise.resolve(past);
      return new Promise((resolve) => waiting.set(runId, [...(waiting.get(runId) ?? []), resolve]));
    },
    listen(runId, onText) {
      const own = listeners.get(runId) ?? new Set();
      listeners.set(runId, own.add(onText));
      return () => {
        own.delete(onText);
        if (own.size === 0) listeners.delete(runId);
      };
    },
    isKnown: (runId) => runs.find(runId) !== undefined,
    owner: (runId) => runs.find(runId),
    inFlight(sessionKey) {
      const run = active.get(sessionKey);
      if (run === undefined) return undefined;
      const { runId, startedAt, output, items } = run;
      return { runId, text: output.shown, startedAt, events: [...items.values()] };
    },
    unfinishedIds(sessionKey) {
      const current = active.get(sessionKey);
      const queued = runs.queued(sessionKey).map((run) => run.runId);
      return current === undefined ? queued : [current.runId, ...queued];
    },
    resume() {
      runs.prune(clock.now() - REMEMBER_RUNS_MS);
      const unfinished = runs.unfinished();
      for (const run of unfinished.filter(({ state }) => state === 'running')) {
        logger.info({ runId: run.runId, attempts: run.attempts }, 'a run was cut off');
        if (run.attempts < MAX_ATTEMPTS) {
          launch(
            database.transaction(() => execution.begin(run, [run])),
            false,
          );
        } else {
          database.transaction(() => execution.giveUp(run, t('responder.modelError.interrupted')));
        }
      }
      for (const { sessionKey } of unfinished) startNext(sessionKey);
    },
    async stop() {
      stopped = true;
      for (const run of active.values()) abortActive(run, 'shutdown');
      await Promise.all(settling);
    },
  };
}
