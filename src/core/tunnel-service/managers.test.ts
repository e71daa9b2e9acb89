import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { parse } from 'plist';
import { describe, expect, it } from 'vitest';
import type { AppErrorException } from '../../shared/errors.ts';
import { realSystem } from '../port-holder/system.ts';
import { makeSshBench } from '../ssh/test-bench.ts';
import { createAutostart, desktopEntry } from './autostart.ts';
import { createLaunchd, launchAgent, parseLaunchctlPrint } from './launchd.ts';
import type { ServiceSpec } from './service-manager.ts';
import { createSystemd, parseSystemctlShow, systemdUnit } from './systemd.ts';
import { createTaskScheduler, parseTaskState, taskXml } from './task-scheduler.ts';
import { fakeLaunchctl, fakeScheduler } from './test-support/stand-ins.ts';

const bench = makeSshBench();
const label = 'ai.openclaw.ssh-tunnel';
const spec: ServiceSpec = {
  argv: ['/usr/bin/ssh', '-N', 'remote-gateway'],
  logFile: '/Users/ann/Library/Logs/Chela/ssh-tunnel.log',
};
const odd: ServiceSpec = {
  argv: ['/usr/bin/ssh', '-F', '/home/ann b/$x "y" %h\\z', '-N', 'a'],
  logFile: "/tmp/it's/log",
};
/** Nothing in these tests is to wait. */
const clock = {
  now: Date.now,
  after: (_ms: number, run: () => void) => {
    queueMicrotask(run);
    return () => undefined;
  },
};

async function refusal(work: Promise<unknown>) {
  const thrown = await work.then(
    () => null,
    (error: AppErrorException) => error.error,
  );
  return thrown && { code: thrown.code, reason: thrown.details?.reason };
}

describe('R33 the LaunchAgent', () => {
  it('is this plist', () => {
    const text = launchAgent(label, spec);
    expect(text).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<!DOCTYPE plist PUBLIC/);
    expect(parse(text)).toEqual({
      Label: label,
      ProgramArguments: ['/usr/bin/ssh', '-N', 'remote-gateway'],
      KeepAlive: true,
      RunAtLoad: true,
      ThrottleInterval: 10,
      ProcessType: 'Interactive',
      StandardOutPath: spec.logFile,
      StandardErrorPath: spec.logFile,
    });
    expect(parse(launchAgent(label, odd))).toMatchObject({ ProgramArguments: odd.argv });
  });

  it.runIf(existsSync('/usr/bin/plistutil'))('is one to another program, too', () => {
    const xml = execFileSync('plistutil', ['-i', '-', '-f', 'xml'], {
      input: launchAgent(label, odd),
      encoding: 'utf8',
    });
    expect(parse(xml)).toMatchObject({ Label: label, ProgramArguments: odd.argv });
  });

  const make = (launchctl: ReturnType<typeof fakeLaunchctl>) =>
    createLaunchd({ exec: launchctl.exec, env: {}, homeDir: '/Users/ann', clock, uid: 501 });
  const file = `/Users/ann/Library/LaunchAgents/${label}.plist`;

  it('R34 is loaded into the session of the user, and R36 restarted and stopped there', async () => {
    const launchctl = fakeLaunchctl();
    const manager = make(launchctl);
    expect(manager.file).toBe(file);
    expect(await manager.state()).toMatchObject({ tag: 'absent' });
    await manager.activate();
    expect(launchctl.ran).toContain(`launchctl bootstrap gui/501 ${file}`);
    expect(await manager.state()).toEqual({
      tag: 'running',
      pid: 500,
      sinceMs: null,
      lastExit: { code: 255, signal: null },
    });
    await manager.restart();
    expect(launchctl.ran.at(-1)).toBe(`launchctl kickstart -k gui/501/${label}`);
    expect(await manager.state()).toMatchObject({ pid: 501 });
    await manager.stop();
    expect(launchctl.ran).toContain(`launchctl bootout gui/501/${label}`);
    expect(await manager.state()).toMatchObject({ tag: 'absent' });
    await manager.start();
    expect(await manager.state()).toMatchObject({ tag: 'running' });
    await manager.deactivate();
    await manager.deactivate();
    expect(launchctl.loaded.size).toBe(0);
  });

  it('R34 gets over what is loaded, disabled, or still going away', async () => {
    const launchctl = fakeLaunchctl();
    const manager = make(launchctl);
    launchctl.disabled.add(label);
    launchctl.fail('enable', 0, '');
    await manager.activate();
    await manager.activate();
    expect(launchctl.loaded.size).toBe(1);
    await manager.deactivate();
    // The race after a bootout.
    launchctl.fail('bootstrap', 5, 'Bootstrap failed: 5: Input/output error\n');
    launchctl.fail('bootstrap', 17, 'Bootstrap failed: 17: File exists\n');
    await manager.activate();
    expect(launchctl.loaded.size).toBe(1);
    launchctl.fail('bootout', 36, 'Boot-out failed: 36: Operation now in progress\n');
    expect(await refusal(manager.deactivate())).toMatchObject({ code: 'TUNNEL_SERVICE_FAILED' });
  });

  it('R34 says what launchctl said where nothing helps', async () => {
    const launchctl = fakeLaunchctl();
    const manager = make(launchctl);
    launchctl.fail('bootstrap', 125, 'Bootstrap failed: 125: Domain does not support specified action\n');
    expect(await refusal(manager.activate())).toEqual({
      code: 'TUNNEL_SERVICE_FAILED',
      reason: 'Bootstrap failed: 125: Domain does not support specified action (125)',
    });
    for (let times = 0; times < 4; times += 1)
      launchctl.fail('bootstrap', 5, 'Bootstrap failed: 5: Input/output error\n');
    expect(await refusal(manager.activate())).toMatchObject({
      reason: 'Bootstrap failed: 5: Input/output error (5)',
    });
    expect(launchctl.loaded.size).toBe(0);
  });

  it('R36 reads no more of a report than it understands', () => {
    const waiting = 'gui/501/x = {\n\tstate = spawn scheduled\n\tlast terminating signal = Killed: 9\n}\n';
    expect(parseLaunchctlPrint(waiting)).toEqual({
      tag: 'restarting',
      pid: null,
      sinceMs: null,
      lastExit: { code: null, signal: 'Killed: 9' },
    });
    expect(parseLaunchctlPrint('gui/501/x = {\n\t\tpid = 1\n}\n').tag).toBe('unknown');
  });
});

describe('R37 the systemd user unit', () => {
  it('is this unit', () => {
    expect(systemdUnit(spec)).toContain(
      '\nExecStart=/usr/bin/ssh -N remote-gateway\nRestart=always\nRestartSec=5\n',
    );
    expect(systemdUnit(odd)).toContain('ExecStart=/usr/bin/ssh -F "/home/ann b/$$x \\"y\\" %%h\\\\z" -N a\n');
  });

  it.runIf(existsSync('/usr/bin/systemd-analyze'))('is one to systemd', () => {
    for (const [name, of] of Object.entries({ usual: spec, odd })) {
      const file = join(bench.home, `${name}.service`);
      writeFileSync(file, systemdUnit(of));
      // It speaks of what it does not understand, and still ends with 0.
      const { stderr } = spawnSync('systemd-analyze', ['--user', '--man=no', 'verify', file], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, HOME: bench.home, XDG_RUNTIME_DIR: bench.home },
      });
      expect(stderr).toBe('');
    }
  });

  it('R36 reads its state', () => {
    const shown = (fields: Record<string, string>) =>
      Object.entries({ LoadState: 'loaded', MainPID: '0', ExecMainCode: '0', ExecMainStatus: '0', ...fields })
        .map(([name, value]) => `${name}=${value}\n`)
        .join('');
    expect(parseSystemctlShow(shown({ LoadState: 'not-found', ActiveState: 'inactive' })).tag).toBe('absent');
    expect(
      parseSystemctlShow(
        shown({
          ActiveState: 'active',
          SubState: 'running',
          MainPID: '7',
          ActiveEnterTimestamp: 'Sun 2026-11-29 09:31:49 UTC',
        }),
      ),
    ).toEqual({ tag: 'running', pid: 7, sinceMs: Date.UTC(2026, 10, 29, 9, 31, 49), lastExit: null });
    expect(
      parseSystemctlShow(
        shown({
          ActiveState: 'activating',
          SubState: 'auto-restart',
          ExecMainCode: '1',
          ExecMainStatus: '255',
        }),
      ),
    ).toMatchObject({ tag: 'restarting', lastExit: { code: 255, signal: null } });
    expect(
      parseSystemctlShow(
        shown({ ActiveState: 'inactive', SubState: 'dead', ExecMainCode: '2', ExecMainStatus: '9' }),
      ),
    ).toMatchObject({ tag: 'stopped', lastExit: { code: null, signal: 'SIGKILL' } });
    expect(parseSystemctlShow('').tag).toBe('unknown');
  });

  it('R36 a manager that is not there is no state, and no success', async () => {
    const manager = createSystemd({
      exec: async () => ({ kind: 'absent' }),
      env: {},
      homeDir: '/home/ann',
      clock,
    });
    expect((await manager.state()).tag).toBe('unknown');
    expect(await refusal(manager.activate())).toEqual({ code: 'TUNNEL_SERVICE_FAILED', reason: 'not found' });
    expect(await manager.log(5)).toEqual({ source: `journalctl --user -u ${label}.service`, lines: [] });
  });
});

describe('R37 the autostart entry', () => {
  it('starts the very shell that is started now', () => {
    expect(desktopEntry({ ...spec, logFile: '/tmp/log' })).toContain(
      'Exec=/bin/sh -c "while :; do /usr/bin/ssh -N remote-gateway >/tmp/log 2>&1; sleep 5; done"\n',
    );
    const exec = /^Exec=(.*)$/m.exec(desktopEntry(odd))?.[1] ?? '';
    // Of `$`, `"` and `\` in an argument: one backslash for Exec, and each of those twice for the file.
    expect(exec).toContain('\'/home/ann b/\\\\$x \\\\"y\\\\" %%h\\\\\\\\z\'');
  });

  type Process = { argv: readonly string[]; parent?: number; uid?: number };

  /** On a computer where nothing but `processes` runs. */
  function autostartAmong(processes: Map<number, Process>, of: ServiceSpec = spec) {
    const killed: number[] = [];
    const manager = createAutostart({
      ...{ exec: async () => ({ kind: 'absent' as const }), env: {}, homeDir: '/home/ann', clock, spec: of },
      system: {
        ...realSystem,
        uid: 1000,
        listDirectory: async () => [...processes.keys(), 'self'].map(String),
        readFile: async (file) => {
          const [, , pid, what] = file.split('/');
          const one = processes.get(Number(pid));
          if (!one) return null;
          const { argv, parent = 1, uid = 1000 } = one;
          return what === 'cmdline'
            ? `${argv.join('\0')}\0`
            : `Name:\tx\nPPid:\t${parent}\nUid:\t0\t${uid}\t0\t0\n`;
        },
      },
      spawnDetached: (argv) => void processes.set(100, { argv }),
      kill: (pid) => {
        killed.push(pid);
        return processes.delete(pid);
      },
    });
    return { manager, killed };
  }

  it('R36 knows and ends its own processes, and nobody else’s', async () => {
    const processes = new Map<number, Process>([
      [7, { argv: ['sleep', '5'] }],
      [8, { argv: spec.argv, uid: 1001 }],
    ]);
    const { manager, killed } = autostartAmong(processes);
    expect(await manager.state()).toMatchObject({ tag: 'stopped', pid: null });
    await manager.start();
    await manager.start();
    expect(await manager.state()).toMatchObject({ tag: 'restarting', pid: null });
    processes.set(101, { argv: ['sleep', '5'], parent: 100 });
    expect(await manager.state()).toMatchObject({ tag: 'restarting', pid: null });
    processes.set(101, { argv: spec.argv, parent: 100 });
    expect(await manager.state()).toMatchObject({ tag: 'running', pid: 101 });
    // What a loop has left that somebody ended.
    processes.set(102, { argv: spec.argv });
    await manager.deactivate();
    expect(killed).toEqual([100, 101, 102]);
  });

  it('R36 ends what still runs under another name in ~/.ssh/config: it is known by its log', async () => {
    const argv = ['/usr/bin/ssh', '-N', 'den'];
    const loopTo = (logFile: string) =>
      autostartAmong(new Map(), { argv, logFile }).manager.activation()[0] ?? [];
    const processes = new Map<number, Process>([
      [20, { argv: loopTo(spec.logFile) }],
      [21, { argv, parent: 20 }],
      [30, { argv: loopTo('/tmp/of/another/chela.log') }],
      [31, { argv, parent: 30 }],
    ]);
    const { manager, killed } = autostartAmong(processes);
    expect(await manager.state()).toMatchObject({ tag: 'running', pid: 21 });
    await manager.deactivate();
    expect(killed).toEqual([20, 21]);
    expect((await manager.state()).tag).toBe('stopped');
  });
});

describe('R37 the scheduled task', () => {
  const windows: ServiceSpec = {
    argv: ['C:\\Windows\\System32\\OpenSSH\\ssh.exe', '-N', 'remote-gateway'],
    logFile: 'C:\\Users\\Ann Lee\\chela\\ssh-tunnel.log',
  };

  it('has the elements of the schema, in its order', () => {
    const parser = new XMLParser({ ignoreAttributes: false, preserveOrder: false, parseTagValue: false });
    const { Task: task } = parser.parse(taskXml(windows, 'PC\\ann & co', 'C:\\Windows'));
    expect(Object.keys(task)).toEqual([
      'RegistrationInfo',
      'Triggers',
      'Principals',
      'Settings',
      'Actions',
      '@_version',
      '@_xmlns',
    ]);
    expect(task.Triggers.LogonTrigger).toMatchObject({
      UserId: 'PC\\ann & co',
      Repetition: { Interval: 'PT1M' },
    });
    expect(task.Principals.Principal).toMatchObject({
      LogonType: 'InteractiveToken',
      RunLevel: 'LeastPrivilege',
    });
    expect(task.Settings).toMatchObject({
      MultipleInstancesPolicy: 'IgnoreNew',
      DisallowStartIfOnBatteries: 'false',
      ExecutionTimeLimit: 'PT0S',
      RestartOnFailure: { Interval: 'PT1M', Count: '255' },
    });
    expect(task.Actions.Exec).toEqual({
      Command: 'C:\\Windows\\System32\\conhost.exe',
      Arguments:
        '--headless C:\\Windows\\System32\\OpenSSH\\ssh.exe -E "C:\\Users\\Ann Lee\\chela\\ssh-tunnel.log" -N remote-gateway',
    });
  });

  it('R36 is made, run, stopped for good, started and removed', async () => {
    const scheduler = fakeScheduler();
    const manager = createTaskScheduler({
      ...{
        exec: scheduler.exec,
        env: {},
        homeDir: 'C:\\Users\\ann',
        clock,
        userName: 'PC\\ann',
        spec: windows,
      },
      dataDir: bench.home,
    });
    const bytes = manager.render(windows);
    expect([bytes[0], bytes[1]]).toEqual([0xff, 0xfe]);
    expect((await manager.state()).tag).toBe('absent');
    await manager.activate();
    expect(await manager.state()).toMatchObject({ tag: 'running', lastExit: null });
    await manager.stop();
    // Disabled while it ran; the scheduler knows it as ready until it ends.
    expect(scheduler.ran).toContain(`schtasks.exe /change /tn ${label} /disable`);
    await manager.start();
    expect((await manager.state()).tag).toBe('running');
    scheduler.ends(255);
    expect(await manager.state()).toMatchObject({ tag: 'restarting', lastExit: { code: 255, signal: null } });
    await manager.deactivate();
    await manager.deactivate();
    expect(scheduler.state()).toBe('absent');
    scheduler.fail('ERROR: Access is denied.\r\n');
    expect(await refusal(manager.activate())).toEqual({
      code: 'TUNNEL_SERVICE_FAILED',
      reason: 'ERROR: Access is denied (1)',
    });
    expect(parseTaskState('so what').tag).toBe('unknown');
  });
});
