import { does } from '../frame/does.ts';
import { parseTimeout } from '../frame/options.ts';
import type { ChelaCommand } from '../frame/program.ts';
import type { DriveOptions } from './drive.ts';
import type { ModeOptions } from './mode.ts';

/** Commands that drive the running Chela (R6), or do without one. */
export function registerConnect(program: ChelaCommand): void {
  const { t } = program;
  for (const order of ['connect', 'reconnect'] as const) {
    program
      .command(order)
      .description(t(`control.${order}.description`))
      .examples([`chela ${order}`], [`chela ${order} --timeout 20s --json`])
      .option('--no-wait', t('control.options.noWait'))
      .option('--timeout <ms>', t('control.options.timeout'), (text) =>
        parseTimeout(text, t('cli.usage.timeout')),
      )
      .action(
        does<DriveOptions>(async () => {
          const { drive } = await import('./drive.ts');
          return (context, options) => drive(context, order, options);
        }),
      );
  }
  program
    .command('disconnect')
    .description(t('control.disconnect.description'))
    .examples(['chela disconnect'])
    .action(does<object>(async () => (await import('./drive.ts')).disconnect));
}

/** `chela completion`, made from all that `program` has. */
export function registerCompletion(program: ChelaCommand): void {
  const { t } = program;
  program
    .command('completion')
    .description(t('control.completion.description'))
    .examples(['source <(chela completion bash)'], ['chela completion fish | source'])
    .argument('<shell>', 'bash, zsh, fish')
    .action(does<object, [string]>(async () => (await import('../completion.ts')).completion(program)));
}

export function registerMode(program: ChelaCommand): void {
  const { t } = program;
  program
    .command('mode')
    .description(t('control.mode.description'))
    .argument('[mode]', t('control.mode.argument'))
    .option('--ssh-target <target>', t('control.mode.sshTarget'))
    .option('--gateway <which>', t('localGateway.option'))
    .option('--shared', t('control.mode.shared'))
    .option('--dry-run', t('config.options.dryRun'))
    .option('-y, --yes', t('config.options.yes'))
    .examples(
      ['chela mode', 'control.examples.mode'],
      ['chela mode remote --ssh-target ada@studio', 'control.examples.modeRemote'],
      ['chela mode local --gateway openclaw', 'localGateway.example'],
      ['chela mode remote --shared --dry-run', 'control.examples.modeShared'],
    )
    .action(does<ModeOptions, [string | undefined]>(async () => (await import('./mode.ts')).mode));
}
