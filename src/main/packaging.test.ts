import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { extractAll, listPackage } from '@electron/asar';
import { FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';

const root = join(import.meta.dirname, '../..');
const standIn = join(root, 'e2e/fixtures/electron-stub');
const readJson = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const manifest = readJson('package.json') as { dependencies: Record<string, string> };
const lock = readJson('package-lock.json') as { packages: Record<string, { dev?: boolean }> };

/** What `@electron/fuses` looks for in Electron's binary, before the version, the length and one byte per fuse. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

const FUSE_IS_ON = '1'.charCodeAt(0);

let dir: string;
const unpackedDir = () => join(dir, 'dist/linux-unpacked/resources/app.asar.unpacked');
let files: string[];
let configuration: Record<string, unknown>;

/** Just enough of a distribution to be packed: a "binary" with the fuses as Electron ships them. */
function writeElectronStub(folder: string): void {
  mkdirSync(join(folder, 'locales'), { recursive: true });
  for (const locale of ['de', 'en-US', 'zh-TW']) writeFileSync(join(folder, 'locales', `${locale}.pak`), '');
  const wire = Buffer.concat([Buffer.from(FUSE_SENTINEL), Buffer.from([1, 8]), Buffer.from('10110010')]);
  writeFileSync(join(folder, 'electron'), wire, { mode: 0o755 });
}

beforeAll(async () => {
  await builtApp();
  dir = mkdtempSync(join(tmpdir(), 'chela-pack-'));
  writeElectronStub(join(dir, 'electron'));
  const args = [join(standIn, 'pack.ts'), join(dir, 'electron'), join(dir, 'dist'), join(dir, 'config.json')];
  await promisify(execFile)(process.execPath, args, { cwd: root });
  files = listPackage(join(dir, 'dist/linux-unpacked/resources/app.asar'), { isPack: false }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  configuration = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'));
}, 180_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** In a bundle every import stands on a line of its own. */
const importPattern = /^import (?:.* from )?"([^"]+)";|\bimport\("([^"]+)"\)/gm;
const packageOf = (specifier: string) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

describe('the packed app', () => {
  it('holds the built app, its pictures and its production dependencies, and nothing else', () => {
    const top = new Set(files.map((file) => file.split('/')[1]));
    expect([...top].sort()).toEqual(['node_modules', 'out', 'package.json', 'resources']);
    expect(files).toEqual(
      expect.arrayContaining([
        '/out/main/index.js',
        '/out/main/cli/gateway.cjs',
        '/out/preload/index.cjs',
        '/out/renderer/index.html',
        '/resources/icons/tray/closedTemplate@2x.png',
        '/resources/icons/app/256x256.png',
      ]),
    );
    for (const name of Object.keys(manifest.dependencies)) expect(files).toContain(`/node_modules/${name}`);
    const forRunning = new Set(
      Object.entries(lock.packages).flatMap(([path, { dev }]) =>
        dev ? [] : [path.split('node_modules/').at(-1)],
      ),
    );
    const packed = new Set(
      files.flatMap((file) => file.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/@]+)(?:\/|$)/)?.[1] ?? []),
    );
    expect([...packed].filter((name) => !forRunning.has(name))).toEqual([]);
  });

  it('has no source, no test, no type and no source map in it', () => {
    const ours = files.filter((file) => !file.startsWith('/node_modules/'));
    expect(ours.filter((file) => /\.(tsx?|test\.\w+|yml|plist)$|\/(src|e2e|scripts)\//.test(file))).toEqual(
      [],
    );
    expect(files.filter((file) => /\.(map|ts|tsx|mts|cts)$/.test(file))).toEqual([]);
    expect(files.filter((file) => /\/(tests?|__tests__)\//.test(file))).toEqual([]);
  });

  it('keeps all but the command and what it loads inside, where the integrity check covers it', () => {
    const outside = unpackedDir();
    const unpacked = readdirSync(outside, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(unpacked.length).toBeGreaterThan(0);
    const allowed =
      /^out\/main\/(package\.json$|cli\.js$|cli\/)|^node_modules\/(ssh2|asn1|bcrypt-pbkdf|tweetnacl|safer-buffer|@napi-rs\/keyring)/;
    for (const { parentPath, name } of unpacked) {
      expect(relative(outside, join(parentPath, name)).replaceAll('\\', '/')).toMatch(allowed);
    }
    const native = files.filter((file) => file.endsWith('.node'));
    expect(native.length).toBeGreaterThan(0);
    for (const file of native) expect(file).toMatch(/\/keyring\.[^/]*\.node$/);
  });

  it('R11: holds a command that a plain Node runs, and that a link leads to', async () => {
    const cli = join(unpackedDir(), 'out/main/cli.js');
    const home = join(dir, 'home');
    const port = await freePort();
    const env = {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: home,
      USERPROFILE: home,
      LANG: 'C',
      OPENCLAW_GATEWAY_PORT: String(port),
    };
    const run = async (command: string, ...args: string[]) =>
      (await promisify(execFile)(command, args, { env })).stdout;
    expect(await run(process.execPath, cli, '--version')).toMatch(/^\d+\.\d+\.\d+\n$/);

    const link = [cli, 'link', '--dir', join(home, 'bin')];
    expect(await run(process.execPath, ...link)).not.toContain('22.12');
    const bare = await promisify(execFile)(process.execPath, link, { env: { ...env, PATH: home } });
    expect(bare.stdout).toContain('needs Node 22.12 or newer');
    expect(readlinkSync(join(home, 'bin/chela'))).toBe(cli);

    const gateway = spawn(process.execPath, [cli, 'gateway', 'run'], { env, stdio: 'ignore' });
    const exited = once(gateway, 'exit');
    try {
      await vi.waitFor(
        async () => expect(await run(join(home, 'bin/chela'), 'health')).toContain('healthy'),
        {
          timeout: 30_000,
          interval: 200,
        },
      );
    } finally {
      gateway.kill('SIGTERM');
      await exited;
    }
  }, 60_000);

  it('holds every package that the built main process imports', () => {
    const imported = files
      .filter((file) => /^\/out\/main\/.*\.js$/.test(file))
      .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(importPattern)])
      .flatMap((match) => match[1] ?? match[2] ?? [])
      .filter((name) => !name.startsWith('.'))
      // The text of a message, in a bundle.
      .filter((name) => !name.includes('$'))
      .filter((name) => !isBuiltin(name) && name !== 'electron');
    expect(imported.length).toBeGreaterThan(5);
    for (const name of imported) expect(files).toContain(`/node_modules/${packageOf(name)}`);
  });

  it('R6: starts from what was packed, and reaches its embedded Gateway', async () => {
    const unpacked = join(dir, 'unpacked');
    extractAll(join(dir, 'dist/linux-unpacked/resources/app.asar'), unpacked);
    const child = spawn(
      process.execPath,
      [
        '--import',
        join(standIn, 'register.ts'),
        join(standIn, 'run-built-app.ts'),
        join(unpacked, 'out'),
        '--data-dir',
        join(dir, 'data'),
      ],
      {
        env: {
          PATH: process.env.PATH,
          HOME: dir,
          USERPROFILE: dir,
          OPENCLAW_GATEWAY_PORT: String(await freePort()),
        },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    const exited = once(child, 'exit');
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    await vi.waitFor(() => expect(text).toContain('"tag":"connected"'), 15_000);
    child.stdin.end();
    expect((await exited)[0]).toBe(0);
  });

  it('has its fuses set', async () => {
    const wire = await getCurrentFuseWire(join(dir, 'dist/linux-unpacked/chela'));
    expect(wire.version).toBe(FuseVersion.V1);
    const on = Object.entries(wire).filter(([, state]) => state === FUSE_IS_ON);
    expect(on.map(([fuse]) => FuseV1Options[Number(fuse)])).toEqual([
      'EnableCookieEncryption',
      'EnableEmbeddedAsarIntegrityValidation',
      'OnlyLoadAppFromAsar',
    ]);
  });
});

describe('the configuration', () => {
  it('makes an installer for each system', () => {
    expect(configuration).toMatchObject({
      appId: 'app.chela.desktop',
      mac: { target: ['dmg', 'zip'], hardenedRuntime: true, extendInfo: { LSUIElement: true } },
      win: { target: ['nsis'] },
      linux: { target: ['AppImage', 'deb'] },
      publish: null,
    });
    expect(configuration.mac).toHaveProperty('extendInfo.NSLocalNetworkUsageDescription');
    expect(configuration.win).not.toHaveProperty('verifyUpdateCodeSignature');
  });

  it('names files that exist', () => {
    const { mac, win, linux } = configuration as Record<string, Record<string, string>>;
    for (const file of [mac?.icon, mac?.entitlements, mac?.entitlementsInherit, win?.icon, linux?.icon]) {
      expect([file, existsSync(join(root, file ?? 'missing'))]).toEqual([file, true]);
    }
  });

  it('groups windows under the id that the app gives itself', () => {
    expect(readFileSync(join(import.meta.dirname, 'desktop.ts'), 'utf8')).toContain(
      `'${configuration.appId}'`,
    );
  });
});
