import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type SeenRequest = {
  path: string;
  authorization: string | undefined;
  messages: { role: string; content: string }[];
};

/**
 * How the server answers one chat request. `write` sends a piece; the stream ends when the promise resolves.
 */
type Script = (request: SeenRequest, answer: Answer) => Promise<void> | void;

type Answer = {
  write(text: string): void;
  /** Instead of a stream. */
  fail(status: number, body?: string): void;
  /** Cuts the connection in the middle. */
  cut(): void;
  readonly closed: Promise<void>;
};

export type ModelServer = {
  readonly port: number;
  /** Ends with `/v1`. */
  readonly baseUrl: string;
  readonly requests: SeenRequest[];
  script: Script;
  stop(): Promise<void>;
};

/**
 * A small streaming server that speaks OpenAI's `/v1/models` and `/v1/chat/completions`. It echoes unless
 * scripted.
 */
export async function startModelServer(
  models: { id: string; owned_by?: string }[] = [{ id: 'fake-1' }],
): Promise<ModelServer> {
  const requests: SeenRequest[] = [];
  const http = createServer(async (request, response) => {
    const path = request.url ?? '';
    if (path === '/v1/models') return sendJson(response, { object: 'list', data: models });
    if (path !== '/v1/chat/completions') return sendStatus(response, 404);
    let body = '';
    for await (const chunk of request) body += chunk;
    const seen: SeenRequest = {
      path,
      authorization: request.headers.authorization,
      messages: (JSON.parse(body) as { messages: SeenRequest['messages'] }).messages,
    };
    requests.push(seen);
    let isOver = false;
    let isStarted = false;
    const answer: Answer = {
      write(text) {
        if (!isStarted) response.writeHead(200, { 'content-type': 'text/event-stream' });
        isStarted = true;
        sendChunk(response, { choices: [{ index: 0, delta: { content: text } }] });
      },
      fail(status, errorBody) {
        isOver = true;
        sendStatus(response, status, errorBody);
      },
      cut() {
        isOver = true;
        request.socket.destroy();
      },
      closed: once(response, 'close').then(() => {}),
    };
    await server.script(seen, answer);
    if (isOver) return;
    if (!isStarted) response.writeHead(200, { 'content-type': 'text/event-stream' });
    sendChunk(response, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    sendChunk(response, {
      choices: [],
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
    });
    response.end('data: [DONE]\n\n');
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;

  const server: ModelServer = {
    port,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    script: (request, answer) => answer.write(`Echo: ${request.messages.at(-1)?.content}`),
    async stop() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  return server;
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
}

function sendStatus(
  response: ServerResponse,
  status: number,
  body = '{"error":{"message":"scripted failure"}}',
): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.end(body);
}

function sendChunk(response: ServerResponse, fields: object): void {
  const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'fake-1', ...fields };
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}
