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
/** Lanes, for what waits for others more than it computes and where no time counts. */
const sideBySide = (...lanes) => Promise.all(lanes.map(inTurn));
/** Specs of the browser, by their names. */
const browserStage = (name, files) =>
  playwrightStage(`in the browser, ${name}`, ['--project=specs', `--output=test-results/${name}`, files]);
const total = sum([
  ...(await sideBySide(staticStages, benches)),
  await inTurn([vitestStage('unit tests', ['node', 'page'])]),
  ...(await sideBySide(
    [vitestStage('against the real OpenClaw Gateway', ['upstream'])],
    [browserStage('both-gateways', 'e2e.specs.both-gateways')],
    [browserStage('all-others', 'e2e.specs.(?!both-gateways)')],
  )),
]);
console.log(summary(total));
process.exit(total.failed === 0 ? 0 : 1);
