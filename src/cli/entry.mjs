#!/usr/bin/env node
// The command `chela`. Parses on Node 20, so that it can say what it needs; the program itself is in ./cli/.
import * as module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// The global: importing node:process by name would open stdin and stdout.
const { env, platform, versions } = process;
const [major = 0, minor = 0] = versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  const isChinese = /^zh([-_](hant|tw|hk|mo)|$|[-_.]?$)/i.test(
    env.LC_ALL || env.LC_MESSAGES || env.LANG || '',
  );
  process.stderr.write(
    isChinese
      ? `chela 需要 Node 22.12 以上的版本，這裡是 ${versions.node}。請安裝較新的 Node，再執行一次。\n`
      : `chela needs Node 22.12 or newer; this is ${versions.node}. Install a newer Node and run it again.\n`,
  );
  process.exitCode = 1;
} else {
  // Node's own default is a folder in the shared temporary directory.
  if (env.NODE_COMPILE_CACHE === undefined) module.enableCompileCache?.(join(cacheFolder(), 'chela', 'code'));
  // Made by the build, from index.ts.
  await import(new URL('./cli/main.js', import.meta.url).href);
}

function cacheFolder() {
  if (platform === 'win32') return env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return env.XDG_CACHE_HOME || join(homedir(), '.cache');
}
