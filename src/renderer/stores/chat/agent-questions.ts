import type { EventFrame } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import { requestError } from './refusal.ts';

export type QuestionPart = {
  id: string;
  text: string;
  options: readonly { label: string; description: string | null }[];
  /** Several options may be chosen. */
  isMulti: boolean;
  /** The answer must not be seen or kept. */
  isSecret: boolean;
  /** The answer goes into the Gateway's store of secrets, which asks for more than words. */
  isForStore: boolean;
};

/** One to three questions that the agent waits for. */
export type AgentQuestion = {
  id: string;
  /** Of the conversation it belongs to; null for none. */
  sessionKey: string | null;
  parts: readonly QuestionPart[];
  expiresAtMs: number;
  /** What was pressed and not yet confirmed. */
  asked: 'answer' | 'skip' | null;
  error: AppError | null;
};

/** By the id of the part. */
export type QuestionAnswers = Readonly<Record<string, readonly string[]>>;

export type AgentQuestionsState = { pending: readonly AgentQuestion[]; isConnected: boolean };

export type AgentQuestionsStore = {
  store: StoreApi<AgentQuestionsState>;
  /** Answers it wholly; null skips it. */
  resolve(id: string, answers: QuestionAnswers | null): Promise<void>;
  /** A connection is open: what waits is read from the Gateway. */
  connected(offers: ReadonlySet<string>): Promise<void>;
  /** What waits stays on the screen, and can't be answered until the Gateway is there again. */
  disconnected(): void;
  hear(frame: EventFrame): void;
};

const recordSchema = z.looseObject({
  id: z.string(),
  sessionKey: z.string().nullish().catch(null),
  expiresAtMs: z.number(),
  status: z.string().catch('pending'),
  questions: z.array(
    z.looseObject({
      questionId: z.string(),
      question: z.string(),
      options: z
        .array(z.looseObject({ label: z.string(), description: z.string().nullish().catch(null) }))
        .catch([]),
      multiSelect: z.boolean().catch(false),
      isSecret: z.boolean().catch(false),
      secretStore: z.unknown().optional(),
    }),
  ),
});
const listSchema = z.looseObject({ questions: z.array(z.unknown()) });
const resolvedSchema = z.looseObject({ id: z.string() });

/** Questions that the agent asks in the middle of its work: `question.*` of protocol 4. */
export function createAgentQuestions(options: {
  request: <T>(method: string, params: unknown) => Promise<T>;
  clock: Clock;
}): AgentQuestionsStore {
  const { request, clock } = options;
  const store = createStore<AgentQuestionsState>(() => ({ pending: [], isConnected: false }));
  const pending = () => store.getState().pending;
  const setPending = (next: readonly AgentQuestion[]) => store.setState({ pending: next });
  const change = (id: string, changes: Partial<AgentQuestion>) =>
    setPending(pending().map((item) => (item.id === id ? { ...item, ...changes } : item)));
  const remove = (id: string) => setPending(pending().filter((item) => item.id !== id));
  const forgetWhenExpired = ({ id, expiresAtMs }: AgentQuestion) =>
    clock.after(Math.max(0, expiresAtMs - clock.now()), () => remove(id));

  return {
    store,
    async resolve(id, answers) {
      const question = pending().find((item) => item.id === id);
      if (!question || question.asked !== null) return;
      change(id, { asked: answers ? 'answer' : 'skip', error: null });
      try {
        await request('question.resolve', answers ? { id, answers: { answers } } : { id, cancel: true });
        remove(id);
      } catch (thrown) {
        change(id, { asked: null, error: requestError(thrown, 'question.resolve') });
      }
    },
    async connected(offers) {
      store.setState({ isConnected: true });
      if (!offers.has('question.list')) return setPending([]);
      const answer = await request<unknown>('question.list', {}).catch(() => null);
      const list = listSchema.safeParse(answer);
      if (!list.success) return;
      setPending(list.data.questions.flatMap((item) => readQuestion(item) ?? []));
      pending().forEach(forgetWhenExpired);
    },
    disconnected: () => store.setState({ isConnected: false }),
    hear(frame) {
      if (frame.event === 'question.requested') {
        const question = readQuestion(frame.payload);
        if (!question || pending().some(({ id }) => id === question.id)) return;
        setPending([...pending(), question]);
        forgetWhenExpired(question);
      } else if (frame.event === 'question.resolved') {
        const resolved = resolvedSchema.safeParse(frame.payload);
        if (resolved.success) remove(resolved.data.id);
      }
    },
  };
}

function readQuestion(payload: unknown): AgentQuestion | null {
  const parsed = recordSchema.safeParse(payload);
  if (!parsed.success || parsed.data.status !== 'pending') return null;
  const { id, sessionKey, expiresAtMs, questions } = parsed.data;
  return {
    id,
    sessionKey: sessionKey ?? null,
    expiresAtMs,
    parts: questions.map((part) => ({
      id: part.questionId,
      text: part.question,
      options: part.options.map(({ label, description }) => ({ label, description: description ?? null })),
      isMulti: part.multiSelect,
      isSecret: part.isSecret,
      isForStore: part.secretStore !== undefined,
    })),
    asked: null,
    error: null,
  };
}
