import type { ServerResponse } from 'node:http';

type Json = Record<string, unknown>;

type ScriptedCall = { id: string; name: string; args: Json };

/** One language of model servers, from the server's side. */
export type Dialect = {
  readonly api: string;
  /** What an address of openclaw.json ends with. */
  readonly basePath: string;
  readonly contentType: string;
  matches(path: string): boolean;
  /** Role and text of the messages in a request, instructions included. */
  messages(body: Json): { role: string; content: string }[];
  /** Each write is one piece of the stream. */
  begin(send: (piece: object) => void): void;
  text(send: (piece: object) => void, text: string): void;
  call(send: (piece: object) => void, call: ScriptedCall, index: number): void;
  end(send: (piece: object) => void, calledTools: boolean): void;
  frame(piece: object): string;
  last: string;
};

const sse = (piece: object) => `data: ${JSON.stringify(piece)}\n\n`;
const list = (value: unknown) => (Array.isArray(value) ? (value as Json[]) : []);

/** The texts in whatever shape a content has. */
function textIn(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map(textIn).filter(Boolean).join('\n');
  if (typeof content !== 'object' || content === null) return '';
  const part = content as Json;
  for (const key of ['text', 'content', 'output', 'response', 'parts', 'functionResponse', 'result']) {
    if (part[key] !== undefined) return textIn(part[key]);
  }
  return '';
}

const chatChunk = (fields: object) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'fake-1',
  ...fields,
});

const openaiChat: Dialect = {
  api: 'openai-completions',
  basePath: '/v1',
  contentType: 'text/event-stream',
  matches: (path) => path === '/v1/chat/completions',
  messages: (body) =>
    list(body.messages).map(({ role, content }) => ({ role: String(role), content: textIn(content) })),
  begin() {},
  text: (send, text) => send(chatChunk({ choices: [{ index: 0, delta: { content: text } }] })),
  call(send, { id, name, args }, index) {
    const call = { index, id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
    send(chatChunk({ choices: [{ index: 0, delta: { tool_calls: [call] } }] }));
  },
  end(send, calledTools) {
    send(
      chatChunk({ choices: [{ index: 0, delta: {}, finish_reason: calledTools ? 'tool_calls' : 'stop' }] }),
    );
    send(chatChunk({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } }));
  },
  frame: sse,
  last: 'data: [DONE]\n\n',
};

const openaiResponses: Dialect = {
  api: 'openai-responses',
  basePath: '/v1',
  contentType: 'text/event-stream',
  matches: (path) => path === '/v1/responses',
  messages: (body) =>
    list(body.input).map((item) => ({ role: String(item.role ?? item.type), content: textIn(item) })),
  begin: (send) =>
    send({ type: 'response.created', response: { id: 'resp_1', created_at: 1, model: 'fake-1' } }),
  text(send, text) {
    send({ type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'msg_1' } });
    send({ type: 'response.output_text.delta', item_id: 'msg_1', delta: text });
  },
  call(send, { id, name, args }, index) {
    const item = { type: 'function_call', id: `fc_${id}`, call_id: id, name };
    const output_index = index + 1;
    send({ type: 'response.output_item.added', output_index, item: { ...item, arguments: '' } });
    const full = { ...item, arguments: JSON.stringify(args), status: 'completed' };
    send({ type: 'response.output_item.done', output_index, item: full });
  },
  end: (send) =>
    send({ type: 'response.completed', response: { usage: { input_tokens: 11, output_tokens: 7 } } }),
  frame: sse,
  last: '',
};

const anthropic: Dialect = {
  api: 'anthropic-messages',
  basePath: '',
  contentType: 'text/event-stream',
  matches: (path) => path === '/v1/messages',
  messages: (body) => [
    { role: 'system', content: textIn(body.system) },
    ...list(body.messages).map(({ role, content }) => ({ role: String(role), content: textIn(content) })),
  ],
  begin: (send) =>
    send({
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'fake-1',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 11, output_tokens: 0 },
      },
    }),
  text(send, text) {
    send({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
    send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
    send({ type: 'content_block_stop', index: 0 });
  },
  call(send, { id, name, args }, at) {
    const index = at + 1;
    send({ type: 'content_block_start', index, content_block: { type: 'tool_use', id, name, input: {} } });
    const partial_json = JSON.stringify(args);
    send({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json } });
    send({ type: 'content_block_stop', index });
  },
  end(send, calledTools) {
    const stop_reason = calledTools ? 'tool_use' : 'end_turn';
    send({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } });
    send({ type: 'message_stop' });
  },
  frame: sse,
  last: '',
};

const candidate = (part: object, finishReason?: string) => ({
  candidates: [
    { index: 0, content: { role: 'model', parts: [part] }, ...(finishReason ? { finishReason } : {}) },
  ],
});

const gemini: Dialect = {
  api: 'google-generative-ai',
  basePath: '/v1beta',
  contentType: 'text/event-stream',
  matches: (path) => /^\/v1beta\/models\/[^/]+:streamGenerateContent/.test(path),
  messages: (body) => [
    { role: 'system', content: textIn(body.systemInstruction) },
    ...list(body.contents).map(({ role, parts }) => ({ role: String(role), content: textIn(parts) })),
  ],
  begin() {},
  text: (send, text) => send(candidate({ text })),
  call: (send, { name, args }) => send(candidate({ functionCall: { name, args } })),
  end: (send) =>
    send({
      ...candidate({ text: '' }, 'STOP'),
      usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 },
    }),
  frame: sse,
  last: '',
};

const ollamaPiece = (fields: object) => ({ model: 'fake-1', created_at: '2026-01-01T00:00:00Z', ...fields });

const ollama: Dialect = {
  api: 'ollama',
  basePath: '',
  contentType: 'application/x-ndjson',
  matches: (path) => path === '/api/chat',
  messages: (body) =>
    list(body.messages).map(({ role, content }) => ({ role: String(role), content: textIn(content) })),
  begin() {},
  text: (send, content) => send(ollamaPiece({ message: { role: 'assistant', content }, done: false })),
  call(send, { name, args }) {
    const tool_calls = [{ function: { name, arguments: args } }];
    send(ollamaPiece({ message: { role: 'assistant', content: '', tool_calls }, done: false }));
  },
  end: (send) =>
    send(
      ollamaPiece({
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: 'stop',
        total_duration: 1,
        load_duration: 1,
        prompt_eval_count: 11,
        prompt_eval_duration: 1,
        eval_count: 7,
        eval_duration: 1,
      }),
    ),
  frame: (piece) => `${JSON.stringify(piece)}\n`,
  last: '',
};

export const dialects = [openaiChat, openaiResponses, anthropic, gemini, ollama];

/** A stream in one dialect, piece by piece. */
export function writeStream(response: ServerResponse, dialect: Dialect) {
  let isStarted = false;
  let calls = 0;
  const send = (piece: object) => void response.write(dialect.frame(piece));
  const start = () => {
    if (isStarted) return;
    isStarted = true;
    response.writeHead(200, { 'content-type': dialect.contentType });
    dialect.begin(send);
  };
  return {
    text(text: string) {
      start();
      dialect.text(send, text);
    },
    call(name: string, args: Json) {
      start();
      calls += 1;
      dialect.call(
        send,
        { id: `call_${calls}_${Math.random().toString(36).slice(2, 8)}`, name, args },
        calls - 1,
      );
    },
    end() {
      start();
      dialect.end(send, calls > 0);
      response.end(dialect.last);
    },
  };
}
