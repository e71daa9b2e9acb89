import stringWidth from 'fast-string-width';
import { describe, expect, it } from 'vitest';
import { createTranslator } from '../shared/i18n/index.ts';
import { ChelaCommand, UsageProblem } from './frame/program.ts';
import { groups } from './register.ts';

const locales = ['en', 'zh-Hant'] as const;

function programIn(locale: (typeof locales)[number]): ChelaCommand {
  const program = new ChelaCommand('chela', { t: createTranslator(locale), locale });
  for (const { register } of groups) register(program);
  return program;
}

/** Every command with its whole name. */
function allOf(command: ChelaCommand, name = command.name()): [string, ChelaCommand][] {
  const below = command.commands as ChelaCommand[];
  return [
    ...(command.parent ? [[name, command] as [string, ChelaCommand]] : []),
    ...below.flatMap((one) => allOf(one, `${name} ${one.name()}`)),
  ];
}

function helpOf(command: ChelaCommand): string {
  let said = '';
  command.configureOutput({
    writeOut: (text) => {
      said += text;
    },
    getOutHelpWidth: () => 80,
  });
  command.outputHelp();
  return said;
}

/** `a.b` as it stands in the catalogues. */
const isKey = /(^|\s)(calls|cli|config|control|doctor|link|tunnelService)\.[a-z]+(\.[a-zA-Z]+)*(\s|$)/m;

describe.each(locales)('help in %s (R11)', (locale) => {
  const commands = allOf(programIn(locale));

  it.each(commands)('%s: its own usage, an example, no key, 80 columns', (name, command) => {
    const help = helpOf(command);
    const [usage = ''] = help.split('\n');
    expect(`${usage} `).toContain(` ${name} `);
    expect(help).toContain(`\n${command.t('cli.help.examples')}\n`);
    const examples = help.split(`${command.t('cli.help.examples')}\n`)[1] ?? '';
    expect(examples).toContain(command.commands.length > 0 ? `${name} ` : name);
    expect(help).not.toMatch(isKey);
    expect(help.split('\n').filter((line) => stringWidth(line) > 80)).toEqual([]);
  });

  it('lists the commands of a group before its options', () => {
    const found = commands.filter(([, command]) => command.commands.length > 0);
    expect(found.length).toBeGreaterThan(4);
    for (const [name, command] of found) {
      const help = helpOf(command);
      const at = (key: string) => help.indexOf(`\n${command.t(key)}\n`);
      expect([name, at('cli.help.commands') > 0]).toEqual([name, true]);
      expect([name, at('cli.help.commands') < at('cli.help.options')]).toEqual([name, true]);
    }
  });
});

it('has no help for a command that there is not', async () => {
  for (const words of [
    ['foo', '--help'],
    ['help', 'foo'],
    ['gateway', 'foo', '-h'],
  ]) {
    const asked = programIn('en').parseAsync(words, { from: 'user' });
    await expect(asked).rejects.toMatchObject({ code: 'commander.unknownCommand' });
    await expect(asked).rejects.toBeInstanceOf(UsageProblem);
  }
});
