import { execFile } from 'node:child_process';

/** What a shell with this PATH would run the command on. */
export type SystemNode =
  | { readonly tag: 'good' | 'old'; readonly version: string }
  | { readonly tag: 'missing' };

/** Asks the `node` of this PATH for its version. Never rejects. */
export function findSystemNode(env: Readonly<Record<string, string | undefined>>): Promise<SystemNode> {
  return new Promise((resolve) => {
    execFile('node', ['--version'], { env: { ...env }, timeout: 5000 }, (_error, stdout) => {
      const [, version, major, minor] = /^v((\d+)\.(\d+)\.\d+)/.exec(stdout) ?? [];
      if (version === undefined) return resolve({ tag: 'missing' });
      const isGood = Number(major) > 22 || (Number(major) === 22 && Number(minor) >= 12);
      resolve({ tag: isGood ? 'good' : 'old', version });
    });
  });
}
