import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Sshd, SshdOptions } from '../../../../e2e/fixtures/sshd.ts';
import { type AppError, AppErrorException } from '../../../shared/errors.ts';
import type { SshConnection } from '../connection.ts';
import { makeSshBench, person } from '../test-bench.ts';
import { connectWithOpenssh, type OpensshConnectOptions } from './openssh.ts';

export type OpensshConnect = Partial<OpensshConnectOptions> & { readonly port: number | undefined };

/** For tests alone: sessions of the system's ssh that read nothing of this computer's own set-up. */
export function makeOpensshBench() {
  const ssh = makeSshBench();
  const bench = {
    ssh,
    defer: ssh.defer,
    /** A server whose host key is known. */
    async server(options: SshdOptions = {}): Promise<Sshd> {
      // A bash started by sshd reads ~/.bashrc unless it is told that it is not the first: no test hangs on what is in it.
      const extraConfig = [...(options.extraConfig ?? []), 'SetEnv SHLVL=3'];
      const sshd = await ssh.server({ ...options, extraConfig });
      ssh.trust(sshd);
      return sshd;
    },
    async connected(options: OpensshConnect): Promise<SshConnection> {
      const connection = await connectWithOpenssh({
        host: '127.0.0.1',
        ask: person().ask,
        signal: new AbortController().signal,
        homeDir: ssh.home,
        env: { PATH: process.env.PATH, HOME: ssh.home },
        configFile: '/dev/null',
        knownHosts: { user: [ssh.knownHosts], system: [] },
        ...options,
      });
      ssh.defer(() => connection.close());
      return connection;
    },
    async refused(options: OpensshConnect): Promise<AppError> {
      try {
        await bench.connected(options);
      } catch (error) {
        if (error instanceof AppErrorException) return error.error;
        throw error;
      }
      throw new Error('it connected');
    },
    echo: () => ssh.listening(createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket))),
  };
  return bench;
}

/** Command lines and environments of all processes that hold the text. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((name) =>
      ['cmdline', 'environ'].flatMap((file) => {
        try {
          const found = readFileSync(`/proc/${name}/${file}`, 'utf8').includes(text);
          return found ? [`${name} ${file}: ${readFileSync(`/proc/${name}/comm`, 'utf8').trim()}`] : [];
        } catch {
          return [];
        }
      }),
    );
}

/** One that was told to end may still be on the list of a busy machine for a moment. */
export const noneWith = (text: string): Promise<void> =>
  until(() => processesWith(text).length === 0, `no process with ${text}`);

export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 8000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
