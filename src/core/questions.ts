import type { Answer, Question } from '../shared/contract/question.ts';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type NewQuestion = WithoutId<Question>;

/** Puts a question to a person and waits. Rejects with the signal's reason when it is withdrawn. */
export type AskQuestion = (question: NewQuestion, signal: AbortSignal) => Promise<Answer>;

export type Questions = {
  ask: AskQuestion;
  /** False when no such question is open, or the answer is of another kind. */
  answer(id: string, answer: Answer): boolean;
  open(): readonly Question[];
  onDidChange(listener: () => void): () => void;
};

/** The open questions of one engine, oldest first. */
export function createQuestions(newId: () => string): Questions {
  const pending = new Map<string, { question: Question; settle: (answer: Answer) => void }>();
  const listeners = new Set<() => void>();
  const announce = () => {
    for (const listener of listeners) listener();
  };

  return {
    ask(question, signal) {
      signal.throwIfAborted();
      const id = newId();
      return new Promise<Answer>((resolve, reject) => {
        const withdraw = () => {
          pending.delete(id);
          announce();
          reject(signal.reason);
        };
        signal.addEventListener('abort', withdraw, { once: true });
        pending.set(id, {
          question: { ...question, id },
          settle: (answer) => {
            signal.removeEventListener('abort', withdraw);
            pending.delete(id);
            announce();
            resolve(answer);
          },
        });
        announce();
      });
    },
    answer(id, answer) {
      const entry = pending.get(id);
      if (!entry) return false;
      if (answer.kind !== 'cancel' && answer.kind !== entry.question.kind) return false;
      entry.settle(answer);
      return true;
    },
    open: () => [...pending.values()].map((entry) => entry.question),
    onDidChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
