// `npm test`: everything that can be proven on this machine, closed by one plain line `N passed, N failed`.
import { ensureBuilt, ensureInstalled } from './prepare.mjs';

ensureInstalled();
const { staticStages } = await import('./check.mjs');
const { checkStage, inTurn, playwrightStage, runScript, sum, summary, vitestStage } = await import(
  './stages.mjs'
);
const { ensureSystemPackages } = await import('./system-packages.mjs');

ensureSystemPackages();
ensureBuilt();

const benches = ['tunnel', 'cli', 'gateway'].map((bench) =>
  checkStage(`the bench runs (short): ${bench}`, () =>
    runScript('bench/run.ts', [bench, '--short', '--json']),
  ),
);
const total = sum([
  // Checks that read and benches that only have to run, side by side: no time counts in either.
  ...(await Promise.all([inTurn(staticStages), inTurn(benches)])),
  await inTurn([
    vitestStage('unit tests', ['node', 'page']),
    vitestStage('against the real OpenClaw Gateway', ['upstream']),
    playwrightStage('in the browser', ['--project=specs']),
  ]),
]);
console.log(summary(total));
process.exit(total.failed === 0 ? 0 : 1);
