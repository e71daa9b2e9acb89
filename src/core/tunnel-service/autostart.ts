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
  return ['/bin/sh', '-c', `while :; do ${command} >${shellWord(logFile)} 2>&1; sleep 5; done`];
}

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

  /** This user's processes with exactly these arguments: another user's tunnel has the same, and root could end it. */
  async function pidsOf(argv: readonly string[]): Promise<number[]> {
    const cmdline = `${argv.join('\0')}\0`;
    const isOurs = async (pid: number) =>
      (await system.readFile(`/proc/${pid}/cmdline`)) === cmdline && (await ownerOf(pid)) === system.uid;
    const pids = (await system.listDirectory('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = await Promise.all(pids.map(async (pid) => ((await isOurs(pid)) ? pid : null)));
    return found.filter((pid) => pid !== null);
  }

  /** The effective user. Source: proc_pid_status(5). */
  async function ownerOf(pid: number): Promise<number> {
    const status = (await system.readFile(`/proc/${pid}/status`)) ?? '';
    return Number(/^Uid:\t\d+\t(\d+)/m.exec(status)?.[1]);
  }

  /** The loop first, so that it starts no other ssh. */
  async function end(): Promise<void> {
    for (const argv of [loop, spec.argv]) {
      for (let tries = 0; tries < 50; tries += 1) {
        const alive = (await pidsOf(argv)).filter((pid) => parts.kill(pid));
        if (alive.length === 0) break;
        await waitMs(clock, 100);
      }
    }
  }

  async function begin(): Promise<void> {
    if ((await pidsOf(loop)).length === 0) parts.spawnDetached(loop);
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
      const [loops, tunnels] = [await pidsOf(loop), await pidsOf(spec.argv)];
      if (loops.length === 0) return { ...absentService, tag: 'stopped' };
      const pid = tunnels[0] ?? null;
      return { ...absentService, tag: pid === null ? 'restarting' : 'running', pid };
    },
    async log(lines) {
      return { source: spec.logFile, lines: await tailOf(spec.logFile, lines) };
    },
  };
}
