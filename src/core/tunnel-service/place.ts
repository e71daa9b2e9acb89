import { spawn } from 'node:child_process';
import { hostname, userInfo } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { withoutOurVariables } from '../../shared/child-environment.ts';
import type { TunnelManager } from '../../shared/contract/tunnel-service.ts';
import { AppErrorException, appError } from '../../shared/errors.ts';
import { type Clock, systemClock } from '../clock.ts';
import { persistentTunnel } from '../port-holder/persistent-tunnel.ts';
import { realSystem, type System } from '../port-holder/system.ts';
import { type Exec, execProgram } from '../ssh/config.ts';
import { userConfigFile } from '../ssh/config-file.ts';
import { findSsh } from '../ssh/openssh/find-ssh.ts';
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

/** The system's ssh, and the ssh-keygen that comes with it. Rejects with TUNNEL_SERVICE_UNSUPPORTED. */
export async function findSshTools({
  platform,
  env,
  homeDir,
  exec,
}: Place): Promise<SshTools & { keygen: string }> {
  const isWindows = platform === 'win32';
  // A service outlives what a person puts into PATH: the system's own first.
  const found = isWindows ? env : { ...env, PATH: `/usr/bin:${env.PATH ?? ''}` };
  const ssh = await findSsh({ platform, env: found }).catch(() => {
    throw unsupported('noSsh');
  });
  const { dirname, join: joined } = isWindows ? win32 : posix;
  const keygen = joined(dirname(ssh), isWindows ? 'ssh-keygen.exe' : 'ssh-keygen');
  return { ssh, keygen, exec, env, homeDir, platform };
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

/** What R35 retires. macOS. */
export function legacyAgent(place: Place): ServiceManager {
  return createLaunchd({ ...place, uid: place.uid ?? 0, label: persistentTunnel.legacyLabel });
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
