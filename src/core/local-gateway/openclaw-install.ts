import { execFile } from 'node:child_process';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { environmentForOpenclaw } from '../../shared/child-environment.ts';
import { appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';

/** An installed `openclaw` and a real Node that it runs on. */
export type OpenclawInstall = { readonly node: string; readonly entry: string; readonly version: string };

type Surroundings = {
  /** Its PATH is that of a person's shell. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly platform: NodeJS.Platform;
};

/**
 * Looks on the PATH, then where package managers put it. OPENCLAW_NOT_INSTALLED, or OPENCLAW_NEEDS_NODE where no Node fits
 * the range that the package asks for; Electron's own binary is none. Never rejects.
 */
export async function findOpenclaw(surroundings: Surroundings): Promise<Result<OpenclawInstall>> {
  const folders = await foldersOf(surroundings);
  for (const folder of folders) {
    const found = await packageBehind(folder, surroundings.platform);
    if (!found) continue;
    const node = await findNode([folder, ...folders], found.engine, surroundings);
    if (node) return ok({ node, entry: found.entry, version: found.version });
    return err(appError('OPENCLAW_NEEDS_NODE', 'no Node fits', { details: { needs: found.engine } }));
  }
  return err(appError('OPENCLAW_NOT_INSTALLED', 'no openclaw on the PATH'));
}

async function foldersOf({ env, homeDir, platform }: Surroundings): Promise<string[]> {
  const onPath = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '');
  if (platform === 'win32') return [...onPath, ...(env.APPDATA ? [join(env.APPDATA, 'npm')] : [])];
  const nvm = join(homeDir, '.nvm', 'versions', 'node');
  const versions = (await readdir(nvm).catch(() => [])).toSorted((a, b) =>
    b.localeCompare(a, 'en', { numeric: true }),
  );
  const inHome = [
    '.local/bin',
    '.npm-global/bin',
    '.volta/bin',
    '.bun/bin',
    '.local/share/pnpm',
    'Library/pnpm',
  ];
  return [
    ...onPath,
    ...inHome.map((folder) => join(homeDir, folder)),
    ...versions.map((version) => join(nvm, version, 'bin')),
    '/opt/homebrew/bin',
    '/usr/local/bin',
  ];
}

type Package = { readonly entry: string; readonly version: string; readonly engine: string };

/** The package that a folder's `openclaw` belongs to: by its link, or beside a script that starts it. */
async function packageBehind(folder: string, platform: NodeJS.Platform): Promise<Package | null> {
  const command = join(folder, platform === 'win32' ? 'openclaw.cmd' : 'openclaw');
  const real = await realpath(command).catch(() => null);
  if (real === null) return null;
  const places =
    basename(real) === 'openclaw.mjs'
      ? [dirname(real)]
      : [join(folder, 'node_modules', 'openclaw'), join(folder, '..', 'lib', 'node_modules', 'openclaw')];
  for (const place of places) {
    const found = await readPackage(place);
    if (found) return found;
  }
  return null;
}

async function readPackage(folder: string): Promise<Package | null> {
  try {
    const { name, version, engines } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      name?: unknown;
      version?: unknown;
      engines?: { node?: unknown };
    };
    if (name !== 'openclaw' || typeof version !== 'string') return null;
    const engine = typeof engines?.node === 'string' ? engines.node : '';
    return { entry: await realpath(join(folder, 'openclaw.mjs')), version, engine };
  } catch {
    return null;
  }
}

/** The first that fits: beside the command, on the PATH, or the one that runs now. */
async function findNode(
  folders: readonly string[],
  engine: string,
  { env, platform }: Surroundings,
): Promise<string | null> {
  const name = platform === 'win32' ? 'node.exe' : 'node';
  const own = process.versions.electron === undefined ? [process.execPath] : [];
  for (const node of new Set([...folders.map((folder) => join(folder, name)), ...own])) {
    const version = await versionOf(node, env);
    if (version !== null && satisfies(version, engine)) return node;
  }
  return null;
}

function versionOf(node: string, env: Surroundings['env']): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { env: { ...environmentForOpenclaw(env) }, timeout: 5000, windowsHide: true };
    execFile(node, ['--version'], options, (_error, stdout) => {
      resolve(/^v(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null);
    });
  });
}

/** As npm reads `engines`: alternatives of bounds, `>=24.16.0 <25 || >=26.1.0`. What it cannot read lets everything pass. */
export function satisfies(version: string, range: string): boolean {
  if (!/^[\s\d.<>=|]+$/.test(range)) return true;
  return range.split('||').some((part) =>
    part
      .trim()
      .split(/\s+/)
      .every((bound) => {
        const [, operator = '', limit = ''] = /^([<>]?=?)(.*)$/.exec(bound) ?? [];
        const order = compare(version, limit);
        if (operator === '>=') return order >= 0;
        if (operator === '<') return order < 0;
        if (operator === '<=') return order <= 0;
        return operator === '>' ? order > 0 : order === 0;
      }),
  );
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
