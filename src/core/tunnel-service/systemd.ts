import { constants } from 'node:os';
import { join } from 'node:path';
import { persistentTunnel } from '../port-holder/persistent-tunnel.ts';
import { lastLines } from './log-file.ts';
import {
  absentService,
  type ManagerParts,
  runOrFail,
  runProgram,
  type ServiceManager,
  type ServiceSpec,
  type ServiceState,
} from './service-manager.ts';

const unit = `${persistentTunnel.label}.service`;
const systemctl = ['systemctl', '--user'];

/**
 * The user unit (R37). Only such hardening as needs no user namespace, which many systems refuse, and as the programs of a ProxyCommand
 * can live with. Source: systemd.exec(5), systemd.service(5).
 */
export function systemdUnit({ argv }: ServiceSpec): string {
  return `# Made by Chela, which removes it again: chela tunnel uninstall
[Unit]
Description=SSH tunnel to an OpenClaw Gateway
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${argv.map(quoted).join(' ')}
Restart=always
RestartSec=5
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
`;
}

/** Source: systemd.syntax(7), and systemd.service(5) on `%` and `$`. */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%:.,/=+-]+$/.test(escaped)
    ? escaped
    : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** systemd's manager of this user (R36, R37). */
export function createSystemd(parts: ManagerParts): ServiceManager {
  const configDir = parts.env.XDG_CONFIG_HOME || join(parts.homeDir, '.config');
  const enable = [...systemctl, 'enable', unit];
  const restart = [...systemctl, 'restart', unit];
  const disable = [...systemctl, 'disable', '--now', unit];
  const reload = [...systemctl, 'daemon-reload'];
  const journal = ['journalctl', '--user', '-u', unit];

  return {
    kind: 'systemd',
    label: persistentTunnel.label,
    file: join(configDir, 'systemd', 'user', unit),
    fileMode: 0o644,
    render: (spec) => Buffer.from(systemdUnit(spec)),
    activation: () => [reload, enable, restart],
    deactivation: () => [disable],
    async activate() {
      await runOrFail(parts, reload);
      await runOrFail(parts, enable);
      // Starts it; one that ran already would go on with its old definition.
      await runOrFail(parts, restart);
    },
    async deactivate() {
      const state = await stateOf(parts);
      if (state.tag !== 'absent') await runOrFail(parts, disable);
    },
    async forget() {
      await runOrFail(parts, reload);
    },
    async stop() {
      await runOrFail(parts, [...systemctl, 'stop', unit]);
    },
    async start() {
      await runOrFail(parts, [...systemctl, 'start', unit]);
    },
    async restart() {
      await runOrFail(parts, restart);
    },
    state: () => stateOf(parts),
    async log(lines) {
      const argv = [...journal, '-n', String(lines), '-o', 'cat', '--no-pager'];
      const ran = await runProgram(parts, argv).catch(() => null);
      return { source: journal.join(' '), lines: ran?.code === 0 ? lastLines(ran.stdout, lines) : [] };
    },
  };
}

/** Whether a manager of this user answers. Never rejects. */
export async function hasSystemd(parts: ManagerParts): Promise<boolean> {
  const ran = await runProgram(parts, [...systemctl, 'show', '--property=Version']).catch(() => null);
  return ran?.code === 0 && ran.stdout.startsWith('Version=');
}

const shown = [
  'LoadState',
  'ActiveState',
  'SubState',
  'MainPID',
  'ExecMainCode',
  'ExecMainStatus',
  'ActiveEnterTimestamp',
];

async function stateOf(parts: ManagerParts): Promise<ServiceState> {
  try {
    const argv = [...systemctl, 'show', unit, `--property=${shown.join(',')}`];
    // So that its time of day needs no time zone.
    const ran = await runProgram({ ...parts, env: { ...parts.env, TZ: 'UTC' } }, argv);
    return ran.code === 0 ? parseSystemctlShow(ran.stdout) : { ...absentService, tag: 'unknown' };
  } catch {
    return { ...absentService, tag: 'unknown' };
  }
}

/** CLD_ of waitid(2): how the main process ended. */
const byCode: Readonly<Record<string, 'exited' | 'signal'>> = { 1: 'exited', 2: 'signal', 3: 'signal' };

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? String(number);
}

/** Pure. */
export function parseSystemctlShow(text: string): ServiceState {
  const fields = new Map(
    text.split('\n').map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
  const field = (name: string) => fields.get(name) ?? '';
  if (field('LoadState') === 'not-found') return absentService;
  const status = Number(field('ExecMainStatus'));
  const how = byCode[field('ExecMainCode')];
  const lastExit =
    how === undefined
      ? null
      : how === 'exited'
        ? { code: status, signal: null }
        : { code: null, signal: signalName(status) };
  const since = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(field('ActiveEnterTimestamp'))?.[0];
  const pid = Number(field('MainPID'));
  if (field('SubState') === 'running' && pid > 0) {
    return {
      tag: 'running',
      pid,
      sinceMs: since === undefined ? null : Date.parse(`${since.replace(' ', 'T')}Z`),
      lastExit,
    };
  }
  const rest = { pid: null, sinceMs: null, lastExit };
  switch (field('ActiveState')) {
    case 'activating':
    case 'reloading':
    case 'active':
      return { tag: 'restarting', ...rest };
    case 'inactive':
    case 'failed':
    case 'deactivating':
      return { tag: 'stopped', ...rest };
    default:
      return { tag: 'unknown', ...rest };
  }
}
