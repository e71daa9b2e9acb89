import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { RunOutcome } from '../agent/active-run.ts';
import { ask } from '../agent/ask.ts';
import type { Runs } from '../agent/runs.ts';
import { answerHeaders, sendJson } from '../server/answer.ts';
import type { ApiRoute } from '../server/http.ts';
import { readJsonBody } from '../server/read-body.ts';
import { AGENT_ID, parseSessionKey } from '../sessions/session-key.ts';

export type ChatCompletionsDeps = {
  readonly newId: () => string;
  readonly now: () => number;
  readonly runs: Runs;
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
      const { key: sessionKey, agentId } = parseSessionKey(
        typeof chosen === 'string' && chosen !== '' ? chosen : `openai:${user || deps.newId()}`,
      );
      if (agentId !== AGENT_ID) return sendJson(response, 400, invalid(`Unknown agent id "${agentId}".`));

      const gone = new AbortController();
      response.on('close', () => {
        if (!response.writableFinished) gone.abort();
      });
      const frame = { id, created: Math.floor(deps.now() / 1_000), model };
      const chunks = stream ? createChunks(response, frame) : null;
      const outcome = await ask(deps.runs, {
        message,
        sessionKey,
        runId: id,
        sender: { id: 'http', mode: 'http' },
        signal: gone.signal,
        ...(chunks && { onText: chunks.text }),
      });
      if (chunks !== null) chunks.end(outcome);
      else if (outcome?.status === 'ok') sendJson(response, 200, completion(frame, outcome));
      else sendJson(response, 500, apiError(outcome));
    },
  };
}

type CompletionFrame = { id: string; created: number; model: string };

const apiError = (outcome: RunOutcome | null) => ({
  error: {
    message: outcome?.status === 'error' ? outcome.message : 'the run was aborted',
    type: 'api_error',
  },
});

function completion(frame: CompletionFrame, outcome: Extract<RunOutcome, { status: 'ok' }>): object {
  const { input, output } = outcome.usage;
  return {
    ...frame,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: outcome.text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  };
}

/** The events of a streamed completion: the text in pieces, then why it ended. */
function createChunks(response: ServerResponse, frame: CompletionFrame) {
  response.writeHead(200, answerHeaders('text/event-stream'));
  const write = (event: object) => response.write(`data: ${JSON.stringify(event)}\n\n`);
  const chunk = (delta: object, finishReason: string | null) =>
    write({
      ...frame,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  let isCorrected = false;
  chunk({ role: 'assistant' }, null);
  let sent = '';
  return {
    text({ text, replaced }: { text: string; replaced: boolean }) {
      if (replaced && !text.startsWith(sent)) isCorrected = true;
      if (isCorrected || text.length <= sent.length) return;
      chunk({ content: text.slice(sent.length) }, null);
      sent = text;
    },
    end(outcome: RunOutcome | null) {
      if (outcome?.status !== 'ok') {
        write(apiError(outcome));
      } else if (isCorrected || !outcome.text.startsWith(sent)) {
        // A correction cannot be said by adding text (doc: an error, rather than two texts in one).
        write({ error: { message: 'the answer was corrected while it streamed', type: 'api_error' } });
      } else {
        if (outcome.text.length > sent.length) chunk({ content: outcome.text.slice(sent.length) }, null);
        chunk({}, 'stop');
      }
      response.end('data: [DONE]\n\n');
    },
  };
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
