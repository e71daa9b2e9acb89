// `npm start`: installs and builds what is missing, then opens Chela on Electron, or in the browser where
// Electron's runtime can't be had.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { become, ensureBuilt, ensureInstalled, node24, root } from './prepare.mjs';

const args = process.argv.slice(2);
const wantsWeb = args.includes('--web');
const rest = args.filter((arg) => arg !== '--web');

ensureInstalled();
ensureBuilt();

const obstacle = wantsWeb ? null : await electronObstacle();
if (wantsWeb || obstacle) {
  if (obstacle) console.error(`${obstacle} Opening the same screens in the browser instead.`);
  become(node24, [join(root, 'out', 'main', 'web.js'), ...rest]);
} else {
  become(electronPath(), [root, ...rest]);
}

/** Why Electron can't be used here, in one sentence; null when it can. */
async function electronObstacle() {
  if (process.platform === 'linux') {
    if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return 'There is no display for Electron.';
    if (process.getuid?.() === 0) return 'Electron does not run as root.';
  }
  if (electronPath()) return null;
  if (!(await isReachable('github.com', 443)))
    return 'Electron’s runtime is not installed and github.com cannot be reached.';
  console.error('Fetching Electron’s runtime (once) …');
  const install = join(root, 'node_modules', 'electron', 'install.js');
  const fetched = spawnSync(node24, [install], { cwd: root, stdio: 'ignore', timeout: 600_000 });
  return fetched.status === 0 && electronPath()
    ? null
    : 'Electron’s runtime could not be fetched from github.com.';
}

/** The executable that Electron's own installer noted down, or null. */
function electronPath() {
  const folder = join(root, 'node_modules', 'electron');
  try {
    const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist');
    const path = join(dist, readFileSync(join(folder, 'path.txt'), 'utf8'));
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

/** Three seconds are enough to tell "no network" from "slow network". */
function isReachable(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(3000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
