import type { ContextMessage } from '../sessions/session-store.ts';

/** Enough for a conversation, little enough for the small windows that local models are started with. */
export const contextLimits = { messages: 40, characters: 24_000 };

/**
 * What a model is shown: the newest messages that fit, oldest first. It begins with a user message and
 * alternates, because some chat templates refuse anything else; neighbours of one role are joined. The newest
 * message is always there.
 */
export function buildContext(
  newestFirst: readonly ContextMessage[],
  limits = contextLimits,
): ContextMessage[] {
  const chosen: ContextMessage[] = [];
  let characters = 0;
  for (const message of newestFirst.slice(0, limits.messages)) {
    characters += message.text.length;
    if (chosen.length > 0 && characters > limits.characters) break;
    chosen.push(message);
  }
  chosen.reverse();
  const first = chosen.findIndex((message) => message.role === 'user');
  const joined: ContextMessage[] = [];
  for (const { role, text } of first === -1 ? [] : chosen.slice(first)) {
    const last = joined.at(-1);
    if (last?.role === role) joined[joined.length - 1] = { role, text: `${last.text}\n\n${text}` };
    else joined.push({ role, text });
  }
  return joined;
}
