import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gatewayStateDir } from '../../src/core/data-dir.ts';
import type { ChelaApp, LaunchOptions } from '../fixtures/chela-app.ts';
import { expectConnected, homeWith, mcpServers, type RemoteHost, remoteConfig } from './world.ts';

const root = join(import.meta.dirname, '..', '..');

/** A Gateway, and the way to it, that a journey is gone on. */
type World = {
  readonly openclawConfig: object;
  /** Breaks the way to the Gateway; `mend` brings it back. */
  cut(app: ChelaApp): Promise<void>;
  mend(app: ChelaApp): Promise<void>;
  /** Where it keeps what it knows. */
  stateDir(app: ChelaApp): string;
  /** Whether it offers to allow a command for good. The real one, run as root, never did (openclaw 2026.9.6, observed). */
  readonly offersAlways: boolean;
};

type WorldOf = (remote: RemoteHost) => Promise<World>;

/** The real OpenClaw Gateway behind a real tunnel, and the Gateway that Chela carries. */
export const worlds: Record<string, WorldOf> = {
  'the real OpenClaw Gateway': async (remote) => ({
    openclawConfig: await remoteConfig(remote),
    cut: () => remote.sshd.kill(),
    mend: () => remote.sshd.restart(),
    stateDir: () => join(remote.gateway.home, '.openclaw'),
    offersAlways: false,
  }),
  'the embedded Gateway': async ({ model }) => ({
    openclawConfig: {
      agents: { defaults: { model: { primary: 'fake/fake-1' } } },
      models: {
        providers: {
          fake: {
            baseUrl: `http://127.0.0.1:${model.port}/v1`,
            apiKey: 'not-a-key',
            api: 'openai-completions',
            models: [
              { id: 'fake-1', name: 'Fake 1', contextWindow: 128_000, input: ['text', 'image'] },
              { id: 'fake-2', name: 'Fake 2', contextWindow: 128_000, reasoning: true },
            ],
          },
        },
      },
      mcp: { servers: mcpServers },
    },
    cut: ({ dataDir }) => chela('disconnect', '--data-dir', dataDir),
    mend: ({ dataDir }) => chela('connect', '--data-dir', dataDir),
    stateDir: ({ dataDir }) => gatewayStateDir(dataDir),
    offersAlways: true,
  }),
};

type Needs = { launch: (options: LaunchOptions) => Promise<ChelaApp>; remote: RemoteHost };

/** Starts Chela in that world, and waits for the Gateway. */
export async function enter(worldOf: WorldOf, { launch, remote }: Needs) {
  const world = await worldOf(remote);
  const app = await launch({ home: homeWith(world.openclawConfig, remote) });
  await expectConnected(app.page);
  return { world, app, page: app.page };
}

async function chela(...args: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, 'out', 'main', 'cli.js'), ...args]);
}
