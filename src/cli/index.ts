#!/usr/bin/env node
import { Command } from 'commander';
import { createTranslator, localeFor } from '../shared/i18n/index.ts';
import { parsePortOption } from './options.ts';
import { runGateway } from './run-gateway.ts';
import { showDoctor } from './show-doctor.ts';
import { showStatus } from './show-status.ts';

const t = createTranslator(localeFor(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG));

const program = new Command('chela')
  .description(t('cli.description'))
  .version(__CHELA_VERSION__)
  .option('--data-dir <dir>', t('cli.options.dataDir'))
  .showHelpAfterError()
  .exitOverride((end) => process.exit(end.exitCode === 0 ? 0 : 2));

program
  .command('status')
  .description(t('cli.status.description'))
  .option('--json', t('cli.options.json'))
  .action(async (options: { json?: boolean }) => {
    process.exitCode = await showStatus({
      ...program.opts<{ dataDir?: string }>(),
      json: options.json ?? false,
      t,
    });
  });

program
  .command('doctor')
  .description(t('doctor.cli.description'))
  .option('--json', t('cli.options.json'))
  .option('--report', t('doctor.cli.report'))
  .option('--with-names', t('doctor.cli.withNames'))
  .action(async (options: { json?: boolean; report?: boolean; withNames?: boolean }) => {
    process.exitCode = await showDoctor({
      ...program.opts<{ dataDir?: string }>(),
      json: options.json ?? false,
      report: options.report ?? false,
      withNames: options.withNames ?? false,
      t,
    });
  });

program
  .command('gateway')
  .description(t('cli.gateway.description'))
  .command('run')
  .description(t('cli.gateway.run'))
  .option('--port <port>', t('cli.options.port'), parsePortOption)
  .action(async (options: { port?: number }) => {
    process.exitCode = await runGateway({ ...program.opts<{ dataDir?: string }>(), ...options, t });
  });

await program.parseAsync();
