import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import Conf from 'conf';
import open from 'open';
import { systemClock } from '../core/clock.ts';
import { commandFileIn } from '../core/command-link/app-command.ts';
import { surroundingsOf } from '../core/config/discovery.ts';
import { createEngine } from '../core/create-engine.ts';
import { ensureDataDir } from '../core/data-dir.ts';
import { createNodeLauncher } from '../core/local-gateway/node-launcher.ts';
import { createFileLogger } from '../core/log.ts';
import { openSettingsStore } from '../core/settings/settings-store.ts';
import { createTranslator } from '../shared/i18n/index.ts';
import { localeFor } from '../shared/i18n/locale.ts';
import { runWeb } from './run.ts';

/** `out/main`, where this file is built to. */
const here = import.meta.dirname;
const { env, stdin } = process;

/**
 * One Ctrl+C may arrive several times: npm passes it on, and a package that waits for exits (below `conf`) sends
 * the signal again. Only a later one means "at once".
 */
const SAME_SIGNAL_MS = 500;
const stopping = new AbortController();
let stoppingSince = 0;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (!stopping.signal.aborted) stoppingSince = Date.now();
    else if (Date.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(130);
    stopping.abort();
  });
}

process.exitCode = await runWeb({
  args: process.argv.slice(2),
  t: createTranslator(localeFor(env.LC_ALL || env.LC_MESSAGES || env.LANG)),
  version: __CHELA_VERSION__,
  rootDir: join(here, '../renderer'),
  clock: systemClock,
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
  signal: stopping.signal,
  ensureDataDir,
  createEngine: (dataDir, profile) =>
    createEngine({
      dataDir,
      store: openSettingsStore({ dataDir, create: (options) => new Conf(options) }),
      runtime: 'web',
      version: __CHELA_VERSION__,
      launchGateway: createNodeLauncher(join(here, 'cli', 'gateway.cjs')),
      edge: {},
      logger: createFileLogger(dataDir),
      commandFile: commandFileIn(here),
      ...surroundingsOf(profile, env),
    }),
  openBrowser,
  onLine: stdin.isTTY ? onLine : null,
});
// A connection that something else still holds open must not keep the process.
process.exit();

/** `xdg-open` and its like say by their exit code whether there is a browser. */
async function openBrowser(url: string): Promise<boolean> {
  try {
    const opener = await open(url);
    if (opener.exitCode !== null) return opener.exitCode === 0;
    return await new Promise((resolve) => {
      // A browser that this very call has started may stay in the foreground of its opener.
      const timer = setTimeout(() => resolve(true), 1500);
      opener.once('exit', (code) => {
        clearTimeout(timer);
        resolve(code === 0);
      });
    });
  } catch {
    return false;
  }
}

function onLine(listener: () => void): () => void {
  const lines = createInterface({ input: stdin });
  lines.on('line', listener);
  return () => lines.close();
}
