import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import type { Sshd } from '../../e2e/fixtures/sshd.ts';
import { createTunnel } from '../../src/core/tunnel/tunnel.ts';

/** One forwarded port, carried by one of the two sides. */
type Forward = { readonly port: number; stop(): Promise<void> };

export type Side = {
  /** Over `sshPort`, where the same server listens directly or behind a path. Resolves when it accepts. */
  forward(sshPort: number, remotePort: number): Promise<Forward>;
};

export type Home = { readonly dir: string; trust(sshPort: number): void; remove(): void };

/** A home directory whose known_hosts both sides read. */
export function makeHome(sshd: Sshd): Home {
  const dir = mkdtempSync(join(tmpdir(), 'chela-bench-'));
  mkdirSync(join(dir, '.ssh'), { mode: 0o700 });
  const file = join(dir, '.ssh', 'known_hosts');
  writeFileSync(file, `${sshd.hostKeyLine}\n`);
  return {
    dir,
    trust: (sshPort) =>
      appendFileSync(file, `${sshd.hostKeyLine.replace(/^\S+/, `[127.0.0.1]:${sshPort}`)}\n`),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export function ourSide(sshd: Sshd, home: Home): Side {
  return {
    async forward(sshPort, remotePort) {
      const tunnel = createTunnel({
        target: { host: '127.0.0.1', port: sshPort, user: sshd.user },
        identityFile: sshd.clientKey,
        remotePort,
        localPort: 0,
        ask: () => Promise.reject(new Error('a question')),
        homeDir: home.dir,
        env: {},
      });
      const port = await new Promise<number>((resolve, reject) => {
        tunnel.onDidChange((state) => {
          if (state.tag === 'up') resolve(state.localPort);
          if (state.tag === 'failed') reject(new Error(`${state.error.code}: ${state.error.message}`));
        });
        void tunnel.start();
      });
      return { port, stop: () => tunnel.stop() };
    },
  };
}

const sshOptions = (home: Home, sshd: Sshd) => [
  ...['-F', 'none', '-N', '-T'],
  ...['-i', sshd.clientKey],
  ...['-o', `UserKnownHostsFile=${join(home.dir, '.ssh', 'known_hosts')}`],
  ...['-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', '-o', 'ExitOnForwardFailure=yes'],
  ...['-o', 'IdentitiesOnly=yes', '-o', 'ControlPath=none'],
];

export function sshSide(sshd: Sshd, home: Home): Side {
  return {
    async forward(sshPort, remotePort) {
      const port = await freePort();
      const child = spawnSsh(sshd, home, { sshPort, port, remotePort, extra: [] });
      await untilListening(port, child);
      return { port, stop: () => end(child) };
    },
  };
}

export type Keeper = { readonly port: number; stop(): Promise<void> };

/** What a launchd agent does: `ssh` with ServerAlive, started again at the earliest `throttleMs` after its start. */
export async function keepSshAlive(
  sshd: Sshd,
  home: Home,
  { sshPort, remotePort, throttleMs }: { sshPort: number; remotePort: number; throttleMs: number },
): Promise<Keeper> {
  const port = await freePort();
  let isStopped = false;
  let child: ChildProcess | null = null;
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    if (isStopped) return;
    const startedAt = performance.now();
    const extra = ['-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3', '-o', 'ConnectTimeout=10'];
    child = spawnSsh(sshd, home, { sshPort, port, remotePort, extra });
    child.once('exit', () => {
      timer = setTimeout(start, Math.max(0, throttleMs - (performance.now() - startedAt)));
    });
  };
  start();
  await untilListening(port, child);
  return {
    port,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      if (child) await end(child);
      clearTimeout(timer);
    },
  };
}

function spawnSsh(
  sshd: Sshd,
  home: Home,
  {
    sshPort,
    port,
    remotePort,
    extra,
  }: { sshPort: number; port: number; remotePort: number; extra: string[] },
): ChildProcess {
  const forward = ['-L', `127.0.0.1:${port}:127.0.0.1:${remotePort}`];
  const args = [
    ...sshOptions(home, sshd),
    ...extra,
    ...forward,
    '-p',
    String(sshPort),
    `${sshd.user}@127.0.0.1`,
  ];
  return spawn('ssh', args, { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: home.dir } });
}

/** `ssh` opens its port when it has signed in. Looked for often, as the look is part of what is measured. */
async function untilListening(port: number, child: ChildProcess | null): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    if (await accepts(port)) return;
    if (performance.now() > deadline || child?.exitCode !== null) throw new Error('ssh did not listen');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
