import { z } from 'zod';
import { createWaitingList, type WaitingList, type WaitingListOptions } from './waiting-list.ts';

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
  createdAtMs: number | null;
  expiresAtMs: number;
};

/** By the id of the part. */
export type QuestionAnswers = Readonly<Record<string, readonly string[]>>;

export type AgentQuestionsStore = Pick<
  WaitingList<AgentQuestion>,
  'store' | 'show' | 'disconnected' | 'hear' | 'dismissListError'
> & {
  /** Answers it wholly; null skips it. */
  resolve(id: string, answers: QuestionAnswers | null): Promise<void>;
  /** A connection is open: what waits is read from a Gateway that has questions. */
  connected(offers: ReadonlySet<string>): Promise<void>;
};

const recordSchema = z.looseObject({
  id: z.string(),
  sessionKey: z.string().nullish().catch(null),
  createdAtMs: z.number().nullish().catch(null),
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

/** Questions that the agent asks in the middle of its work: `question.*` of protocol 4. */
export function createAgentQuestions(
  options: Pick<WaitingListOptions<AgentQuestion>, 'request' | 'clock'>,
): AgentQuestionsStore {
  const list = createWaitingList<AgentQuestion>({
    ...options,
    family: 'question',
    rowsOf: (answer) => listSchema.safeParse(answer).data?.questions ?? null,
    read: readQuestion,
  });
  return {
    ...list,
    resolve: (id, answers) => list.resolve(id, answers ? { answers: { answers } } : { cancel: true }),
    connected: (offers) => list.connected(offers.has('question.list')),
  };
}

function readQuestion(payload: unknown): AgentQuestion | null {
  const parsed = recordSchema.safeParse(payload);
  if (!parsed.success || parsed.data.status !== 'pending') return null;
  const { id, sessionKey, createdAtMs, expiresAtMs, questions } = parsed.data;
  return {
    id,
    sessionKey: sessionKey ?? null,
    createdAtMs: createdAtMs ?? null,
    expiresAtMs,
    parts: questions.map((part) => ({
      id: part.questionId,
      text: part.question,
      options: part.options.map(({ label, description }) => ({ label, description: description ?? null })),
      isMulti: part.multiSelect,
      isSecret: part.isSecret,
      isForStore: part.secretStore !== undefined,
    })),
  };
}
