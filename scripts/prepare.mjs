// What every command of a checkout needs first: packages and a build. Plain JavaScript on Node 20 or newer with no
// package at hand, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const inRoot = (...parts) => join(root, ...parts);

/** The Node 24 that comes as a dev dependency. */
export const node24 = inRoot(
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

function say(line) {
  process.stderr.write(`${line}\n`);
}

/** One hash over the names and contents of files and folders, in a stable order. */
function hashOf(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(inRoot(path)))
      .update('\0');
  };
  for (const path of paths) {
    if (!existsSync(inRoot(path))) continue;
    const children = readdirIfFolder(path);
    if (children) for (const child of children) add(child);
    else add(path);
  }
  return hash.digest('hex');
}

function readdirIfFolder(path) {
  try {
    return readdirSync(inRoot(path), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();
  } catch (error) {
    if (error.code === 'ENOTDIR') return null;
    throw error;
  }
}

/** Runs `work` unless `stampFile` already carries this hash; a failure leaves no stamp. */
function oncePer(stampFile, hash, work) {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return false;
  work();
  mkdirSync(join(stampFile, '..'), { recursive: true });
  writeFileSync(stampFile, hash);
  return true;
}

function npm(args, cwd) {
  const cli = process.env.npm_execpath;
  const options = { cwd, stdio: ['ignore', 2, 2], shell: !cli && process.platform === 'win32' };
  // The node that runs npm, not the one in node_modules, which `npm ci` removes.
  const result = cli?.endsWith('.js')
    ? spawnSync(process.env.npm_node_execpath ?? process.execPath, [cli, ...args], options)
    : spawnSync('npm', args, options);
  if (result.status !== 0) {
    say(`npm ${args[0]} failed in ${cwd}. Check the network, then run the command again.`);
    process.exit(result.status ?? 1);
  }
}

/** Installs packages when the lock file changed since the last time. */
export function ensureInstalled() {
  const stamp = inRoot('node_modules', '.chela-installed');
  oncePer(stamp, hashOf(['package.json', 'package-lock.json']), () => {
    say('Installing packages (once, and after the lock file changed) …');
    npm(['ci', '--loglevel=error', '--no-audit', '--no-fund'], root);
  });
  oncePer(inRoot('node_modules', '.chela-crypto'), hashOf(['package-lock.json']), tryCryptoBinding);
}

/**
 * ssh2's native crypto halves the processor time of a tunnel. It takes a compiler, which not every machine has, and
 * nothing from the network: the headers are those of the Node 24 in node_modules. Tried once, quietly; plain
 * JavaScript does without, and Chela says which of the two runs.
 */
function tryCryptoBinding() {
  const folder = inRoot('node_modules', 'ssh2', 'lib', 'protocol', 'crypto');
  const binding = join(folder, 'build', 'Release', 'sshcrypto.node');
  const loads = () => spawnSync(node24, ['-e', 'require(process.argv[1])', binding]).status === 0;
  try {
    if (loads()) return;
    // Built for another Node, as by an older npm.
    rmSync(join(folder, 'build'), { recursive: true, force: true });
    const gyp = inRoot('node_modules', 'node-gyp', 'bin', 'node-gyp.js');
    const nodes = inRoot('node_modules', 'node', 'node_modules');
    const headers = readdirSync(nodes).find((name) =>
      existsSync(join(nodes, name, 'include', 'node', 'node.h')),
    );
    // On Windows a library of Node's would be needed as well, which the package does not bring.
    if (!headers || !existsSync(gyp) || process.platform === 'win32') return;
    spawnSync(node24, [gyp, 'rebuild', `--nodedir=${join(nodes, headers)}`, '--real_openssl_major=3'], {
      cwd: folder,
      stdio: 'ignore',
      timeout: 60_000,
      env: { ...withoutNpmConfig(process.env), PATH: `${dirname(node24)}:${process.env.PATH}` },
    });
    if (!loads()) rmSync(join(folder, 'build'), { recursive: true, force: true });
  } catch {
    // No binding, then.
  }
}

/** node-gyp would take npm's own `nodedir`, which is that of another Node, over the one it is given. */
function withoutNpmConfig(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_config_/i.test(name)));
}

/** Builds `out/` when a source changed since the last time. */
export function ensureBuilt() {
  const sources = [
    'src',
    'resources',
    'electron.vite.config.ts',
    'vite.cli.config.ts',
    'vite.diagram.config.ts',
    'vite.gateway.config.ts',
    'scripts/lean-gateway.ts',
    'scripts/deferred-modules.ts',
    'scripts/plain-options.ts',
    'package.json',
    'package-lock.json',
  ];
  oncePer(inRoot('out', '.chela-built'), hashOf(sources), () => {
    say('Building …');
    const builds = [
      ['electron-vite/bin/electron-vite.js', 'build'],
      ['vite/bin/vite.js', 'build', '--config', 'vite.diagram.config.ts'],
      // After the other, which empties its folder.
      ['vite/bin/vite.js', 'build', '--config', 'vite.cli.config.ts'],
      ['vite/bin/vite.js', 'build', '--config', 'vite.gateway.config.ts'],
    ];
    for (const [tool, ...args] of builds) {
      const result = spawnSync(node24, [inRoot('node_modules', tool), ...args, '--logLevel', 'warn'], {
        cwd: root,
        stdio: ['ignore', 2, 2],
      });
      if (result.status === 0) continue;
      say('The build failed; the lines above say where.');
      process.exit(1);
    }
  });
}

/** Runs a program in this terminal until it ends, hands signals on, and ends with its exit code. */
export function become(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // Ctrl+C reaches the child through the terminal; only signals meant for this process alone are handed on.
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  child.on('error', (error) => {
    say(`${command}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 128 : 1)));
}
