import { Command, Help, type HelpContext, type Option } from 'commander';
import stringWidth from 'fast-string-width';
import type { Locale } from '../../shared/config/settings.ts';
import type { Translate } from '../../shared/errors.ts';
import type { Speech } from './context.ts';

/** A command line that cannot be carried out: said by commander before any command runs. */
export class UsageProblem extends Error {
  readonly command: Command;
  /** commander's code, such as `commander.unknownOption`. */
  readonly code: string;
  constructor(command: Command, message: string, code: string) {
    super(message);
    this.name = 'UsageProblem';
    this.command = command;
    this.code = code;
  }
}

/** Help was asked for (or is the answer to no command at all); it has been written. */
export class HelpShown extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super('help');
    this.name = 'HelpShown';
    this.exitCode = exitCode;
  }
}

/** commander's Command that throws in place of ending the process, with help in the language of `t`. */
export class ChelaCommand extends Command {
  readonly t: Translate;
  readonly locale: Locale;

  constructor(name: string, speech: Speech) {
    super(name);
    const { t, locale } = speech;
    this.t = t;
    this.locale = locale;
    this.exitOverride(({ exitCode }) => {
      throw new HelpShown(exitCode);
    });
    this.configureHelp(helpIn(t));
    this.helpOption('-h, --help', t('cli.help.option'));
  }

  override createCommand(name = ''): ChelaCommand {
    return new ChelaCommand(name, this);
  }

  override error(message: string, options?: { code?: string }): never {
    throw new UsageProblem(this, message, options?.code ?? 'commander.error');
  }

  /** Help asked for a command that there is not (`chela foo --help`) is no help with another. */
  override outputHelp(context?: HelpContext | ((text: string) => string)): void {
    const [first = '', second] = this.args;
    const word = first === 'help' ? second : first;
    const isNone =
      this.commands.length > 0 &&
      word !== undefined &&
      /^[^-]/.test(word) &&
      !this.commands.some((command) => command.name() === word);
    if (isNone) this.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' });
    super.outputHelp(context as HelpContext);
  }

  /** Lines to copy, each with what it does where that is not plain, below the help. */
  examples(...lines: readonly (readonly [line: string, key?: string])[]): this {
    // A comment that makes its line too wide stands above it.
    const width = Math.max(...lines.map(([line]) => line.length));
    const rows = lines.map(([line, key]) => {
      if (key === undefined) return `  ${line}`;
      const beside = `  ${line.padEnd(width)}  # ${this.t(key)}`;
      return stringWidth(beside) <= 80 ? beside : `  # ${this.t(key)}\n  ${line}`;
    });
    return this.addHelpText('after', `\n${this.t('cli.help.examples')}\n${rows.join('\n')}`);
  }
}

function helpIn(t: Translate): Partial<Help> {
  const titles: Record<string, string> = {
    'Usage:': t('cli.help.usage'),
    'Arguments:': t('cli.help.arguments'),
    'Options:': t('cli.help.options'),
    'Global Options:': t('cli.help.globalOptions'),
    'Commands:': t('cli.help.commands'),
  };
  return {
    showGlobalOptions: true,
    // Of a group, its commands are what one looks for.
    formatHelp(command, helper) {
      const parts = Help.prototype.formatHelp.call(helper, command, helper).trimEnd().split('\n\n');
      const at = (title: string) => parts.findIndex((part) => part.startsWith(helper.styleTitle(title)));
      const [commands, options] = [at('Commands:'), at('Options:')];
      if (commands > options && options >= 0) parts.splice(options, 0, ...parts.splice(commands, 1));
      return `${parts.join('\n\n')}\n`;
    },
    styleTitle: (title) => titles[title] ?? title,
    displayWidth: (text) => stringWidth(text),
    optionDescription: ({ description, defaultValue }) =>
      typeof defaultValue === 'string' || typeof defaultValue === 'number'
        ? t('cli.help.withDefault', { about: description, value: defaultValue })
        : description,
    // The version is of interest once, not below every command.
    visibleGlobalOptions: (command) => {
      const found: Option[] = [];
      for (let above = command.parent; above; above = above.parent) {
        found.push(...above.options.filter(({ long, hidden }) => !hidden && long !== '--version'));
      }
      return found;
    },
  };
}

/** commander's English complaint as a sentence of the catalogue; what it did not name stays as it came. */
export function usageSentence({ message, code }: UsageProblem, t: Translate): string {
  const [name = '', ...more] = [...message.matchAll(/'([^']*)'/g)].map(([, found]) => found ?? '');
  const hint = /\(Did you mean (?:one of )?(.+?)\?\)/.exec(message)?.[1];
  const key = `cli.usage.${code.replace(/^commander\./, '')}`;
  const reason = message.split(' is invalid. ')[1] ?? '';
  const sentence = t(key, { name, value: more[0] ?? '', reason });
  const known = sentence === key ? message.replace(/^error: /, '') : sentence;
  return hint ? `${known} ${t('cli.usage.didYouMean', { hint })}` : known;
}
