import { type Listener, lsofListenerOf, parseNetstat, parseProcNet, parseTasklist } from './listening.ts';
import { realSystem, type System } from './system.ts';

export type PortHolder = {
  readonly pid: number;
  /** The program's name alone: arguments can hold secrets. */
  readonly command: string;
};

/** Who listens on 127.0.0.1:`port`; null where nobody does, or the system does not tell this user. Never throws. */
export async function findPortHolder(port: number, system: System = realSystem): Promise<PortHolder | null> {
  switch (system.platform) {
    case 'linux':
      return findOnLinux(port, system);
    case 'win32':
      return findOnWindows(port, system);
    default: {
      const found = await findWithLsof(port, system);
      return found && { pid: found.pid, command: baseName(found.command) };
    }
  }
}

async function findOnLinux(port: number, system: System): Promise<PortHolder | null> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const inode of parseProcNet((await system.readFile(table)) ?? '', port)) inodes.add(inode);
  }
  if (inodes.size === 0) return null;
  const pids = (await system.listDirectory('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  // A server's children may share its socket; it came first.
  for (const pid of pids.toSorted((a, b) => a - b)) {
    if (await holdsSocket(pid, inodes, system)) return { pid, command: await programOf(pid, system) };
  }
  return null;
}

async function holdsSocket(pid: number, inodes: ReadonlySet<string>, system: System): Promise<boolean> {
  for (const fd of await system.listDirectory(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec((await system.readLink(`/proc/${pid}/fd/${fd}`)) ?? '')?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

/** From the executable: a process can write what it likes into its name and its arguments. */
async function programOf(pid: number, system: System): Promise<string> {
  const exe = await system.readLink(`/proc/${pid}/exe`);
  const name = exe?.replace(/ \(deleted\)$/, '') ?? (await system.readFile(`/proc/${pid}/comm`));
  return baseName(name ?? '?');
}

/** Without root it tells of this user's processes alone. */
export async function findWithLsof(port: number, system: System): Promise<Listener | null> {
  const args = ['-nP', '+c0', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpcun'];
  for (const lsof of ['/usr/sbin/lsof', 'lsof']) {
    const found = lsofListenerOf((await system.exec(lsof, args)) ?? '', port);
    if (found) return found;
  }
  return null;
}

async function findOnWindows(port: number, system: System): Promise<PortHolder | null> {
  const pid = parseNetstat((await system.exec('netstat.exe', ['-ano', '-p', 'TCP'])) ?? '', port);
  if (pid === null) return null;
  const tasks = await system.exec('tasklist.exe', ['/fi', `PID eq ${pid}`, '/fo', 'csv', '/nh']);
  return { pid, command: baseName(parseTasklist(tasks ?? '', pid) ?? '?') };
}

function baseName(path: string): string {
  return path.trim().split(/[/\\]/).at(-1) || '?';
}
