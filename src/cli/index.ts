import { localeFor } from '../shared/i18n/locale.ts';
import { loadTranslator } from '../shared/i18n/translator.ts';
import { exitCodeOfRun } from './frame/does.ts';
import { ChelaCommand } from './frame/program.ts';
import { exitCodeOfThrown } from './frame/usage.ts';
import { registerFor } from './register.ts';

const { LC_ALL, LC_MESSAGES, LANG } = process.env;
const locale = localeFor(LC_ALL || LC_MESSAGES || LANG);
const t = await loadTranslator(locale);

const program = new ChelaCommand('chela', { t, locale });
program
  .description(t('cli.description'))
  .version(__CHELA_VERSION__, '-V, --version', t('cli.options.version'))
  .option('--json', t('cli.options.json'))
  .option('--profile <name>', t('cli.options.profile'))
  .option('--data-dir <dir>', t('cli.options.dataDir'))
  .option('--no-color', t('cli.options.noColor'))
  .helpCommand('help [command]', t('cli.help.command'))
  .examples(
    ['chela status', 'cli.examples.status'],
    ['chela chat "hello"', 'cli.examples.chat'],
    ['chela doctor', 'cli.examples.doctor'],
  );
registerFor(program, process.argv.slice(2));

try {
  await program.parseAsync();
  process.exitCode = exitCodeOfRun();
} catch (thrown) {
  process.exitCode = exitCodeOfThrown(thrown, process.argv.includes('--json'), t);
}
