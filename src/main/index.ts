import { join } from 'node:path';
import process from 'node:process';
import { app } from 'electron';
import ElectronStore from 'electron-store';
import { systemClock } from '../core/clock.ts';
import { commandFileIn } from '../core/command-link/app-command.ts';
import { askShellForPath } from '../core/command-link/shell-path.ts';
import { surroundingsOf } from '../core/config/discovery.ts';
import { createEngine } from '../core/create-engine.ts';
import { ensureDataDir } from '../core/data-dir.ts';
import { createFileLogger } from '../core/log.ts';
import { openSettingsStore } from '../core/settings/settings-store.ts';
import { startDesktop } from './desktop.ts';
import { createUtilityLauncher } from './utility-launcher.ts';

/** `out/main`, where this file is built to. */
const here = import.meta.dirname;

// Ctrl+C in the terminal of a checkout, or a system that shuts down, is a quit like any other.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => app.quit());

void startDesktop({
  // In a checkout the first argument is the folder of the app.
  args: process.argv.slice(app.isPackaged ? 1 : 2),
  platform: process.platform,
  desktop: process.env.XDG_CURRENT_DESKTOP,
  clock: systemClock,
  paths: {
    renderer: join(here, '../renderer'),
    preload: join(here, '../preload/index.cjs'),
    icons: join(here, '../../resources/icons'),
  },
  ensureDataDir,
  createEngine: (dataDir, edge, profile) =>
    createEngine({
      dataDir,
      store: openSettingsStore({
        dataDir,
        create: ({ configName, ...options }) => new ElectronStore({ ...options, name: configName }),
      }),
      runtime: 'electron',
      version: __CHELA_VERSION__,
      launchGateway: createUtilityLauncher(join(here, 'cli', 'gateway.cjs')),
      edge,
      logger: createFileLogger(dataDir),
      commandFile: commandFileIn(here),
      shellPath: () => askShellForPath(process.env),
      ...surroundingsOf(profile, process.env),
    }),
});
