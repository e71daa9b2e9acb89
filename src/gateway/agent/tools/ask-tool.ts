import type { QuestionRecord } from '@openclaw/gateway-protocol';
import { z } from 'zod';
import { AGENT_ID } from '../../sessions/session-key.ts';
import { questionProblem } from '../questions/question-rules.ts';
import type { Questions } from '../questions/questions.ts';
import { type AgentTool, type ToolResult, textResult } from './agent-tool.ts';

const DEFAULT_TIMEOUT_S = 900;
const MIN_TIMEOUT_S = 30;
const MAX_TIMEOUT_S = 3_600;
/** What the protocol allows. */
const MAX_HEADER_CHARACTERS = 12;
const MAX_LABEL_CHARACTERS = 64;

const text = z.string().trim().min(1);
const argumentsSchema = z.strictObject({
  questions: z
    .array(
      z.strictObject({
        id: text.regex(/^[a-z][a-z0-9_]*$/),
        header: text,
        question: text,
        options: z
          .array(
            z.strictObject({
              label: text.max(MAX_LABEL_CHARACTERS),
              description: z.string().trim().optional(),
            }),
          )
          .min(2)
          .max(4),
        multiSelect: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(3),
  timeoutSeconds: z.int().optional(),
});

/** Also of arguments that are refused (observed). */
const firstSchema = z.looseObject({ questions: z.tuple([z.looseObject({ question: text })], z.unknown()) });

/**
 * Asks the person in the middle of the work and waits for the answer. Name, parameters, limits and the text of the result are
 * those of the real Gateway (observed; doc: tools/ask-user.md).
 */
export function askTool({ questions }: { questions: Pick<Questions, 'open'> }): AgentTool {
  return {
    name: 'ask_user',
    description:
      'Asks the person one to three questions and waits for the answers. For a decision that is theirs to make and that ' +
      'neither the request nor good sense settles; never for leave to go on. One question per call, unless the answers ' +
      'belong together. Every choice is an option; put the one you recommend first and end its label with ' +
      '" (Recommended)". They can always answer in their own words, so give no option for that. Where nobody answers, go ' +
      'on by your own judgement.',
    parameters,
    commandBearing: false,
    describe(args) {
      return firstSchema.safeParse(args).data?.questions[0].question ?? '';
    },
    async run(args, { runId, sessionKey, signal }) {
      const parsed = argumentsSchema.safeParse(args);
      if (!parsed.success) return textResult(z.prettifyError(parsed.error), true);
      const asked = parsed.data.questions.map(({ id, header, ...question }) => ({
        questionId: id,
        header: [...header].slice(0, MAX_HEADER_CHARACTERS).join(''),
        ...question,
        isOther: true,
      }));
      const problem = questionProblem(asked);
      if (problem !== null) return textResult(problem, true);
      const { timeoutSeconds = DEFAULT_TIMEOUT_S } = parsed.data;
      const seconds = Math.min(Math.max(timeoutSeconds, MIN_TIMEOUT_S), MAX_TIMEOUT_S);
      const opened = questions.open(
        { questions: asked, agentId: AGENT_ID, sessionKey, runId },
        { timeoutMs: seconds * 1000, signal },
      );
      return opened.ok ? resultOf(await opened.settled) : textResult(opened.message, true);
    },
  };
}

const words = (description: string) => ({ type: 'string', minLength: 1, description });
const parameters = {
  type: 'object',
  properties: {
    questions: {
      type: 'array',
      minItems: 1,
      maxItems: 3,
      items: {
        type: 'object',
        properties: {
          id: { ...words('Names the answer, in snake_case.'), pattern: '^[a-z][a-z0-9_]*$' },
          header: words(`A word or two over it; cut after ${MAX_HEADER_CHARACTERS} characters.`),
          question: words('One sentence, without the choices.'),
          options: {
            type: 'array',
            minItems: 2,
            maxItems: 4,
            items: {
              type: 'object',
              properties: {
                label: { ...words('What is chosen.'), maxLength: MAX_LABEL_CHARACTERS },
                description: { type: 'string', description: 'What choosing it means.' },
              },
              required: ['label'],
              additionalProperties: false,
            },
          },
          multiSelect: { type: 'boolean', description: 'Several options may be chosen.' },
        },
        required: ['id', 'header', 'question', 'options'],
        additionalProperties: false,
      },
    },
    timeoutSeconds: {
      type: 'integer',
      description: `How long to wait: ${MIN_TIMEOUT_S} to ${MAX_TIMEOUT_S}, ${DEFAULT_TIMEOUT_S} where it is left out.`,
    },
  },
  required: ['questions'],
  additionalProperties: false,
};

const endings = {
  expired: 'Nobody answered in time. Go on by your own judgement.',
  cancelled: 'The person gave no answer. Go on by what they say next, else by your own judgement.',
};

function resultOf({ status, answers, questions }: QuestionRecord): ToolResult {
  if (status !== 'answered' || answers === undefined) {
    const details = { status: 'no_answer' };
    return textResult(
      withJson(endings[status === 'expired' ? status : 'cancelled'], details),
      false,
      details,
    );
  }
  const details = { status, answers };
  const lines = questions.map(
    ({ questionId, header }) => `${header}: ${answers.answers[questionId]?.join(', ') ?? ''}`,
  );
  return textResult(withJson(lines.join('\n'), details), false, details);
}

const withJson = (said: string, details: object) => `${said}\n\n${JSON.stringify(details)}`;
