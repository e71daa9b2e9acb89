import { join } from 'node:path';
import { XMLBuilder } from 'fast-xml-parser';
import { persistentTunnel } from '../port-holder/persistent-tunnel.ts';
import { tailOf } from './log-file.ts';
import {
  absentService,
  type ManagerParts,
  runOrFail,
  runProgram,
  type ServiceManager,
  type ServiceSpec,
  type ServiceState,
} from './service-manager.ts';

export type TaskParts = ManagerParts & {
  /** `DOMAIN\name`. */
  readonly userName: string;
  readonly spec: ServiceSpec;
  /** Where the definition is kept for `schtasks`. */
  readonly dataDir: string;
};

/**
 * The task (R37): at logon, in this user's session and without a window, started again when it failed. The scheduler counts only a start that
 * fails as a failure, so the trigger is also repeated every minute; while ssh runs, `IgnoreNew` makes nothing of it. Source: the
 * Task Scheduler schema (MS-TSCH 2.5), whose elements have this order.
 */
export function taskXml({ argv, logFile }: ServiceSpec, userName: string, systemRoot: string): string {
  const [program = '', ...args] = argv;
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    format: true,
    attributeNamePrefix: '@',
    suppressEmptyNode: true,
  });
  const body: string = builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-16' },
    Task: {
      '@version': '1.2',
      '@xmlns': 'http://schemas.microsoft.com/windows/2004/02/mit/task',
      RegistrationInfo: {
        Author: userName,
        Description:
          'SSH tunnel to an OpenClaw Gateway. Made by Chela, which removes it again: chela tunnel uninstall',
        URI: `\\${persistentTunnel.label}`,
      },
      Triggers: {
        LogonTrigger: {
          Repetition: { Interval: 'PT1M', StopAtDurationEnd: false },
          Enabled: true,
          UserId: userName,
        },
      },
      Principals: {
        Principal: {
          '@id': 'Author',
          UserId: userName,
          LogonType: 'InteractiveToken',
          RunLevel: 'LeastPrivilege',
        },
      },
      Settings: {
        MultipleInstancesPolicy: 'IgnoreNew',
        DisallowStartIfOnBatteries: false,
        StopIfGoingOnBatteries: false,
        AllowHardTerminate: true,
        StartWhenAvailable: true,
        RunOnlyIfNetworkAvailable: false,
        AllowStartOnDemand: true,
        Enabled: true,
        Hidden: true,
        ExecutionTimeLimit: 'PT0S',
        Priority: 7,
        RestartOnFailure: { Interval: 'PT1M', Count: 255 },
      },
      Actions: {
        '@Context': 'Author',
        Exec: {
          // Without it a console window would stay open.
          Command: `${systemRoot}\\System32\\conhost.exe`,
          Arguments: ['--headless', program, '-E', logFile, ...args].map(windowsWord).join(' '),
        },
      },
    },
  });
  return body.replace(/\r?\n/g, '\r\n');
}

/** Source: CommandLineToArgvW; none of our words ends in a backslash. */
function windowsWord(word: string): string {
  return /^[\w@:.,/\\=+-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`;
}

/** `schtasks` takes UTF-16 with a byte order mark, as the scheduler itself writes it. */
function utf16(text: string): Buffer {
  return Buffer.from(`\ufeff${text}`, 'utf16le');
}

/** The Task Scheduler of this user. */
export function createTaskScheduler(parts: TaskParts): ServiceManager {
  const name = persistentTunnel.label;
  const file = join(parts.dataDir, `${name}.xml`);
  const systemRoot = parts.env.SystemRoot ?? parts.env.SYSTEMROOT ?? 'C:\\Windows';
  const schtasks = (...args: string[]) => ['schtasks.exe', ...args];
  const create = schtasks('/create', '/tn', name, '/xml', file, '/f');
  const run = schtasks('/run', '/tn', name);
  const end = schtasks('/end', '/tn', name);
  const remove = schtasks('/delete', '/tn', name, '/f');
  const change = (how: string) => schtasks('/change', '/tn', name, how);

  async function state(): Promise<ServiceState> {
    // What schtasks prints is translated; these are numbers.
    const query =
      `$t = Get-ScheduledTask -TaskPath '\\' -TaskName '${name}' -ErrorAction SilentlyContinue; ` +
      `if ($t) { '{0} {1}' -f [int]$t.State, ($t | Get-ScheduledTaskInfo).LastTaskResult } else { 'absent' }`;
    const argv = ['powershell.exe', '-NoProfile', '-NonInteractive', '-Command', query];
    const ran = await runProgram(parts, argv).catch(() => null);
    return ran?.code === 0 ? parseTaskState(ran.stdout) : { ...absentService, tag: 'unknown' };
  }

  async function stop(): Promise<void> {
    // Else its trigger starts it again within a minute.
    await runOrFail(parts, change('/disable'));
    if ((await state()).tag === 'running') await runOrFail(parts, end);
  }

  async function start(): Promise<void> {
    await runOrFail(parts, change('/enable'));
    if ((await state()).tag !== 'running') await runOrFail(parts, run);
  }

  return {
    kind: 'taskScheduler',
    label: name,
    file,
    fileMode: 0o600,
    render: (spec) => utf16(taskXml(spec, parts.userName, systemRoot)),
    activation: () => [create, run],
    deactivation: () => [end, remove],
    async activate() {
      if ((await state()).tag === 'running') await runOrFail(parts, end);
      await runOrFail(parts, create);
      await runOrFail(parts, run);
    },
    async deactivate() {
      const { tag } = await state();
      if (tag === 'absent') return;
      if (tag === 'running') await runOrFail(parts, end);
      await runOrFail(parts, remove);
    },
    forget: async () => undefined,
    stop,
    start,
    async restart() {
      if ((await state()).tag === 'running') await runOrFail(parts, end);
      await start();
    },
    state,
    async log(lines) {
      const source = parts.spec.logFile;
      return { source, lines: await tailOf(source, lines) };
    },
  };
}

/** TASK_STATE and LastTaskResult; SCHED_S_TASK_RUNNING and SCHED_S_TASK_HAS_NOT_RUN are no exits. Source: MS-TSCH 2.3.12, 2.1.6. */
export function parseTaskState(text: string): ServiceState {
  const [, state, result] = /^(\d) (-?\d+)/.exec(text.trim()) ?? [];
  if (text.trim() === 'absent') return absentService;
  if (state === undefined || result === undefined) return { ...absentService, tag: 'unknown' };
  const code = Number(result);
  const lastExit = code === 0x41301 || code === 0x41303 ? null : { code, signal: null };
  const tags: Readonly<Record<string, ServiceState['tag']>> = {
    1: 'stopped',
    2: 'restarting',
    3: 'restarting',
    4: 'running',
  };
  return { tag: tags[state] ?? 'unknown', pid: null, sinceMs: null, lastExit };
}
