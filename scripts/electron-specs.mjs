// `npm run test:e2e:electron`: the browser specs on real Electron; fails where its runtime can't be had.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, node24, root } from './prepare.mjs';

ensureInstalled();
ensureBuilt();
const install = spawnSync(node24, [join(root, 'node_modules', 'electron', 'install.js')], {
  cwd: root,
  stdio: 'inherit',
});
if (install.status !== 0) process.exit(1);
const { inTurn, playwrightStage, summary } = await import('./stages.mjs');
const count = await inTurn([
  playwrightStage('on Electron', ['--project=specs'], { CHELA_E2E_RUNTIME: 'electron' }),
]);
console.log(summary(count));
process.exit(count.failed === 0 ? 0 : 1);
