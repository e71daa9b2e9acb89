import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { type FaultProxy, startFaultProxy } from '../../../e2e/fixtures/fault-proxy.ts';
import type { SshdOptions } from '../../../e2e/fixtures/sshd.ts';
import type { TunnelState } from '../../shared/connection/tunnel-state.ts';
import { makeSshBench } from '../ssh/test-bench.ts';
import { createTunnel, type Tunnel, type TunnelOptions, type TunnelTimings } from './tunnel.ts';

export type TunnelTestOptions = Partial<TunnelOptions> & {
  readonly sshd: { readonly port: number; readonly clientKey: string };
};

/** For tests alone: tunnels to real servers, and everything closed after each test. */
export function makeTunnelBench() {
  const ssh = makeSshBench();
  const bench = {
    ssh,
    defer: ssh.defer,

    /** A server whose host key is known. */
    async server(options: SshdOptions = {}) {
      const sshd = await ssh.server(options);
      ssh.trust(sshd);
      return sshd;
    },

    /** The same server behind a path that can go wrong. */
    async behindFaults<Server extends { readonly port: number }>(
      sshd: Server & { readonly hostKeyLine: string },
    ): Promise<{ proxy: FaultProxy; sshd: Server }> {
      const proxy = await startFaultProxy({ target: sshd });
      ssh.defer(() => proxy.stop());
      const hostKeyLine = sshd.hostKeyLine.replace(/^\S+/, `[127.0.0.1]:${proxy.port}`);
      appendFileSync(ssh.knownHosts, `${hostKeyLine}\n`);
      return { proxy, sshd: { ...sshd, port: proxy.port } };
    },

    tunnelTo({ sshd, ...options }: TunnelTestOptions): { tunnel: Tunnel; seen: TunnelState[] } {
      const tunnel = createTunnel({
        target: { host: '127.0.0.1', port: sshd.port },
        identityFile: sshd.clientKey,
        remotePort: 1,
        localPort: 0,
        ask: () => Promise.reject(new Error('unexpected question')),
        homeDir: ssh.home,
        env: {},
        ...options,
      });
      const seen: TunnelState[] = [];
      tunnel.onDidChange((state) => seen.push(state));
      ssh.defer(() => tunnel.stop());
      return { tunnel, seen };
    },

    /** A port of this machine, which is the remote host too. */
    remote: (onSocket: (socket: Socket) => void) =>
      ssh.listening(createServer({ allowHalfOpen: true }, onSocket)),

    echo: () => bench.remote((socket) => socket.pipe(socket)),

    async dial(port: number): Promise<Socket> {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      ssh.defer(() => socket.destroy());
      await once(socket, 'connect');
      return socket;
    },

    async roundTrip(port: number, text: string): Promise<string> {
      const socket = await bench.dial(port);
      socket.end(text);
      return (await readAll(socket)).toString();
    },
  };
  return bench;
}

/** The usual ones, faster. */
export const quickTimings: TunnelTimings = {
  pingEveryMs: 150,
  missedAfterMs: 300,
  raceEveryMs: 300,
  lostAfterMs: 3000,
};

/** In one word each, without repetition. */
export function namesOf(states: readonly TunnelState[]): string[] {
  return states
    .map((state) => (state.tag === 'up' && state.suspectSinceMs !== null ? 'suspect' : state.tag))
    .filter((name, index, all) => name !== all[index - 1]);
}

/** True when half a megabyte of noise comes back from an echo server as it was. */
export async function carriesNoise(dial: (port: number) => Promise<Socket>, port: number): Promise<boolean> {
  const noise = randomBytes(512 * 1024);
  const socket = await dial(port);
  socket.end(noise);
  return (await readAll(socket)).equals(noise);
}

/** Resolves with the first such state, which may be the present one. */
export function tagged<Tag extends TunnelState['tag']>(
  tunnel: Tunnel,
  tag: Tag,
): Promise<Extract<TunnelState, { tag: Tag }>> {
  return new Promise((resolve) => {
    const look = (state: TunnelState) => {
      if (state.tag !== tag) return;
      dispose();
      resolve(state as Extract<TunnelState, { tag: Tag }>);
    };
    const dispose = tunnel.onDidChange(look);
    look(tunnel.state());
  });
}

/** Starts a tunnel and resolves with its local port. */
export async function upOn(tunnel: Tunnel): Promise<number> {
  void tunnel.start();
  return (await tagged(tunnel, 'up')).localPort;
}

/** By events: an async iterator would destroy the socket, and with it what is still being written. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}
