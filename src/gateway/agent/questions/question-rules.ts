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

/**
 * The answers in a message that a person wrote instead of choosing (doc: tools/ask-user.md; observed). Of one question it is
 * the number of an option, its label, or words of their own; several may be chosen with commas between them. Of several
 * questions each has a line: in their order, or after its number, id, header or text.
 */
export function answersInWords(
  questions: readonly QuestionRequestQuestion[],
  message: string,
): QuestionAnswers {
  const [only, second] = questions;
  if (only !== undefined && second === undefined) {
    return { answers: { [only.questionId]: chosenIn(only, message) } };
  }
  const lines = message.split(/\r?\n/);
  const named = new Map(lines.flatMap((line) => namedAnswer(line) ?? []));
  const answers = questions.map((question, index) => {
    const { questionId, header } = question;
    const names = [questionId, header, question.question, String(index + 1)];
    const name = names.find((each) => named.has(each.toLowerCase()))?.toLowerCase();
    const said = name === undefined ? lines[index] : named.get(name);
    return [questionId, chosenIn(question, said ?? '')];
  });
  return { answers: Object.fromEntries(answers) };
}

/** `name: answer`, with a colon, an equals sign or a dash. */
function namedAnswer(line: string): [[string, string]] | null {
  const at = line.search(/[:=-]/);
  const [name, answer] = [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
  return at === -1 || name === '' || answer === '' ? null : [[name, answer]];
}

function chosenIn({ options, multiSelect = false }: QuestionRequestQuestion, said: string): string[] {
  const optionOf = (words: string) =>
    (/^\d+$/.test(words) ? options[Number(words) - 1]?.label : undefined) ??
    options.find(({ label }) => label.toLowerCase() === words.toLowerCase())?.label;
  const words = said.trim();
  const option = optionOf(words);
  if (option !== undefined) return [option];
  const parts = multiSelect ? words.split(/[,;\n]/).map((part) => part.trim()) : [words];
  return [...new Set(parts.filter((part) => part !== '').map((part) => optionOf(part) ?? part))];
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
