import type { Exec } from '../../ssh/config.ts';

type Answer = { code: number; stdout?: string; stderr?: string };

const exited = ({ code, stdout = '', stderr = '' }: Answer) => ({
  kind: 'exited' as const,
  code,
  stdout,
  stderr,
});

/**
 * A `launchctl` that answers as Apple's does, by its exit codes and first lines. What it knows is by label. `fail` makes the next runs
 * of a subcommand answer something else.
 */
export function fakeLaunchctl() {
  const loaded = new Map<string, { file: string; pid: number }>();
  const disabled = new Set<string>();
  const ran: string[] = [];
  const failures: { subcommand: string; answer: Answer }[] = [];
  let pids = 500;

  function answer(args: readonly string[]): Answer {
    const [subcommand = '', ...rest] = args;
    const failure = failures.findIndex((one) => one.subcommand === subcommand);
    if (failure !== -1) return failures.splice(failure, 1)[0]?.answer ?? { code: 1 };
    const label =
      (rest.at(-1) ?? '')
        .split('/')
        .at(-1)
        ?.replace(/\.plist$/, '') ?? '';
    const job = loaded.get(label);
    switch (subcommand) {
      case 'enable':
        disabled.delete(label);
        return { code: 0 };
      case 'bootstrap':
        if (job) return { code: 37, stderr: 'Bootstrap failed: 37: Operation already in progress\n' };
        if (disabled.has(label)) return { code: 119, stderr: 'Bootstrap failed: 119: Service is disabled\n' };
        loaded.set(label, { file: rest.at(-1) ?? '', pid: pids++ });
        return { code: 0 };
      case 'bootout':
        if (!loaded.delete(label)) return { code: 3, stderr: 'Boot-out failed: 3: No such process\n' };
        return { code: 0 };
      case 'kickstart':
        if (!job) return { code: 113, stderr: 'Could not find service\n' };
        if (rest.includes('-k')) job.pid = pids++;
        return { code: 0 };
      case 'print':
        if (!job) {
          return {
            code: 113,
            stderr: `Bad request.\nCould not find service "${label}" in domain for user gui: 501\n`,
          };
        }
        return {
          code: 0,
          stdout: [
            `gui/501/${label} = {`,
            '\tactive count = 1',
            `\tpath = ${job.file}`,
            '\tstate = running',
            '',
            '\tprogram = /usr/bin/ssh',
            `\tpid = ${job.pid}`,
            '\tlast exit code = 255',
            '\tspawn type = interactive (4)',
            '\tendpoints = {',
            '\t\tpid = 1',
            '\t}',
            '}',
          ].join('\n'),
        };
      default:
        return { code: 64 };
    }
  }

  const exec: Exec = async (file, args) => {
    ran.push([file.split('/').at(-1), ...args].join(' '));
    return exited(answer(args));
  };
  return {
    exec,
    ran,
    loaded,
    disabled,
    fail: (subcommand: string, code: number, stderr: string) =>
      failures.push({ subcommand, answer: { code, stderr } }),
  };
}

/** `schtasks` and the scheduler's PowerShell commands. Numbers are TASK_STATE: 1 disabled, 3 ready, 4 running. */
export function fakeScheduler() {
  let state: 'absent' | 1 | 3 | 4 = 'absent';
  let result = 0x41303;
  const ran: string[] = [];
  let nextFailure: Answer | null = null;

  function schtasks([verb = '', ...rest]: readonly string[]): Answer {
    if (nextFailure) {
      const failure = nextFailure;
      nextFailure = null;
      return failure;
    }
    if (verb !== '/create' && state === 'absent') {
      return { code: 1, stderr: 'ERROR: The system cannot find the file specified.\r\n' };
    }
    if (verb === '/create') state = 3;
    if (verb === '/delete') state = 'absent';
    if (verb === '/run') {
      if (state === 1) return { code: 1, stderr: 'ERROR: The task is disabled.\r\n' };
      state = 4;
      result = 0x41301;
    }
    if (verb === '/end') {
      if (state === 4) state = 3;
      result = 0x41306;
    }
    if (verb === '/change')
      state = rest.includes('/disable') ? (state === 4 ? 4 : 1) : state === 1 ? 3 : state;
    return { code: 0 };
  }

  const exec: Exec = async (file, args) => {
    ran.push([file, ...args].join(' '));
    if (file === 'powershell.exe') {
      return exited({ code: 0, stdout: state === 'absent' ? 'absent\r\n' : `${state} ${result}\r\n` });
    }
    return exited(schtasks(args));
  };
  return {
    exec,
    ran,
    state: () => state,
    ends: (code: number) => {
      state = 3;
      result = code;
    },
    fail: (stderr: string) => {
      nextFailure = { code: 1, stderr };
    },
  };
}
