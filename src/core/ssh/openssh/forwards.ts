import { createServer, connect as dial, type Socket } from 'node:net';
import type { LocalForward, SshPurpose } from './arguments.ts';
import { type Carrier, ChannelRefused } from './carrier.ts';
import type { OutputReader } from './output.ts';
import type { SshProcess } from './process.ts';

/** Nothing listens there (tcpmux): asking for it is a question that every server answers with no. */
const pingPort = 1;

/** A free port of this computer for each remote one, and one more for pings. */
export async function reserveForwards(ports: readonly number[]): Promise<LocalForward[]> {
  const forwards: LocalForward[] = [];
  for (const remotePort of new Set([...ports, pingPort])) {
    forwards.push({ localPort: await freePort(), remotePort });
  }
  return forwards;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

type Pending = {
  channel: string | null;
  readonly settle: (refused: ChannelRefused | null) => void;
};

/**
 * Channels over `-L` forwards of loopback ports, for an `ssh` without control sockets. Whether the server opened a
 * channel stands only in the log, so this follows the lines of `ssh -v -v`. Resolves when the forwards are there.
 */
export function openForwards(options: {
  readonly forwards: readonly LocalForward[];
  readonly output: OutputReader;
  readonly launch: (purpose: SshPurpose) => SshProcess;
}): Promise<Carrier> {
  const { forwards, output } = options;
  const pending = new Set<Pending>();
  const sockets = new Set<Socket>();
  let isOver = false;

  const connect = (port: number): Promise<Socket> => {
    const forward = forwards.find((candidate) => candidate.remotePort === port);
    if (!forward || isOver) return Promise.reject(new Error(`port ${port} is not forwarded`));
    return new Promise((resolve, reject) => {
      const socket = dial({ port: forward.localPort, host: '127.0.0.1', allowHalfOpen: true });
      socket.setNoDelay(true);
      sockets.add(socket);
      const entry: Pending = {
        channel: null,
        settle: (refused) => {
          pending.delete(entry);
          if (refused === null) return resolve(socket);
          socket.destroy();
          reject(refused);
        },
      };
      pending.add(entry);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        pending.delete(entry);
        reject(new Error('the session is over'));
      });
    });
  };

  const find = (channel: string | undefined) => [...pending].find((entry) => entry.channel === channel);
  const follow = (line: string) => {
    const opening = /^debug\d: channel (\d+): new .*direct-tcpip/.exec(line);
    // In the order in which they were accepted, which is the order of connecting.
    const first = opening && [...pending].find((entry) => entry.channel === null);
    if (first) first.channel = opening[1] ?? null;
    const confirmed = /^debug\d: channel (\d+): open confirm/.exec(line);
    if (confirmed) find(confirmed[1])?.settle(null);
    const failed = /^channel (\d+): open failed: (.*)$/.exec(line);
    if (failed) find(failed[1])?.settle(new ChannelRefused(reasonOf(failed[2] ?? ''), failed[2] ?? ''));
  };

  const carrier: Carrier = {
    openForward: connect,
    async askServer() {
      try {
        (await connect(pingPort)).destroy();
      } catch (error) {
        if (!(error instanceof ChannelRefused)) throw error;
      }
    },
    async exec(command, output) {
      // A session of its own: it asks again for what is not in an agent.
      const process = options.launch({ kind: 'exec', command });
      process.onStdout(output.stdout);
      process.onOutput((text) => output.stderr(Buffer.from(text)));
      process.onExit(({ code }) => output.closed(code));
      return { cancel: () => process.kill() };
    },
    // The end of the process is all there is to notice.
    onDidClose: () => {},
    abandon() {
      isOver = true;
      for (const socket of [...sockets]) socket.destroy();
    },
  };

  return new Promise((resolve) => {
    output.onLine((line) => {
      follow(line);
      if (/^debug1: Entering interactive session/.test(line)) resolve(carrier);
    });
  });
}

/** Words of channels.c for the codes of RFC 4254 §5.1. */
function reasonOf(words: string): number {
  if (/^administratively prohibited/.test(words)) return 1;
  if (/^connect failed/.test(words)) return 2;
  return /^unknown channel type/.test(words) ? 3 : 4;
}
