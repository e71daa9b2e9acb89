import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type ChelaHome = {
  readonly dir: string;
  /** Writes a file of this home and returns its path. */
  file(name: string, content: string | Buffer): string;
  configure(config: object): void;
  /** Runs the built command with an environment of nothing but what is given. */
  chela(
    args: readonly string[],
    options?: { env?: Record<string, string>; input?: string | Buffer },
  ): Promise<Run>;
  /** Starts it, sends `signal` once a line matches, and waits for its end. */
  interrupted(args: readonly string[], seen: RegExp, signal: NodeJS.Signals): Promise<Run>;
  remove(): void;
};

/** A person's home for the built command line at `cli`. */
export function makeHome(cli: string): ChelaHome {
  const dir = mkdtempSync(join(tmpdir(), 'chela-calls-'));
  const file = (name: string, content: string | Buffer) => {
    const path = join(dir, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const world = (env: Record<string, string> = {}) => ({
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
    async interrupted(args, seen, signal) {
      const child = spawn(process.execPath, argv(args), { env: world(), stdio: ['ignore', 'pipe', 'pipe'] });
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
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
