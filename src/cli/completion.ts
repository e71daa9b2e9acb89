import type { Command } from 'commander';
import { appError } from '../shared/errors.ts';
import { exitCodes } from './exit-codes.ts';
import type { CliContext } from './frame/context.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** `chela completion <shell>`: a script to source, made from the commands themselves. */
export function completion(program: Command) {
  return async ({ out, t }: CliContext, _options: object, shell: string): Promise<number> => {
    const known = shells.find((name) => name === shell);
    if (!known) {
      const details = { reason: t('control.completion.unknown', { shell }), help: 'chela completion --help' };
      return out.fail(appError('CLI_USAGE', 'unknown shell', { details }));
    }
    out.write(completionScript(program, known));
    return exitCodes.ok;
  };
}

type Entry = {
  readonly path: string;
  readonly commands: string[];
  readonly options: string[];
  takesValue: string[];
};

/** Pure: every command with what may follow it. */
function entriesOf(command: Command, path: readonly string[] = [], above: readonly string[] = []): Entry[] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  const own = [...shown.flatMap(({ long }) => long ?? []), '--help'];
  const takesValue = shown
    .filter(({ required, optional }) => required || optional)
    .flatMap(({ long }) => long ?? []);
  const options = [...new Set([...own, ...above])].filter(
    (name) => path.length === 0 || name !== '--version',
  );
  const commands = command.commands.map((child) => child.name()).sort();
  const entry = { path: path.join(' '), commands, options: options.sort(), takesValue };
  return [entry, ...command.commands.flatMap((child) => entriesOf(child, [...path, child.name()], options))];
}

/** Names of commands and options are plain words, so they need no quoting. */
export function completionScript(program: Command, shell: Shell): string {
  const entries = entriesOf(program);
  const valued = [...new Set(entries.flatMap(({ takesValue }) => takesValue))].sort();
  if (shell === 'fish') return fishScript(entries, valued);
  const bash = bashScript(entries, valued);
  return shell === 'bash' ? bash : `autoload -Uz bashcompinit && bashcompinit\n${bash}`;
}

function bashScript(entries: readonly Entry[], valued: readonly string[]): string {
  return `_chela() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at="" word i skip=0 commands="" options=""
  case "$prev" in ${valued.join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;; esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      ${valued.join('|')}) skip=1 ;;
      -*) ;;
      *) case "$at $word" in
${entries
  .filter(({ path }) => path !== '')
  .map(({ path }) => `        "${path.includes(' ') ? path : ` ${path}`}") at="${path}" ;;`)
  .join('\n')}
      esac ;;
    esac
  done
  case "$at" in
${entries
  .map(
    ({ path, commands, options }) =>
      `    "${path}") commands="${commands.join(' ')}" options="${options.join(' ')}" ;;`,
  )
  .join('\n')}
  esac
  if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$cur"))
  else COMPREPLY=($(compgen -W "$commands" -- "$cur")); fi
}
complete -o default -F _chela chela
`;
}

/** The same walk as in bash: `__chela_at` says which command the words before the cursor have reached. */
function fishScript(entries: readonly Entry[], valued: readonly string[]): string {
  const paths = entries.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  const rules = entries.flatMap(({ path, commands, options }) => {
    const when = `-n '__chela_at "${path}"'`;
    return [
      ...(commands.length > 0 ? [`complete -c chela -f ${when} -a '${commands.join(' ')}'`] : []),
      ...options.map(
        (name) => `complete -c chela ${when} -l ${name.slice(2)}${valued.includes(name) ? ' -r' : ''}`,
      ),
    ];
  });
  return `function __chela_at
  set -l at ''
  set -l skip 0
  for word in (commandline -opc)[2..]
    if test $skip = 1
      set skip 0
      continue
    end
    switch $word
      case ${valued.join(' ')}
        set skip 1
      case '-*'
      case '*'
        set -l next (string trim -- "$at $word")
        contains -- $next ${paths.join(' ')}; and set at $next
    end
  end
  test "$at" = "$argv[1]"
end
${rules.join('\n')}
`;
}
