import { does } from './frame/does.ts';
import { parsePort } from './frame/options.ts';
import type { ChelaCommand } from './frame/program.ts';

/** Commands about this computer: the ladder and the embedded Gateway. */
export function registerOwn(program: ChelaCommand): void {
  const { t } = program;
  program
    .command('doctor')
    .description(t('doctor.cli.description'))
    .option('--report', t('doctor.cli.report'))
    .option('--with-names', t('doctor.cli.withNames'))
    .action(
      does<{ report?: boolean; withNames?: boolean }>(async () => {
        const { showDoctor } = await import('./show-doctor.ts');
        return ({ t, globals: { json, ...where } }, { report = false, withNames = false }) =>
          showDoctor({ ...where, json, report, withNames, t });
      }),
    );

  gatewayOf(program)
    .command('run')
    .description(t('cli.gateway.run'))
    .option('--port <port>', t('cli.options.port'), parsePort)
    .action(
      does<{ port?: number }>(async () => {
        const { runGateway } = await import('./run-gateway.ts');
        return ({ t, locale, globals, out }, options) =>
          runGateway({ ...globals, ...options, t, locale, out });
      }),
    );
}

/** The group `chela gateway`, made by whoever needs it first. */
export function gatewayOf(program: ChelaCommand): ChelaCommand {
  const found = program.commands.find((command) => command.name() === 'gateway');
  if (found instanceof program.constructor) return found as ChelaCommand;
  return program.command('gateway').description(program.t('cli.gateway.description')) as ChelaCommand;
}
