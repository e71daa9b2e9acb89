import { does } from '../frame/does.ts';
import type { ChelaCommand } from '../frame/program.ts';
import type { SetOptions } from './set.ts';
import type { WriteOptions } from './write.ts';

/** Commands about `openclaw.json` (R12). */
export function registerConfig(program: ChelaCommand): void {
  const { t } = program;
  const config = program
    .command('config')
    .description(t('config.description'))
    .examples(['chela config get gateway.port'], ['chela config explain']);
  const key = t('config.argument.key');
  const withWriteOptions = (command: ChelaCommand) =>
    command.option('--dry-run', t('config.options.dryRun')).option('-y, --yes', t('config.options.yes'));
  const command = (name: string, about: string) => config.command(name).description(t(about));

  command('path', 'config.path')
    .examples(['chela config path'])
    .action(does<object>(async () => (await import('./read.ts')).showPath));
  command('get', 'config.get')
    .examples(['chela config get gateway.remote.url'])
    .argument('<key>', key)
    .action(does<object, [string]>(async () => (await import('./read.ts')).showValue));
  withWriteOptions(command('set', 'config.set'))
    .argument('<key>', key)
    .argument('[value]', t('config.argument.value'))
    .option('--stdin', t('config.options.stdin'))
    .option('--file <file>', t('config.options.file'))
    .option('--strict-json', t('config.options.strictJson'))
    .examples(
      ['chela config set gateway.port 18790 --dry-run', 'config.examples.dryRun'],
      ['pass show gateway | chela config set gateway.remote.token --stdin --yes', 'config.examples.stdin'],
    )
    .action(does<SetOptions, [string, string | undefined]>(async () => (await import('./set.ts')).setValue));
  withWriteOptions(
    command('unset', 'config.unset').examples(['chela config unset gateway.remote.tlsFingerprint']),
  )
    .argument('<key>', key)
    .action(does<WriteOptions, [string]>(async () => (await import('./set.ts')).unsetValue));
  withWriteOptions(command('undo', 'config.undo').examples(['chela config undo --dry-run'])).action(
    does<WriteOptions>(async () => (await import('./set.ts')).undo),
  );
  command('validate', 'config.validate')
    .examples(['chela config validate'])
    .action(does<object>(async () => (await import('./read.ts')).showProblems));
  command('explain', 'config.explain.description')
    .examples(['chela config explain'])
    .action(does<object>(async () => (await import('./explain.ts')).explain));
}
