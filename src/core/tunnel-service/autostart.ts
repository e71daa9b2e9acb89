import { join } from 'node:path';
import { persistentTunnel } from '../port-holder/persistent-tunnel.ts';
import type { System } from '../port-holder/system.ts';
import { tailOf } from './log-file.ts';
import {
  absentService,
  type ManagerParts,
  type ServiceManager,
  type ServiceSpec,
  type ServiceState,
  waitMs,
} from './service-manager.ts';

export type AutostartParts = ManagerParts & {
  readonly system: System;
  readonly spec: ServiceSpec;
  /** Starts a program that outlives this one. */
  readonly spawnDetached: (argv: readonly string[]) => void;
  /** False where there is no such process. */
  readonly kill: (pid: number) => boolean;
};

/**
 * Where no systemd of the user answers: an entry that the desktop starts at login (R37), a shell that starts `ssh` again five seconds after
 * it ended. The log is that of the last run alone, so that it cannot grow.
 */
function loopOf({ argv, logFile }: ServiceSpec): string[] {
  const command = argv.map(shellWord).join(' ');
  return ['/bin/sh', '-c', `${loopHead}${command}${loopTail(logFile)}`];
}

const loopHead = 'while :; do ';
const loopTail = (logFile: string) => ` >${shellWord(logFile)} 2>&1; sleep 5; done`;

/** By its log, which is this Chela's alone: it may still run under a name in `~/.ssh/config` that has been changed since. */
function isLoop({ argv }: Process, { logFile }: ServiceSpec): boolean {
  const [shell, flag, script = '', ...more] = argv;
  const isShell = shell === '/bin/sh' && flag === '-c' && more.length === 0;
  return isShell && script.startsWith(loopHead) && script.endsWith(loopTail(logFile));
}

const isSame = (a: readonly string[], b: readonly string[]) => a.join('\0') === b.join('\0');

type Process = { readonly pid: number; readonly parent: number; readonly argv: readonly string[] };

function shellWord(word: string): string {
  return /^[\w@%:.,/=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Source: Desktop Entry Specification 1.5, "The Exec key". */
export function desktopEntry(spec: ServiceSpec): string {
  return `[Desktop Entry]
Type=Application
Version=1.5
Name=SSH tunnel to an OpenClaw Gateway
Comment=Made by Chela, which removes it again: chela tunnel uninstall
Exec=${loopOf(spec).map(execWord).join(' ')}
Terminal=false
NoDisplay=true
X-GNOME-Autostart-enabled=true
`;
}

/** Quoted for Exec, then escaped once more as a string of the file. */
function execWord(word: string): string {
  const percent = word.replaceAll('%', '%%');
  if (/^[\w@%:.,/=+-]+$/.test(percent)) return percent;
  return `"${percent.replace(/["`$\\]/g, '\\$&').replaceAll('\\', '\\\\')}"`;
}

/** The desktop's autostart, and the process that it would start, which Chela starts at once. Linux. */
export function createAutostart(parts: AutostartParts): ServiceManager {
  const { spec, system, clock } = parts;
  const configDir = parts.env.XDG_CONFIG_HOME || join(parts.homeDir, '.config');
  const loop = loopOf(spec);

  /** Of this user alone: another's tunnel looks the same, and root could end it. */
  async function processes(): Promise<Process[]> {
    const pids = (await system.listDirectory('/proc')).filter((name) => /^\d+$/.test(name));
    const found = await Promise.all(pids.map((pid) => readProcess(Number(pid))));
    return found.filter((one) => one !== null);
  }

  /** Source: proc_pid_cmdline(5), proc_pid_status(5); of its user the effective one counts. */
  async function readProcess(pid: number): Promise<Process | null> {
    const status = (await system.readFile(`/proc/${pid}/status`)) ?? '';
    if (Number(/^Uid:\t\d+\t(\d+)/m.exec(status)?.[1]) !== system.uid) return null;
    const argv = ((await system.readFile(`/proc/${pid}/cmdline`)) ?? '').split('\0').slice(0, -1);
    return { pid, parent: Number(/^PPid:\t(\d+)/m.exec(status)?.[1]), argv };
  }

  /** Our loops; and what they run just now, or one that is gone has left. */
  async function running(): Promise<{ loops: Process[]; tunnels: Process[] }> {
    const all = await processes();
    const loops = all.filter((one) => isLoop(one, spec));
    const isOfLoop = ({ parent }: Process) => loops.some(({ pid }) => pid === parent);
    return { loops, tunnels: all.filter((one) => isOfLoop(one) || isSame(one.argv, spec.argv)) };
  }

  /** The loop first, so that it starts no other ssh. */
  async function end(): Promise<void> {
    const { loops, tunnels } = await running();
    for (const one of [...loops, ...tunnels]) await endOne(one);
  }

  async function endOne({ pid, argv }: Process): Promise<void> {
    for (let tries = 0; tries < 50; tries += 1) {
      // By then its number may be another's.
      const now = await readProcess(pid);
      if (now === null || !isSame(now.argv, argv) || !parts.kill(pid)) return;
      await waitMs(clock, 100);
    }
  }

  async function begin(): Promise<void> {
    if ((await running()).loops.length === 0) parts.spawnDetached(loop);
  }

  async function restart(): Promise<void> {
    await end();
    await begin();
  }

  return {
    kind: 'autostart',
    label: persistentTunnel.label,
    file: join(configDir, 'autostart', `${persistentTunnel.label}.desktop`),
    fileMode: 0o644,
    render: (of) => Buffer.from(desktopEntry(of)),
    activation: () => [loop],
    // It ends its own processes, without a program.
    deactivation: () => [],
    activate: restart,
    deactivate: end,
    forget: async () => undefined,
    stop: end,
    start: begin,
    restart,
    async state(): Promise<ServiceState> {
      const { loops, tunnels } = await running();
      if (loops.length === 0) return { ...absentService, tag: 'stopped' };
      // Between two tries it is a `sleep`.
      const pid = tunnels.find(({ argv }) => argv[0] === spec.argv[0])?.pid ?? null;
      return { ...absentService, tag: pid === null ? 'restarting' : 'running', pid };
    },
    async log(lines) {
      return { source: spec.logFile, lines: await tailOf(spec.logFile, lines) };
    },
  };
}
