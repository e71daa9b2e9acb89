import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { withoutOurVariables } from '../../shared/child-environment.ts';
import type { TunnelManager } from '../../shared/contract/tunnel-service.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import { realSystem, type System } from '../port-holder/system.ts';
import { type Exec, execProgram } from '../ssh/config.ts';
import { userConfigFile } from '../ssh/config-file.ts';
import { createAutostart } from './autostart.ts';
import { createLaunchd, logFileOf } from './launchd.ts';
import type { ServiceManager, ServiceSpec } from './service-manager.ts';
import type { SshTools } from './ssh-config-file.ts';
import { createSystemd, hasSystemd } from './systemd.ts';
import { createTaskScheduler } from './task-scheduler.ts';

/** The computer and the account that a persistent tunnel is for. */
export type Place = {
  readonly platform: NodeJS.Platform;
  readonly homeDir: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number | null;
  readonly hostName: string;
  readonly exec: Exec;
  readonly system: System;
  readonly clock: Clock;
  readonly spawnDetached: (argv: readonly string[]) => void;
  readonly kill: (pid: number) => boolean;
  /** Null: as the system has it. */
  readonly manager: TunnelManager | null;
};

export function placeOf(of: Pick<Place, 'homeDir' | 'dataDir' | 'env'> & Partial<Place>): Place {
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? null,
    hostName: hostname(),
    exec: execProgram,
    system: realSystem,
    clock: systemClock,
    spawnDetached: (argv) => {
      const [program = '', ...args] = argv;
      spawn(program, args, { detached: true, stdio: 'ignore', env: withoutOurVariables(of.env) })
        .on('error', () => undefined)
        .unref();
    },
    kill: (pid) => {
      try {
        return process.kill(pid, 'SIGTERM');
      } catch {
        return false;
      }
    },
    manager: null,
    ...of,
  };
}

/** The system's ssh. Rejects with TUNNEL_SERVICE_UNSUPPORTED. */
export async function findSshTools({
  platform,
  env,
  homeDir,
  exec,
}: Place): Promise<SshTools & { keygen: string }> {
  const [ssh, keygen] = await Promise.all(
    ['ssh', 'ssh-keygen'].map((name) => findProgram(name, platform, env)),
  );
  if (!ssh || !keygen) throw unsupported('noSsh');
  return { ssh, keygen, exec, env, homeDir, platform };
}

async function findProgram(
  name: string,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  const root = env.SystemRoot ?? env.SYSTEMROOT ?? 'C:\\Windows';
  if (platform === 'win32') return isProgram(`${root}\\System32\\OpenSSH\\${name}.exe`);
  // A service gets the system's PATH: its own directory first.
  for (const dir of ['/usr/bin', ...(env.PATH ?? '').split(delimiter)]) {
    const found = dir.startsWith('/') ? await isProgram(join(dir, name)) : null;
    if (found !== null) return found;
  }
  return null;
}

function isProgram(file: string): Promise<string | null> {
  return access(file, constants.X_OK).then(
    () => file,
    () => null,
  );
}

/** Under another home than the account's own, `ssh` is told the files that it would not find. */
export function knownHostsOfPlace({ homeDir }: Place): string | null {
  return homeDir === userInfo().homedir ? null : join(homeDir, '.ssh', 'known_hosts');
}

export function serviceSpec(place: Place, ssh: string, alias: string): ServiceSpec {
  const knownHosts = knownHostsOfPlace(place);
  const files =
    knownHosts === null
      ? []
      : ['-F', userConfigFile(place.homeDir), '-o', `UserKnownHostsFile=${knownHosts}`];
  const logFile =
    place.platform === 'darwin' ? logFileOf(place.homeDir) : join(place.dataDir, 'logs', 'ssh-tunnel.log');
  return { argv: [ssh, ...files, '-N', alias], logFile };
}

/** Who keeps a service running here. Rejects with TUNNEL_SERVICE_UNSUPPORTED. */
export async function managerFor(place: Place, spec: ServiceSpec): Promise<ServiceManager> {
  const kind = await managerKind(place);
  switch (kind) {
    case 'launchd':
      return createLaunchd({ ...place, uid: place.uid ?? 0 });
    case 'systemd':
      return createSystemd(place);
    case 'autostart':
      return createAutostart({ ...place, spec });
    case 'taskScheduler':
      return createTaskScheduler({ ...place, spec, userName: place.system.userName });
  }
}

/** Rejects with TUNNEL_SERVICE_UNSUPPORTED. */
async function managerKind(place: Place): Promise<TunnelManager> {
  const { platform, env } = place;
  if (place.manager !== null) return place.manager;
  if (platform === 'darwin') return 'launchd';
  if (platform === 'win32') return 'taskScheduler';
  if (platform !== 'linux') throw unsupported('platform');
  if (await hasSystemd(place)) return 'systemd';
  // Only a desktop reads the autostart directory.
  if (env.XDG_CURRENT_DESKTOP || env.DESKTOP_SESSION) return 'autostart';
  throw unsupported('noManager');
}

export function unsupported(cause: 'platform' | 'noManager' | 'noSsh' | 'transport'): AppErrorException {
  return new AppErrorException(appError('TUNNEL_SERVICE_UNSUPPORTED', cause, { details: { cause } }));
}
