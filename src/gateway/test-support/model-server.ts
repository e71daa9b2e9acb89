import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dialects, writeStream } from './dialects.ts';

type SeenRequest = {
  path: string;
  /** The dialect it was asked in. */
  api: string;
  /** The key, in whatever header the dialect has for it. */
  authorization: string | undefined;
  messages: { role: string; content: string }[];
  body: Record<string, unknown>;
};

/**
 * How the server answers one chat request. `write` sends a piece; the stream ends when the promise resolves.
 */
type Script = (request: SeenRequest, answer: Answer) => Promise<void> | void;

type Answer = {
  write(text: string): void;
  /** Calls a tool. */
  call(name: string, args: Record<string, unknown>): void;
  /** Instead of a stream. */
  fail(status: number, body?: string, headers?: Record<string, string>): void;
  /** Cuts the connection in the middle. */
  cut(): void;
  readonly closed: Promise<void>;
};

export type ModelServer = {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** For OpenAI's dialects: ends with `/v1`. */
  readonly baseUrl: string;
  readonly requests: SeenRequest[];
  script: Script;
  stop(): Promise<void>;
};

/**
 * A small streaming server that speaks `/v1/models` and the chat endpoints of OpenAI (both), Anthropic, Gemini
 * and Ollama. It echoes unless scripted.
 */
export async function startModelServer(
  models: { id: string; owned_by?: string }[] = [{ id: 'fake-1' }],
): Promise<ModelServer> {
  const requests: SeenRequest[] = [];
  const http = createServer(async (request, response) => {
    const path = request.url ?? '';
    if (path === '/v1/models') return sendJson(response, { object: 'list', data: models });
    const dialect = dialects.find(({ matches }) => matches(path));
    if (dialect === undefined) return sendStatus(response, 404);
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text) as Record<string, unknown>;
    const { authorization, ...headers } = request.headers;
    const seen: SeenRequest = {
      path,
      api: dialect.api,
      authorization:
        authorization ?? String(headers['x-api-key'] ?? headers['x-goog-api-key'] ?? '') ?? undefined,
      messages: dialect.messages(body),
      body,
    };
    if (authorization === undefined && seen.authorization === '') seen.authorization = undefined;
    requests.push(seen);
    let isOver = false;
    const stream = writeStream(response, dialect);
    const answer: Answer = {
      write: stream.text,
      call: stream.call,
      fail(status, errorBody, errorHeaders) {
        isOver = true;
        sendStatus(response, status, errorBody, errorHeaders);
      },
      cut() {
        isOver = true;
        request.socket.destroy();
      },
      closed: once(response, 'close').then(() => {}),
    };
    await server.script(seen, answer);
    if (!isOver) stream.end();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  const server: ModelServer = {
    port,
    origin,
    baseUrl: `${origin}/v1`,
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
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}
