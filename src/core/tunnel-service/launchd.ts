import { join } from 'node:path';
import { build } from 'plist';
import { persistentTunnel } from '../port-holder/persistent-tunnel.ts';
import { tailOf } from './log-file.ts';
import {
  absentService,
  failedRun,
  type ManagerParts,
  runOrFail,
  runProgram,
  type ServiceManager,
  type ServiceSpec,
  type ServiceState,
  waitMs,
} from './service-manager.ts';

export type LaunchdParts = ManagerParts & {
  readonly uid: number;
  /** Of the service; another for the legacy agent (R35). */
  readonly label?: string | undefined;
};

const launchctl = '/bin/launchctl';

/** As a plist (R33). Source: launchd.plist(5). */
export function launchAgent(label: string, { argv, logFile }: ServiceSpec): string {
  return `${build({
    Label: label,
    ProgramArguments: [...argv],
    KeepAlive: true,
    RunAtLoad: true,
    // Seconds between two starts; launchd's own least.
    ThrottleInterval: 10,
    // A person waits at the other end of it.
    ProcessType: 'Interactive',
    StandardOutPath: logFile,
    StandardErrorPath: logFile,
  })}\n`;
}

/**
 * What `launchctl` answers, by its exit code, as far as it is known. Apple documents none of them; they are errno and bootstrap
 * errors, which `launchctl error CODE` spells out.
 */
const codes = {
  noSuchProcess: 3,
  ioError: 5,
  fileExists: 17,
  inProgress: 36,
  alreadyInProgress: 37,
  notFound: 113,
  disabled: 119,
} as const;

/** The LaunchAgent in this user's GUI session (R34, R36). */
export function createLaunchd(parts: LaunchdParts): ServiceManager {
  const label = parts.label ?? persistentTunnel.label;
  const domain = `gui/${parts.uid}`;
  const service = `${domain}/${label}`;
  const file = join(parts.homeDir, 'Library', 'LaunchAgents', `${label}.plist`);
  const bootstrap = [launchctl, 'bootstrap', domain, file];
  const bootout = [launchctl, 'bootout', service];

  async function isLoaded(): Promise<boolean> {
    return (await runProgram(parts, [launchctl, 'print', service])).code === 0;
  }

  async function unload(): Promise<void> {
    const ran = await runProgram(parts, bootout);
    const isGone: number[] = [0, codes.noSuchProcess, codes.notFound, codes.inProgress];
    // It answers before the job is gone, and a bootstrap that meets it fails with an I/O error.
    for (let tries = 0; await isLoaded(); tries += 1) {
      if (tries === 50 || !isGone.includes(ran.code)) throw failedRun(bootout, ran);
      await waitMs(parts.clock, 200);
    }
  }

  async function load(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const ran = await runProgram(parts, bootstrap);
      if (ran.code === 0) return;
      const isTwice: number[] = [codes.fileExists, codes.alreadyInProgress, codes.ioError];
      if (tries === 4 || (!isTwice.includes(ran.code) && ran.code !== codes.disabled))
        throw failedRun(bootstrap, ran);
      if (ran.code === codes.disabled) await runOrFail(parts, [launchctl, 'enable', service]);
      else if (await isLoaded()) await unload();
      await waitMs(parts.clock, 250 * tries);
    }
  }

  return {
    kind: 'launchd',
    label,
    file,
    fileMode: 0o644,
    render: (spec) => Buffer.from(launchAgent(label, spec)),
    activation: () => [[launchctl, 'enable', service], bootstrap],
    deactivation: () => [bootout],
    async activate() {
      if (await isLoaded()) await unload();
      // A person, or a migration, may have disabled the label for ever.
      await runOrFail(parts, [launchctl, 'enable', service]);
      await load();
    },
    deactivate: unload,
    forget: async () => undefined,
    stop: unload,
    async start() {
      if (await isLoaded()) await runOrFail(parts, [launchctl, 'kickstart', service]);
      else await load();
    },
    async restart() {
      if (await isLoaded()) await runOrFail(parts, [launchctl, 'kickstart', '-k', service]);
      else await load();
    },
    async state() {
      try {
        const ran = await runProgram(parts, [launchctl, 'print', service]);
        if (ran.code === codes.notFound) return absentService;
        return ran.code === 0 ? parseLaunchctlPrint(ran.stdout) : { ...absentService, tag: 'unknown' };
      } catch {
        return { ...absentService, tag: 'unknown' };
      }
    },
    async log(lines) {
      const source = logFileOf(parts.homeDir);
      return { source, lines: await tailOf(source, lines) };
    },
  };
}

export function logFileOf(homeDir: string): string {
  return join(homeDir, 'Library', 'Logs', 'Chela', 'ssh-tunnel.log');
}

/** Its format is not promised, so only lines that have been the same since macOS 10.11 are read. */
export function parseLaunchctlPrint(text: string): ServiceState {
  // Fields of the service itself stand one tab in; those of its endpoints and spawn attributes are deeper.
  const field = (name: string) => new RegExp(`^\\t${name} = (.+)$`, 'm').exec(text)?.[1];
  const pid = Number(field('pid') ?? Number.NaN);
  const code = /^-?\d+/.exec(field('last exit code') ?? '')?.[0];
  const signal = field('last terminating signal') ?? null;
  const lastExit =
    code === undefined && signal === null ? null : { code: code === undefined ? null : Number(code), signal };
  if (Number.isInteger(pid)) return { tag: 'running', pid, sinceMs: null, lastExit };
  const state = field('state');
  if (state === undefined) return { ...absentService, tag: 'unknown' };
  // KeepAlive starts it again whenever it ends.
  return { tag: 'restarting', pid: null, sinceMs: null, lastExit };
}
