/** The slash commands that the Gateway itself answers, whether or not a model is set up. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'status' }
  | { readonly name: 'model'; readonly argument: string };

export const commandNames = ['help', 'status', 'model'] as const;

/** Null when the text is not one of our commands. The argument comes trimmed. */
export function parseCommand(message: string): Command | null {
  const match = /^\/(help|status|model)(?:\s+(.*))?$/is.exec(message.trim());
  if (match === null) return null;
  const name = match[1]?.toLowerCase();
  const argument = match[2]?.trim() ?? '';
  if (name === 'model') return { name, argument };
  if (name === 'help' || name === 'status') return argument === '' ? { name } : null;
  return null;
}
