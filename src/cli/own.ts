import { becomeGateway } from './as-gateway.ts';
import { does } from './frame/does.ts';
import { parsePort } from './frame/options.ts';
import type { ChelaCommand } from './frame/program.ts';
import type { LinkOptions } from './link.ts';

/** `chela doctor`: the ladder. */
export function registerDoctor(program: ChelaCommand): void {
  const { t } = program;
  program
    .command('doctor')
    .description(t('doctor.cli.description'))
    .examples(['chela doctor'], ['chela doctor --report > report.txt'])
    .option('--report', t('doctor.cli.report'))
    .option('--with-names', t('doctor.cli.withNames'))
    .action(
      does<{ report?: boolean; withNames?: boolean }>(async () => {
        const { showDoctor } = await import('./show-doctor.ts');
        return ({ t, env, globals: { json, ...where } }, { report = false, withNames = false }) =>
          showDoctor({ ...where, json, report, withNames, t, world: { env } });
      }),
    );
}

/** `chela gateway run`: the embedded Gateway. */
export function registerGatewayRun(gateway: ChelaCommand): void {
  const { t } = gateway;
  gateway
    .command('run')
    .description(t('cli.gateway.run'))
    .examples(['chela gateway run'], ['chela gateway run --port 18989'])
    .option('--port <port>', t('cli.options.port'), parsePort)
    .action(
      does<{ port?: number }>(async () => {
        becomeGateway();
        const { runGateway } = await import('./run-gateway.ts');
        return ({ t, locale, globals, out }, options) =>
          runGateway({ ...globals, ...options, t, locale, out });
      }),
    );
}

/** `chela link` and `chela unlink`. */
export function registerLink(program: ChelaCommand): void {
  const { t } = program;
  for (const name of ['link', 'unlink'] as const) {
    program
      .command(name)
      .description(t(name === 'link' ? 'link.description' : 'link.unlink'))
      .examples([`chela ${name}`], [`chela ${name} --dir ~/bin`])
      .option('--dir <dir>', t('link.dir'))
      .action(does<LinkOptions>(async () => (await import('./link.ts'))[name]));
  }
}
