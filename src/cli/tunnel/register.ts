import { does } from '../frame/does.ts';
import { parseCount } from '../frame/options.ts';
import type { ChelaCommand } from '../frame/program.ts';
import type { ChangeOptions, InstallOptions, UninstallOptions } from './change.ts';
import type { LogsOptions } from './logs.ts';

/** The tunnel, and the service that keeps it alive when Chela is closed (R30-R37). */
export function registerTunnel(program: ChelaCommand): void {
  const { t } = program;
  const tunnel = program
    .command('tunnel')
    .description(t('control.tunnel.description'))
    .examples(['chela tunnel status'], ['chela tunnel install --dry-run']);
  const command = (name: string, about: string, options = '') =>
    tunnel
      .command(name)
      .description(t(`tunnelService.cli.${about}`))
      .examples([`chela tunnel ${name}${options}`]);
  const withConsent = (change: ChelaCommand) =>
    change
      .option('--dry-run', t('tunnelService.cli.options.dryRun'))
      .option('-y, --yes', t('tunnelService.cli.options.yes'));

  command('status', 'status', ' --json').action(
    does<object>(async () => (await import('./status.ts')).tunnelStatus),
  );
  withConsent(tunnel.command('install').description(t('tunnelService.cli.install')))
    .option('--ssh-target <target>', t('tunnelService.cli.options.sshTarget'))
    .option('--alias <name>', t('tunnelService.cli.options.alias'))
    .option('--key <file>', t('tunnelService.cli.options.key'))
    .option('--new-key', t('tunnelService.cli.options.newKey'))
    .option('--key-for-anything', t('tunnelService.cli.options.anyUse'))
    .option('--fetch-token', t('tunnelService.cli.options.fetchToken'))
    .option('--skip <steps>', t('tunnelService.cli.options.skip'))
    .option('--with <steps>', t('tunnelService.cli.options.with'))
    .examples(
      ['chela tunnel install --dry-run', 'tunnelService.cli.examples.dryRun'],
      ['chela tunnel install --ssh-target ada@studio', 'tunnelService.cli.examples.target'],
    )
    .action(does<InstallOptions>(async () => (await import('./change.ts')).installTunnel));
  withConsent(command('repair', 'repair', ' --dry-run')).action(
    does<ChangeOptions>(async () => (await import('./change.ts')).repairTunnel),
  );
  withConsent(tunnel.command('uninstall').description(t('tunnelService.cli.uninstall')))
    .option('--keep <steps>', t('tunnelService.cli.options.keep'))
    .option('--all', t('tunnelService.cli.options.all'))
    .examples(['chela tunnel uninstall'], ['chela tunnel uninstall --all', 'tunnelService.cli.examples.all'])
    .action(does<UninstallOptions>(async () => (await import('./change.ts')).uninstallTunnel));
  for (const how of ['resume', 'rollback'] as const) {
    command(how, how).action(
      does<object>(async () => {
        const { settleTunnel } = await import('./change.ts');
        return (context) => settleTunnel(context, how);
      }),
    );
  }
  for (const action of ['restart', 'stop', 'start'] as const) {
    command(action, action).action(
      does<object>(async () => {
        const { controlTunnel } = await import('./control.ts');
        return (context) => controlTunnel(context, action);
      }),
    );
  }
  command('logs', 'logs', ' --lines 20')
    .option('--lines <n>', t('tunnelService.cli.options.lines'), parseCount(500))
    .action(does<LogsOptions>(async () => (await import('./logs.ts')).tunnelLogs));
}
