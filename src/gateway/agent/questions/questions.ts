import type { QuestionAnswers, QuestionRecord, QuestionResolvedEvent } from '@openclaw/gateway-protocol';
import type { GatewayClock } from '../../clock.ts';
import type { Hub } from '../../server/hub.ts';
import { answersInWords, readAnswers } from './question-rules.ts';

/** What is asked, and what it belongs to. */
export type QuestionToAsk = Pick<QuestionRecord, 'questions' | 'agentId' | 'sessionKey' | 'runId'>;

/** Why a question cannot be asked, answered or skipped; `reason` is the protocol's word. */
export type QuestionRefusal = {
  readonly ok: false;
  readonly reason:
    | 'QUESTION_NOT_FOUND'
    | 'QUESTION_ALREADY_TERMINAL'
    | 'QUESTION_ID_IN_USE'
    | 'QUESTION_INVALID_ANSWER';
  readonly message: string;
};

type OpenOptions = {
  readonly id?: string | undefined;
  readonly timeoutMs?: number | undefined;
  /** Takes the question back. */
  readonly signal?: AbortSignal;
};

type Opened = {
  readonly ok: true;
  readonly record: QuestionRecord;
  /** Never rejects. */
  readonly settled: Promise<QuestionRecord>;
};

/**
 * The life of a question (observed):
 *
 *   pending ──resolve──> answered | cancelled
 *      ├──its time is over──> expired
 *      └──its run ends, or is told what is no answer──> cancelled
 */
type Entry = {
  record: QuestionRecord;
  endedAt: number | null;
  readonly settled: Promise<QuestionRecord>;
  /** Of the timer and the signal. */
  readonly letGo: () => void;
  readonly tell: (record: QuestionRecord) => void;
};

export type Questions = {
  open(what: QuestionToAsk, options?: OpenOptions): Opened | QuestionRefusal;
  /** One that waits, or ended a moment ago. */
  find(id: string): QuestionRecord | undefined;
  /** The record once it is settled, or as it is when the time is over. Undefined for an unknown question. */
  wait(id: string, timeoutMs?: number): Promise<QuestionRecord> | undefined;
  answer(
    id: string,
    answers: QuestionAnswers,
    by?: string,
  ): { ok: true; record: QuestionRecord } | QuestionRefusal;
  /** A message of the person to this run, as the answer. Undefined where the run asks nothing. */
  answerInWords(runId: string, message: string): ReturnType<Questions['answer']> | undefined;
  cancel(id: string, by?: string): { ok: true; record: QuestionRecord } | QuestionRefusal;
  /** What waits, oldest first. */
  list(): QuestionRecord[];
  /** What a run asks is skipped: its person has said something else. */
  giveUp(runId: string): void;
  stop(): void;
};

const QUESTION_LIFETIME_MS = 15 * 60_000;
/** How long a question that was settled is still known (observed). */
const REMEMBER_MS = 15_000;
/** Node's timers count no further. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const audience = { scope: 'operator.questions' } as const;

/** Questions of agents to people. They live in memory: a restart ends their runs too. */
export function createQuestions(deps: { hub: Hub; clock: GatewayClock; newId: () => string }): Questions {
  const { hub, clock, newId } = deps;
  const entries = new Map<string, Entry>();

  const forgetOld = () => {
    for (const [id, { endedAt }] of entries) {
      if (endedAt !== null && clock.now() - endedAt > REMEMBER_MS) entries.delete(id);
    }
  };
  const entryOf = (id: string) => {
    forgetOld();
    return entries.get(id);
  };
  const pending = () => [...entries.values()].filter(({ record }) => record.status === 'pending');

  const settle = (entry: Entry, end: Pick<QuestionRecord, 'status' | 'answers' | 'resolvedBy'>) => {
    if (entry.record.status !== 'pending') return entry.record;
    entry.record = { ...entry.record, ...end };
    entry.endedAt = clock.now();
    entry.letGo();
    hub.broadcast('question.resolved', resolvedEvent(entry.record), audience);
    entry.tell(entry.record);
    return entry.record;
  };

  /** The entry if it still waits. */
  const waiting = (id: string): { ok: true; entry: Entry } | QuestionRefusal => {
    const entry = entryOf(id);
    if (entry === undefined) return questionNotFound(id);
    const { status } = entry.record;
    if (status === 'pending') return { ok: true, entry };
    return { ok: false, reason: 'QUESTION_ALREADY_TERMINAL', message: `question '${id}' is over: ${status}` };
  };

  const answer: Questions['answer'] = (id, answers, by) => {
    const found = waiting(id);
    if (!found.ok) return found;
    const read = readAnswers(found.entry.record.questions, answers);
    if (!read.ok) return { ok: false, reason: 'QUESTION_INVALID_ANSWER', message: read.problem };
    const record = settle(found.entry, { status: 'answered', answers: read.answers, ...resolvedBy(by) });
    return { ok: true, record };
  };

  return {
    open(what, { id = newId(), timeoutMs = QUESTION_LIFETIME_MS, signal } = {}) {
      if (entryOf(id) !== undefined) {
        return { ok: false, reason: 'QUESTION_ID_IN_USE', message: `there is a question '${id}' already` };
      }
      const createdAtMs = clock.now();
      const expiresAtMs = createdAtMs + timeoutMs;
      const { promise: settled, resolve: tell } = Promise.withResolvers<QuestionRecord>();
      const cancelExpiry = clock.after(Math.min(timeoutMs, MAX_TIMER_MS), () =>
        settle(entry, { status: 'expired' }),
      );
      const onAbort = () => settle(entry, { status: 'cancelled', resolvedBy: 'requester-inactive' });
      const entry: Entry = {
        record: { id, ...what, createdAtMs, expiresAtMs, status: 'pending' },
        endedAt: null,
        settled,
        tell,
        letGo() {
          cancelExpiry();
          signal?.removeEventListener('abort', onAbort);
        },
      };
      const { record } = entry;
      entries.set(id, entry);
      hub.broadcast('question.requested', record, audience);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) onAbort();
      return { ok: true, record, settled };
    },
    find: (id) => entryOf(id)?.record,
    wait(id, timeoutMs) {
      const entry = entryOf(id);
      if (entry === undefined || entry.record.status !== 'pending' || timeoutMs === undefined) {
        return entry?.settled;
      }
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(Math.min(timeoutMs, MAX_TIMER_MS), resolve);
      return Promise.race([entry.settled, late]).then(() => {
        cancel();
        return entry.record;
      });
    },
    answer,
    answerInWords(runId, message) {
      const asked = pending().find(({ record }) => record.runId === runId)?.record;
      if (asked === undefined) return undefined;
      return answer(asked.id, answersInWords(asked.questions, message), 'plain-text');
    },
    cancel(id, by) {
      const found = waiting(id);
      if (!found.ok) return found;
      return { ok: true, record: settle(found.entry, { status: 'cancelled', ...resolvedBy(by) }) };
    },
    list() {
      forgetOld();
      return pending().map(({ record }) => record);
    },
    giveUp(runId) {
      for (const entry of pending()) {
        if (entry.record.runId !== runId) continue;
        settle(entry, { status: 'cancelled', resolvedBy: 'superseded-input' });
      }
    },
    stop() {
      for (const entry of pending()) settle(entry, { status: 'cancelled' });
    },
  };
}

export const questionNotFound = (id: string): QuestionRefusal => ({
  ok: false,
  reason: 'QUESTION_NOT_FOUND',
  message: `there is no question '${id}'`,
});

const resolvedBy = (by: string | undefined) => (by === undefined ? {} : { resolvedBy: by });

function resolvedEvent({ id, status, answers }: QuestionRecord): QuestionResolvedEvent {
  if (status === 'answered') return { id, status, answers: answers ?? { answers: {} } };
  return { id, status: status === 'expired' ? 'expired' : 'cancelled' };
}
