import type { Socket } from 'node:net';
import { Client } from 'ssh2';
import type { Clock } from '../clock.ts';
import { offeredAlgorithms } from '../ssh/algorithms.ts';
import { parseServerHello, type ServerHello } from '../ssh/server-hello.ts';

/** `said`: its first line as it came. `hungUp`: the other side ended it. */
export type Greeting = { readonly hello: ServerHello; readonly said: string; readonly hungUp: boolean };

export type SshScan = {
  /** What the server says first. Resolves when it is an SSH greeting, or nothing more comes. */
  readonly hello: Promise<Greeting>;
  /** The public key blob it shows; null when the key exchange came to nothing. */
  readonly hostKey: Promise<Buffer | null>;
  readonly end: () => void;
};

const helloBytes = 16 * 1024;

/**
 * Looks at an SSH server on a connected socket as `ssh-keyscan` does: greeting, key exchange, and goodbye before
 * anybody signs in. Nothing is trusted by it. `knownTypes`: key types to ask for first.
 */
export function scanSshServer(
  socket: Socket,
  options: { knownTypes: readonly string[]; clock: Clock; timeoutMs: number },
): SshScan {
  const client = new Client();
  let bytes = Buffer.alloc(0);
  let tellHello = (_greeting: Greeting) => {};
  let tellKey = (_key: Buffer | null) => {};
  const hello = new Promise<Greeting>((resolve) => {
    tellHello = resolve;
  });
  const hostKey = new Promise<Buffer | null>((resolve) => {
    tellKey = resolve;
  });

  const read = (): Greeting => ({
    hello: parseServerHello(bytes),
    said: bytes.toString('latin1').split(/[\r\n]/, 1)[0] ?? '',
    hungUp: socket.closed,
  });
  const end = () => {
    cancel();
    tellHello(read());
    tellKey(null);
    socket.destroy();
  };
  const cancel = options.clock.after(options.timeoutMs, end);
  client.on('error', () => {});
  socket.once('close', end);
  try {
    client.connect({
      sock: socket,
      username: '-',
      algorithms: offeredAlgorithms(options.knownTypes),
      readyTimeout: 0,
      hostVerifier: (key: Buffer) => {
        tellKey(Buffer.from(key));
        end();
        return false;
      },
    });
  } catch {
    end();
  }
  // After connect(), which pauses the socket: so this sees every byte that ssh2 sees.
  socket.on('data', (data: Buffer) => {
    if (bytes.length < helloBytes) bytes = Buffer.concat([bytes, data]);
    const greeting = read();
    if (greeting.hello.kind === 'ssh' || greeting.hello.kind === 'busy') tellHello(greeting);
  });
  socket.resume();
  return { hello, hostKey, end };
}
