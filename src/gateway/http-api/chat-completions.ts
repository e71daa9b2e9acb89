import { z } from 'zod';
import { answerHeaders, sendJson } from '../server/answer.ts';
import type { ApiRoute } from '../server/http.ts';
import { readJsonBody } from '../server/read-body.ts';
import { AGENT_ID } from '../sessions/session-key.ts';
import type { AgentRun } from './agent-run.ts';

export type ChatCompletionsDeps = {
  readonly newId: () => string;
  readonly now: () => number;
  readonly run: (ask: { runId: string; sessionKey: string; message: string }) => AgentRun;
};

/** Body size of a real Gateway (doc). */
const MAX_BYTES = 20 * 1024 * 1024;

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
]);

const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: contentSchema.nullish() })).min(1),
  stream: z.boolean().nullish(),
  user: z.string().nullish(),
});

const agents = ['openclaw', 'openclaw/default', `openclaw/${AGENT_ID}`];
const invalid = (message: string) => ({ error: { message, type: 'invalid_request_error' } });

/** `GET /v1/models`: the agent, not the models behind it (observed). */
export function modelsRoute(): ApiRoute {
  const data = agents.map((id) => ({
    id,
    object: 'model',
    created: 0,
    owned_by: 'openclaw',
    permission: [],
  }));
  return {
    method: 'GET',
    path: '/v1/models',
    scope: 'operator.read',
    handle: (request, response) => {
      request.resume();
      sendJson(response, 200, { object: 'list', data });
    },
  };
}

/**
 * `POST /v1/chat/completions`: a normal run of the agent (observed). Each call has a session of its own, unless `user` or
 * `x-openclaw-session-key` names one. Only the newest user message is the question: the session remembers the rest.
 */
export function chatCompletionsRoute(deps: ChatCompletionsDeps): ApiRoute {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    scope: 'operator.write',
    async handle(request, response) {
      const body = await readJsonBody(request, MAX_BYTES);
      if (!body.ok && body.status === 413) {
        return sendJson(response, 413, invalid('the request body is too large'), { connection: 'close' });
      }
      const parsed = bodySchema.safeParse(body.ok ? body.value : undefined);
      if (!parsed.success) return sendJson(response, 400, invalid('`model` and `messages` are required.'));
      const { model, messages, stream, user } = parsed.data;
      if (!agents.includes(model.toLowerCase())) {
        return sendJson(response, 400, invalid('Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.'));
      }
      const message = questionOf(messages);
      if (message === '') return sendJson(response, 400, invalid('`messages` has no text of a user.'));
      const id = `chatcmpl_${deps.newId()}`;
      const chosen = request.headers['x-openclaw-session-key'];
      const sessionKey =
        typeof chosen === 'string' && chosen !== '' ? chosen : `openai:${user || deps.newId()}`;

      const run = deps.run({ runId: id, sessionKey, message });
      response.on('close', () => {
        if (!response.writableFinished) run.abort();
      });
      const frame = { id, created: Math.floor(deps.now() / 1_000), model };
      if (stream) {
        response.writeHead(200, answerHeaders('text/event-stream'));
        for await (const event of completionChunks(run, frame)) response.write(`data: ${event}\n\n`);
        response.end('data: [DONE]\n\n');
        return;
      }
      for await (const step of run.steps) {
        if (step.kind === 'failed') {
          return sendJson(response, 500, { error: { message: step.message, type: 'api_error' } });
        }
        if (step.kind === 'end') {
          return sendJson(response, 200, {
            ...frame,
            object: 'chat.completion',
            choices: [
              { index: 0, message: { role: 'assistant', content: step.text }, finish_reason: 'stop' },
            ],
            usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
          });
        }
      }
    },
  };
}

type CompletionFrame = { id: string; created: number; model: string };

/** The events of a streamed completion: the text in pieces, then why it ended. */
async function* completionChunks(run: AgentRun, frame: CompletionFrame): AsyncGenerator<string> {
  const chunk = (delta: object, finishReason: string | null) =>
    JSON.stringify({
      ...frame,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  let sent = '';
  yield chunk({ role: 'assistant' }, null);
  for await (const step of run.steps) {
    if (step.kind === 'failed') {
      yield JSON.stringify({ error: { message: step.message, type: 'api_error' } });
      return;
    }
    if (!step.text.startsWith(sent)) {
      // A correction cannot be said by adding text (doc: an error, rather than two texts in one).
      yield JSON.stringify({
        error: { message: 'the answer was corrected while it streamed', type: 'api_error' },
      });
      return;
    }
    if (step.text.length > sent.length) yield chunk({ content: step.text.slice(sent.length) }, null);
    sent = step.text;
    if (step.kind === 'end') yield chunk({}, 'stop');
  }
}

type Message = z.infer<typeof bodySchema>['messages'][number];

function questionOf(messages: readonly Message[]): string {
  const last = messages.findLast(({ role }) => role === 'user');
  if (typeof last?.content === 'string') return last.content.trim();
  return (last?.content ?? [])
    .flatMap((part) => (part.type === 'text' && part.text ? [part.text] : []))
    .join('\n')
    .trim();
}
