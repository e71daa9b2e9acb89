// The system programs that the tests use for real: sshd, ssh, a browser, network namespaces, a Secret Service, readers of plists and units, the shells of completion, and the fonts that pictures are compared in.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const DEBIAN = [
  { name: 'openssh-server', files: ['/usr/sbin/sshd'] },
  { name: 'openssh-client', files: ['/usr/bin/ssh'] },
  { name: 'chromium', files: ['/usr/bin/chromium', '/usr/bin/google-chrome'] },
  {
    name: 'chromium-headless-shell',
    files: ['/usr/bin/chromium-headless-shell', '/usr/bin/google-chrome'],
  },
  { name: 'iproute2', files: ['/usr/sbin/ip', '/usr/bin/ip', '/sbin/ip', '/bin/ip'] },
  { name: 'dbus', files: ['/usr/bin/dbus-run-session'] },
  { name: 'gnome-keyring', files: ['/usr/bin/gnome-keyring-daemon'] },
  { name: 'libplist-utils', files: ['/usr/bin/plistutil'] },
  { name: 'systemd', files: ['/usr/bin/systemd-analyze'] },
  { name: 'zsh', files: ['/usr/bin/zsh', '/bin/zsh'] },
  { name: 'fonts-dejavu-core', files: ['/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'] },
  {
    name: 'fonts-droid-fallback',
    files: ['/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf'],
  },
  { name: 'fish', files: ['/usr/bin/fish'] },
];

/** On Debian: installs what is missing as root, else prints the exact line and ends with 1. Elsewhere the tests say what they miss. */
export function ensureSystemPackages() {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return;
  const missing = DEBIAN.filter(({ files }) => !files.some((file) => existsSync(file))).map(
    ({ name }) => name,
  );
  if (missing.length === 0) return;

  const line = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid() !== 0) {
    console.error(
      `Some Debian packages are missing. Run this once, then start the tests again:\n  sudo sh -c '${line}'`,
    );
    process.exit(1);
  }
  console.error(`Installing Debian packages: ${missing.join(', ')} …`);
  const installed = spawnSync('sh', ['-c', line], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (installed.status !== 0) {
    console.error(`${installed.stdout}${installed.stderr}\nThis line failed: ${line}`);
    process.exit(1);
  }
}
