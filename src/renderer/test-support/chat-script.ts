/** Plays scenes on the chat model and reads what a person would see. For tests. */
import { assertNever } from '../../shared/assert-never.ts';
import { type ChatModelEvent, reduceChat } from '../stores/chat/chat-model.ts';
import { type ChatModel, createChatModel } from '../stores/chat/chat-state.ts';
import type { OutboxItem } from '../stores/chat/outbox.ts';
import { type ChatHistory, historySchema } from '../stores/chat/payloads.ts';
import { chatRows } from '../stores/chat/row-reader.ts';

export const key = 'agent:main:main';

export function play(model: ChatModel, ...events: ChatModelEvent[]): ChatModel {
  return events.reduce(reduceChat, model);
}

export function chat(runId: string, payload: Record<string, unknown>): ChatModelEvent {
  return event('chat', { runId, sessionKey: key, ...payload });
}

export function event(name: string, payload: Record<string, unknown>): ChatModelEvent {
  return { type: 'gatewayEvent', frame: { type: 'event', event: name, payload }, atMs: 1000 };
}

export const delta = (runId: string, seq: number, text: string) =>
  chat(runId, { seq, state: 'delta', deltaText: 'x', message: assistant(text) });

export const assistant = (text: string) => ({
  role: 'assistant',
  content: [{ type: 'text', text }],
  timestamp: 2,
});

let seq = 0;
export function row(role: 'user' | 'assistant', text: string, runId: string): Record<string, unknown> {
  seq += 1;
  const metadata = { id: `row-${seq}`, seq };
  return role === 'user'
    ? { role, content: text, timestamp: seq, idempotencyKey: `${runId}:user`, __openclaw: metadata }
    : { ...assistant(text), __openclaw: { ...metadata, runId } };
}

export function history(messages: unknown[], more: Record<string, unknown> = {}): ChatHistory {
  return historySchema.parse({ sessionId: 's1', messages, hasMore: false, ...more });
}

export const loaded = (messages: unknown[], more: Record<string, unknown> = {}): ChatModelEvent => ({
  type: 'historyLoaded',
  history: history(messages, more),
  isReconnect: true,
  atMs: 1000,
});

const item = (
  idempotencyKey: string,
  text = 'hello',
  attachments: OutboxItem['attachments'] = [],
): OutboxItem => ({
  idempotencyKey,
  text,
  attachments,
  queueMode: null,
  createdAtMs: 1,
  delivery: 'waiting',
  error: null,
});

export const submit = (...of: Parameters<typeof item>): ChatModelEvent => ({
  type: 'submitted',
  item: item(...of),
});

/** What a person sees, as text. */
export function seen(model: ChatModel): string[] {
  return chatRows(model).map((shown) => {
    switch (shown.kind) {
      case 'user':
        return `you: ${shown.text}${shown.delivery ? ` (${shown.delivery})` : ''}`;
      case 'assistant': {
        const parts = shown.segments.map((part) => (part.kind === 'text' ? part.text : `[${part.kind}]`));
        return `it: ${parts.join(' ')} (${shown.status})`;
      }
      case 'failure':
        return `failed: ${shown.text}`;
      case 'reset':
        return 'reset';
      case 'note':
        return `note: ${shown.text}`;
      default:
        return assertNever(shown);
    }
  });
}

export const start = createChatModel(key);
