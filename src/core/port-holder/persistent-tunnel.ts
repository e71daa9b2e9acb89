import type { PortHolder } from './find-port-holder.ts';
import { realSystem, type System } from './system.ts';

/** The persistent tunnel by its names. Rows R30, R33, R35, R37. */
export const persistentTunnel = {
  /** Of the LaunchAgent, the systemd user unit (`<label>.service`) and the scheduled task. */
  label: 'ai.openclaw.ssh-tunnel',
  legacyLabel: 'com.openclaw.ssh-tunnel',
  /** Its entry in `~/.ssh/config`. */
  hostAlias: 'remote-gateway',
} as const;

/**
 * True when the holder of a port is our own persistent tunnel: the process that launchd or systemd runs under our
 * label, or an `ssh -N` to our alias, which has another name where a person chose one. Reads the command line for that
 * and keeps nothing of it. Never throws.
 */
export async function recognisePersistentTunnel(
  holder: PortHolder,
  system: System = realSystem,
  hostAlias: string = persistentTunnel.hostAlias,
): Promise<boolean> {
  if (!/^ssh(\.exe)?$/i.test(holder.command)) return false;
  return (
    (await runsUnderOurLabel(holder.pid, system)) ||
    isOurCommandLine(await argumentsOf(holder.pid, system), hostAlias)
  );
}

async function runsUnderOurLabel(pid: number, system: System): Promise<boolean> {
  const labels = [persistentTunnel.label, persistentTunnel.legacyLabel];
  if (system.platform === 'linux') {
    const cgroup = (await system.readFile(`/proc/${pid}/cgroup`)) ?? '';
    return labels.some((label) =>
      cgroup
        .trim()
        .split('\n')
        .some((line) => line.endsWith(`/${label}.service`)),
    );
  }
  if (system.platform !== 'darwin' || system.uid === null) return false;
  for (const label of labels) {
    const service = await system.exec('/bin/launchctl', ['print', `gui/${system.uid}/${label}`]);
    if (service !== null && new RegExp(`^\\s*pid = ${pid}$`, 'm').test(service)) return true;
  }
  return false;
}

async function argumentsOf(pid: number, system: System): Promise<readonly string[]> {
  switch (system.platform) {
    case 'linux':
      return ((await system.readFile(`/proc/${pid}/cmdline`)) ?? '')
        .split('\0')
        .filter((part) => part !== '');
    case 'win32': {
      const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`;
      return words(await system.exec('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', query]));
    }
    default:
      return words(await system.exec('/bin/ps', ['-ww', '-o', 'command=', '-p', String(pid)]));
  }
}

/** Enough for a comparison: neither of the two words that count has a space in it. */
function words(line: string | null): readonly string[] {
  return (line ?? '').trim().replaceAll('"', '').split(/\s+/);
}

function isOurCommandLine(args: readonly string[], hostAlias: string): boolean {
  return args.slice(1).includes('-N') && args.at(-1) === hostAlias;
}
