import type { QuestionAnswers, QuestionRequestQuestion } from '@openclaw/gateway-protocol';

/** What the published schema does not say of questions (observed). Null where nothing is wrong, else a sentence. */
export function questionProblem(questions: readonly QuestionRequestQuestion[]): string | null {
  const ids = new Set(questions.map(({ questionId }) => questionId));
  if (ids.size < questions.length) return 'two questions have one id';
  for (const { questionId: id, options, isSecret = false, secretStore } of questions) {
    if (options.length === 1) return `question '${id}': give two to four options, or none`;
    const labels = new Set(options.map(({ label }) => label.trim().toLowerCase()));
    if (labels.size < options.length) return `question '${id}': two options have one label`;
    if (isSecret && secretStore === undefined)
      return `question '${id}': nobody may be asked for a secret here`;
  }
  return null;
}

/** The answers as the asker gets them: without blanks around them, an option by its label. */
export function readAnswers(
  questions: readonly QuestionRequestQuestion[],
  given: QuestionAnswers,
): { ok: true; answers: QuestionAnswers } | { ok: false; problem: string } {
  const byId = new Map(Object.entries(given.answers));
  const read: Record<string, string[]> = {};
  for (const question of questions) {
    const { questionId: id, options } = question;
    const values = (byId.get(id) ?? []).map((value) => value.trim());
    byId.delete(id);
    const labels = options.map(({ label }) => label);
    const problem = answerProblem(values, labels, question);
    if (problem !== null) return { ok: false, problem: `question '${id}': ${problem}` };
    read[id] = values.map((value) => labels.find((label) => label.trim() === value) ?? value);
  }
  const [unknown] = byId.keys();
  if (unknown !== undefined) return { ok: false, problem: `nobody asked '${unknown}'` };
  return { ok: true, answers: { answers: read } };
}

function answerProblem(
  values: readonly string[],
  labels: readonly string[],
  { multiSelect = false, isOther = false }: QuestionRequestQuestion,
): string | null {
  if (values.length === 0) return 'it has no answer';
  if (values.includes('')) return 'an answer is empty';
  if (values.length > 1 && !multiSelect) return 'it takes one answer';
  const isChosen = (value: string) => labels.some((label) => label.trim() === value);
  if (labels.length > 0 && !isOther && !values.every(isChosen)) return 'there is no such option';
  return null;
}
