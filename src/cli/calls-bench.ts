import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

type Env = Record<string, string>;
type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type ChelaHome = {
  readonly dir: string;
  /** Writes a file of this home and returns its path. */
  file(name: string, content: string | Buffer): string;
  configure(config: object): void;
  /** Runs the built command with an environment of nothing but what is given. */
  chela(args: readonly string[], options?: { env?: Env; input?: string | Buffer }): Promise<Run>;
  /** Starts it, sends `signal` once a line matches, and waits for its end. */
  interrupted(args: readonly string[], seen: RegExp, signal: NodeJS.Signals, env?: Env): Promise<Run>;
  /** Starts it at a terminal of its own (util-linux `script`). */
  atTerminal(args: readonly string[], env?: Env): Terminal;
  remove(): void;
};

export type Terminal = {
  /** All that it has shown. */
  screen(): string;
  type(keys: string): void;
  /** Resolves with the exit code of the command. */
  readonly closed: Promise<number>;
  /** Ends it, where it has not ended. */
  end(): Promise<void>;
};

export const CTRL_C = '\u0003';

/** A person's home for the built command line at `cli`. */
export function makeHome(cli: string): ChelaHome {
  const dir = mkdtempSync(join(tmpdir(), 'chela-calls-'));
  const file = (name: string, content: string | Buffer) => {
    const path = join(dir, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const world = (env: Env = {}) => ({
    PATH: process.env.PATH,
    HOME: dir,
    USERPROFILE: dir,
    LANG: 'C',
    ...env,
  });
  const argv = (args: readonly string[]) => [cli, '--data-dir', join(dir, 'data'), ...args];
  return {
    dir,
    file,
    configure(config) {
      mkdirSync(join(dir, '.openclaw'), { recursive: true });
      file('.openclaw/openclaw.json', JSON.stringify(config));
    },
    chela: (args, { env, input } = {}) =>
      new Promise((resolve) => {
        const child = execFile(process.execPath, argv(args), { env: world(env) }, (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
        });
        // It may be gone before it read all of it.
        child.stdin?.on('error', () => {});
        child.stdin?.end(input ?? '');
      }),
    async interrupted(args, seen, signal, env) {
      const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
      const child = spawn(process.execPath, argv(args), { env: world(env), stdio });
      const ended = once(child, 'close');
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += String(chunk);
      });
      const lines: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(line);
        if (seen.test(line)) child.kill(signal);
      }
      const [code] = await ended;
      return { code: Number(code), stdout: lines.join('\n'), stderr };
    },
    atTerminal(args, env) {
      const command = [process.execPath, ...argv(args)].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
      const child = spawn('script', ['-qefc', `exec ${command.join(' ')}`, '/dev/null'], {
        env: { ...world(env), TERM: 'xterm', SHELL: '/bin/sh' },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const closed = once(child, 'close').then(([code]) => Number(code));
      let screen = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        screen += stripVTControlCharacters(text);
      });
      return {
        screen: () => screen,
        type: (keys) => void child.stdin.write(keys),
        closed,
        async end() {
          if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
          await closed;
        },
      };
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
