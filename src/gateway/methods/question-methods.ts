import {
  type QuestionRecord,
  type QuestionRequestParams,
  type QuestionWaitAnswerResult,
  validateQuestionGetParams,
  validateQuestionListParams,
  validateQuestionRequestParams,
  validateQuestionResolveParams,
  validateQuestionWaitAnswerParams,
} from '@openclaw/gateway-protocol';
import { questionProblem } from '../agent/questions/question-rules.ts';
import {
  type QuestionRefusal,
  type Questions,
  type QuestionToAsk,
  questionNotFound,
} from '../agent/questions/questions.ts';
import { scopeGranted } from '../auth/scopes.ts';
import type { Client } from '../server/client.ts';
import { answer, invalidRequest, type Refusal, type Reply } from '../server/frames.ts';
import { parseSessionKey } from '../sessions/session-key.ts';
import { checked, type MethodTable } from './method.ts';

const SCOPE = 'operator.questions';

/** Questions that wait for a person. Whoever has the scope may answer any of them (observed). */
export function questionMethods({ questions }: { readonly questions: Questions }): MethodTable {
  return {
    ...checked('question.request', SCOPE, validateQuestionRequestParams, (params, client) => {
      const problem = secretProblem(params, client) ?? questionProblem(params.questions);
      if (problem !== null) return invalidRequest(problem);
      const place = placeOf(params);
      if (typeof place === 'string') return invalidRequest(place);
      const { id, timeoutMs, runId } = params;
      const what: QuestionToAsk = {
        questions: params.questions,
        ...place,
        ...(runId === undefined ? {} : { runId }),
      };
      const opened = questions.open(what, { id, timeoutMs });
      if (!opened.ok) return refused(opened);
      const { record } = opened;
      return answer({ id: record.id, expiresAtMs: record.expiresAtMs });
    }),
    ...checked('question.waitAnswer', SCOPE, validateQuestionWaitAnswerParams, async ({ id, timeoutMs }) => {
      const record = await questions.wait(id, timeoutMs);
      return record === undefined ? refused(questionNotFound(id)) : answer(outcomeOf(record));
    }),
    ...checked('question.resolve', SCOPE, validateQuestionResolveParams, (params): Reply => {
      if ('answers' in params && params.secretStoreAllowedHosts !== undefined) {
        return invalidRequest('secretStoreAllowedHosts is for questions about the secret store');
      }
      const end =
        'answers' in params
          ? questions.answer(params.id, params.answers, params.resolvedBy)
          : questions.cancel(params.id, params.resolvedBy);
      return end.ok ? answer(outcomeOf(end.record)) : refused(end);
    }),
    ...checked('question.get', SCOPE, validateQuestionGetParams, ({ id }) => {
      const question = questions.find(id);
      return question === undefined ? refused(questionNotFound(id)) : answer({ question });
    }),
    ...checked('question.list', SCOPE, validateQuestionListParams, () =>
      answer({ questions: questions.list() }),
    ),
  };
}

const refused = ({ message, reason }: QuestionRefusal): Refusal => invalidRequest(message, { reason });

/** Only an agent may fill the secret store (observed), and this Gateway has none. */
function secretProblem(params: QuestionRequestParams, client: Client): string | null {
  if (params.questions.every(({ secretStore }) => secretStore === undefined)) return null;
  return scopeGranted(client.admission.scopes, 'operator.admin')
    ? 'this Gateway has no secret store'
    : 'questions about the secret store need operator.admin';
}

/** The conversation that it belongs to, be it one of an agent that is not there; or what is wrong with it, in a sentence. */
function placeOf({
  agentId,
  sessionKey,
}: QuestionRequestParams): Pick<QuestionToAsk, 'agentId' | 'sessionKey'> | string {
  if (sessionKey === undefined) return agentId === undefined ? {} : { agentId };
  const session = parseSessionKey(sessionKey);
  if (agentId !== undefined && agentId.toLowerCase() !== session.agentId) {
    return `agent "${agentId}" is not the one of session key "${session.key}"`;
  }
  return { agentId: session.agentId, sessionKey: session.key };
}

function outcomeOf({ status, answers }: QuestionRecord): QuestionWaitAnswerResult {
  return status === 'answered' ? { status, answers: answers ?? { answers: {} } } : { status };
}
