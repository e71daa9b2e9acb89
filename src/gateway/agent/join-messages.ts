import type { ModelMessage, UserContent } from 'ai';

/** Appends a message, or adds its parts to the last one where that has the same role. */
export function join(messages: ModelMessage[], message: ModelMessage): void {
  const last = messages.at(-1);
  if (last?.role === 'user' && message.role === 'user') {
    messages[messages.length - 1] = { role: 'user', content: joinTexts(partsOf(last), partsOf(message)) };
  } else if (last?.role === 'assistant' && message.role === 'assistant') {
    messages[messages.length - 1] = { role: 'assistant', content: [...partsOf(last), ...partsOf(message)] };
  } else if (last?.role === 'tool' && message.role === 'tool') {
    messages[messages.length - 1] = { role: 'tool', content: [...last.content, ...message.content] };
  } else {
    messages.push(message);
  }
}

export type Parts<T> = Extract<T, readonly unknown[]>;

function partsOf<T extends string | readonly unknown[]>({ content }: { content: T }): Parts<T> {
  return (typeof content === 'string' ? [{ type: 'text', text: content }] : content) as Parts<T>;
}

/** Text after text becomes one text: a local model's template may know only one. */
function joinTexts(one: Parts<UserContent>, other: Parts<UserContent>): Parts<UserContent> {
  const last = one.at(-1);
  const next = other[0];
  if (last?.type !== 'text' || next?.type !== 'text') return [...one, ...other];
  return [...one.slice(0, -1), { type: 'text', text: `${last.text}\n\n${next.text}` }, ...other.slice(1)];
}
