// `npm test`: everything that can be proven on this machine, closed by one plain line `N passed, N failed`.
import { ensureBuilt, ensureInstalled } from './prepare.mjs';

ensureInstalled();
const { staticStages } = await import('./check.mjs');
const { checkStage, playwrightStage, runScript, sum, summary, vitestStage } = await import('./stages.mjs');
const { ensureSystemPackages } = await import('./system-packages.mjs');

ensureSystemPackages();
ensureBuilt();

const total = sum([
  ...staticStages(),
  vitestStage('unit tests', ['node', 'page']),
  vitestStage('against the real OpenClaw Gateway', ['upstream']),
  ...['tunnel', 'cli', 'gateway'].map((bench) =>
    checkStage(`the bench runs (short): ${bench}`, () =>
      runScript('bench/run.ts', [bench, '--short', '--json']),
    ),
  ),
  playwrightStage('in the browser', ['--project=specs']),
]);
console.log(summary(total));
process.exit(total.failed === 0 ? 0 : 1);
