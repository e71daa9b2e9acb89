// `npm run check`, the one gate: format and lint, types per layer, layers, dead code, unit tests.
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './prepare.mjs';
import { checkStage, inTurn, runTool, summary, vitestStage } from './stages.mjs';

const LAYERS = ['shared', 'node', 'electron', 'renderer', 'tests'];

/** The static half of the gate; `npm test` runs it too. */
export const staticStages = [
  checkStage('format and lint', () =>
    runTool('@biomejs/biome/bin/biome', ['ci', '--error-on-warnings', '.']),
  ),
  ...LAYERS.map((layer) =>
    checkStage(`types: ${layer}`, () => runTool('typescript/bin/tsc', ['-p', `tsconfig/${layer}.json`])),
  ),
  checkStage('layers', checkLayers),
  checkStage('dead code', () => runTool('knip/bin/knip.js', ['--no-progress'])),
];

/** A layer check that saw no modules would always pass; it has to see at least the rooms. */
async function checkLayers() {
  const { stdout, output } = await runTool('dependency-cruiser/bin/dependency-cruiser.mjs', [
    'src',
    '--output-type',
    'json',
  ]);
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    return { ok: false, output };
  }
  const rooms = new Set(
    report.modules.map(({ source }) => /^src\/(\w+)\//.exec(source)?.[1]).filter(Boolean),
  );
  const missing = ['shared', 'gateway', 'core', 'main', 'web', 'preload', 'renderer', 'cli'].filter(
    (room) => !rooms.has(room),
  );
  const lines = report.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
  if (missing.length > 0) lines.push(`no modules seen in: ${missing.join(', ')}`);
  return { ok: lines.length === 0, output: lines.join('\n') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureInstalled();
  const total = await inTurn([...staticStages, vitestStage('unit tests', ['node', 'page'])]);
  console.log(summary(total));
  process.exit(total.failed === 0 ? 0 : 1);
}
