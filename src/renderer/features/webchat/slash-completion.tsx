import { useEffect, useId, useRef, useState } from 'react';
import { completionsOf, type SlashCommand } from '../../stores/chat/commands.ts';
import { useCommands } from '../../stores/context.tsx';
import { useI18n } from '../../ui/i18n.tsx';
import { plainText } from '../../ui/markdown/plain-text.ts';

export type SlashCompletion = {
  listId: string;
  commands: readonly SlashCommand[];
  selected: number;
  /** For `aria-activedescendant`; undefined where there is no list. */
  activeId: string | undefined;
  choose(command: SlashCommand): void;
  /** Nothing is offered for this text: it was not typed. */
  dismiss(text: string): void;
  /** True where the key was meant for the list. */
  takeKey(key: string): boolean;
};

/** Completes a slash command that is being typed; the Gateway says which there are. */
export function useSlashCompletion(draft: string, setDraft: (text: string) => void): SlashCompletion {
  const listId = useId();
  const all = useCommands();
  const [selection, setSelection] = useState({ draft, at: 0 });
  const [dismissed, setDismissed] = useState<string | null>(null);
  const matching = dismissed === draft ? [] : completionsOf(all, draft);
  const isComplete = matching.length === 1 && matching[0]?.name === draft;
  const commands = isComplete ? [] : matching;
  // Another word begins at its first match.
  const selected = selection.draft === draft ? selection.at : 0;
  const select = (at: number) => setSelection({ draft, at: (at + commands.length) % commands.length });

  const choose = (command: SlashCommand) => {
    setDraft(command.takesArguments ? `${command.name} ` : command.name);
    setDismissed(command.name);
  };
  return {
    listId,
    commands,
    selected,
    activeId: commands.length > 0 ? `${listId}-${selected}` : undefined,
    choose,
    dismiss: setDismissed,
    takeKey(key) {
      const current = commands[selected];
      if (!current) return false;
      if (key === 'ArrowDown') select(selected + 1);
      else if (key === 'ArrowUp') select(selected - 1);
      else if (key === 'Escape') setDismissed(draft);
      // A command that is written out is sent, not completed.
      else if (key === 'Tab' || (key === 'Enter' && current.name !== draft)) choose(current);
      else return false;
      return true;
    },
  };
}

export function SlashList({ completion }: { completion: SlashCompletion }) {
  const { t } = useI18n();
  const { commands, listId, selected, choose } = completion;
  const current = useRef<HTMLButtonElement>(null);
  // The keys move the choice, not the focus: nothing else scrolls to it.
  const name = commands[selected]?.name;
  useEffect(() => {
    if (name !== undefined) current.current?.scrollIntoView?.({ block: 'nearest' });
  }, [name]);
  if (commands.length === 0) return null;
  return (
    <div className="slash" id={listId} role="listbox" aria-label={t('chat.commands')}>
      {commands.map((command, at) => (
        // The field keeps the focus, has the keys, and names the chosen one.
        <button
          ref={at === selected ? current : null}
          type="button"
          key={command.name}
          id={`${listId}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === selected}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => choose(command)}
        >
          <span className="mono">{command.name}</span>
          <span className="slash-description">{plainText(command.description)}</span>
        </button>
      ))}
    </div>
  );
}
