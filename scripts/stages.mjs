// The stages of `npm run check` and `npm test`: run a tool, keep its output, count what it proves.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { node24, root } from './prepare.mjs';

/** @typedef {{passed: number, failed: number, skipped: number}} Count */
/** @typedef {() => Promise<Count>} Stage */

/** Runs a JavaScript tool of node_modules under Node 24. */
export function runTool(path, args, env) {
  return runScript(join('node_modules', path), args, env);
}

/** Runs a script of this checkout under Node 24. Never rejects. */
export function runScript(path, args, env = {}) {
  const options = {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
      ...env,
    },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  };
  return new Promise((resolve) => {
    const child = execFile(node24, [join(root, path), ...args], options, (error, stdout, stderr) =>
      resolve({ ok: error === null, stdout, output: `${stdout}${stderr}` }),
    );
    child.stdin.end();
  });
}

/** @returns {Promise<Count>} One stage after the other. */
export async function inTurn(stages) {
  const counts = [];
  for (const stage of stages) counts.push(await stage());
  return sum(counts);
}

/** A check that passes or fails as a whole counts as one. @returns {Stage} */
export function checkStage(name, run) {
  return async () => {
    const started = performance.now();
    const { ok, output } = await run();
    report(ok, name, started);
    if (!ok) console.log(output.trim());
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  };
}

/** Vitest, counted from its own JSON report. @returns {Stage} */
export function vitestStage(name, projects) {
  return counted(
    name,
    (reportFile) =>
      runTool('vitest/vitest.mjs', [
        'run',
        ...projects.flatMap((project) => ['--project', project]),
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${reportFile}`,
      ]),
    (json) => ({
      passed: json.numPassedTests,
      // A file that can't even load has no failed test of its own.
      failed:
        json.numFailedTests +
        json.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
          .length,
      skipped: json.numPendingTests + json.numTodoTests,
    }),
  );
}

/** Playwright, counted from its own JSON report. @returns {Stage} */
export function playwrightStage(name, args, env = {}) {
  return counted(
    name,
    (reportFile) =>
      runTool('@playwright/test/cli.js', ['test', '--reporter=list,json', ...args], {
        ...env,
        PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile,
      }),
    ({ stats, errors }) => ({
      passed: stats.expected,
      failed: stats.unexpected + stats.flaky + errors.length,
      skipped: stats.skipped,
    }),
  );
}

function counted(name, run, read) {
  return async () => {
    const started = performance.now();
    const folder = mkdtempSync(join(tmpdir(), 'chela-report-'));
    const reportFile = join(folder, 'report.json');
    const { ok, output } = await run(reportFile);
    let count;
    try {
      count = read(JSON.parse(readFileSync(reportFile, 'utf8')));
    } catch {
      count = { passed: 0, failed: 1, skipped: 0 };
    }
    rmSync(folder, { recursive: true, force: true });
    // A runner that saw nothing, or failed without a failed test, has not passed.
    if (count.failed === 0 && (!ok || count.passed === 0)) count.failed = 1;
    report(count.failed === 0, `${name}: ${summary(count)}`, started);
    if (count.failed > 0) console.log(output.trim());
    return count;
  };
}

function report(ok, name, started) {
  console.log(`${ok ? '✓' : '✗'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

/** The plain closing line. */
export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function sum(counts) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const count of counts) for (const key of Object.keys(total)) total[key] += count[key];
  return total;
}
