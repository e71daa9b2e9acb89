import { does } from './frame/does.ts';
import type { ChelaCommand } from './frame/program.ts';

/** Commands that ask a Gateway (R11). */
export function registerCalls(program: ChelaCommand): void {
  const { t } = program;
  program
    .command('status')
    .description(t('cli.status.description'))
    .action(
      does<object>(async () => {
        const { showStatus } = await import('./show-status.ts');
        return ({ t, globals }) => showStatus({ ...globals, t });
      }),
    );
}
