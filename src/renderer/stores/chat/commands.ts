import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';

/** A slash command as the Gateway offers it; `name` begins with `/`. */
export type SlashCommand = { name: string; description: string; takesArguments: boolean };

export type CommandsStore = {
  store: StoreApi<{ commands: readonly SlashCommand[] }>;
  connected(): Promise<void>;
};

const answerSchema = z.looseObject({
  commands: z.array(
    z.looseObject({
      name: z.string(),
      textAliases: z.array(z.string()).optional().catch(undefined),
      description: z.string().catch(''),
      acceptsArgs: z.boolean().catch(false),
    }),
  ),
});

/** `commands.list`, read once per connection. Without an answer there is nothing to complete. */
export function createCommandsStore(
  request: <T>(method: string, params: unknown) => Promise<T>,
): CommandsStore {
  const store = createStore<{ commands: readonly SlashCommand[] }>(() => ({ commands: [] }));
  return {
    store,
    async connected() {
      const answer = await request<unknown>('commands.list', {}).catch(() => null);
      const parsed = answerSchema.safeParse(answer);
      if (!parsed.success) return;
      const commands = parsed.data.commands.map(({ name, textAliases, description, acceptsArgs }) => {
        const written = textAliases?.find((alias) => alias.startsWith('/')) ?? `/${name}`;
        return { name: written, description, takesArguments: acceptsArgs };
      });
      store.setState({ commands });
    },
  };
}

/** Commands that begin with what was typed, then those that have it inside; empty where nobody types a command. */
export function completionsOf(commands: readonly SlashCommand[], draft: string): readonly SlashCommand[] {
  if (!/^\/[\w:.-]*$/.test(draft)) return [];
  const typed = draft.toLowerCase();
  const begins = commands.filter(({ name }) => name.toLowerCase().startsWith(typed));
  const inside = commands.filter(
    ({ name }) => !name.toLowerCase().startsWith(typed) && name.toLowerCase().includes(typed.slice(1)),
  );
  return typed === '/' ? begins : [...begins, ...inside];
}
