import { describe, expect, it } from 'vitest';
import { createTranslator } from '../shared/i18n/index.ts';
import { ChelaCommand } from './frame/program.ts';
import { groups, registerFor } from './register.ts';

const t = createTranslator('en');
const programFor = (...words: string[]) => {
  const program = new ChelaCommand('chela', { t, locale: 'en' });
  registerFor(program, words);
  return program;
};
const namesOf = (program: ChelaCommand) => program.commands.map((command) => command.name());

describe('which commands a start makes', () => {
  it.each(groups)('$names are what their group adds', ({ names, register }) => {
    const program = new ChelaCommand('chela', { t, locale: 'en' });
    register(program);
    expect(namesOf(program)).toEqual(names);
  });

  it('are all of them where the line names none, and for completion', () => {
    const all = groups.flatMap(({ names }) => names);
    expect(namesOf(programFor('--help'))).toEqual(all);
    expect(namesOf(programFor('heath'))).toEqual(all);
    expect(namesOf(programFor('completion', 'bash'))).toEqual(all);
  });

  it('are those that the line names, wherever they stand', () => {
    expect(namesOf(programFor('--json', 'health'))).toEqual(['health']);
    // The value of an option may look like a command.
    expect(namesOf(programFor('--profile', 'health', 'status'))).toEqual(['health', 'status']);
  });
});
