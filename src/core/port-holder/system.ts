import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { withoutOurVariables } from '../../shared/child-environment.ts';

/** What is asked of the operating system, so that tests can answer in its place. Nothing here throws. */
export type System = {
  readonly platform: NodeJS.Platform;
  /** Of this user; null on Windows. */
  readonly uid: number | null;
  /** `DOMAIN\\name` on Windows, as its tools write it. */
  readonly userName: string;
  /** Stdout; null where the program is missing, failed, or took too long. */
  exec(file: string, args: readonly string[]): Promise<string | null>;
  readFile(file: string): Promise<string | null>;
  readLink(file: string): Promise<string | null>;
  listDirectory(directory: string): Promise<readonly string[]>;
};

const execTimeoutMs = 5000;

export const realSystem: System = {
  platform: process.platform,
  uid: process.getuid?.() ?? null,
  userName: [process.env.USERDOMAIN, process.env.USERNAME].filter(Boolean).join('\\'),
  exec: (file, args) =>
    new Promise((resolve) => {
      const options = {
        timeout: execTimeoutMs,
        windowsHide: true,
        maxBuffer: 4 * 1024 * 1024,
        env: { ...withoutOurVariables(process.env), LC_ALL: 'C' },
      };
      execFile(file, [...args], options, (error, stdout) => resolve(error ? null : stdout));
    }),
  readFile: (file) => readFile(file, 'utf8').catch(() => null),
  readLink: (file) => readlink(file).catch(() => null),
  listDirectory: (directory) => readdir(directory).catch(() => []),
};
