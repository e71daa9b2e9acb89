// The far ends and the client of a measurement, and the long path, in a process of their own: neither side of the
// comparison shares its event loop with them. Started by `fork`; one request at a time.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { startDelayProxy } from '../../e2e/fixtures/delay-proxy.ts';

export type LoadRequest =
  | { readonly do: 'ports' }
  | { readonly do: 'delay'; readonly port: number; readonly rttMs: number }
  | { readonly do: 'pingPong'; readonly port: number; readonly bytes: number; readonly count: number }
  | { readonly do: 'download' | 'upload'; readonly port: number; readonly bytes: number };

export type LoadAnswer = {
  readonly echo?: number;
  readonly source?: number;
  readonly sink?: number;
  readonly port?: number;
  /** Microseconds. */
  readonly p50?: number;
  readonly p99?: number;
  /** Megabytes (10^6) per second. */
  readonly rate?: number;
  readonly error?: string;
};

const block = Buffer.alloc(256 * 1024, 7);

async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Sends as many bytes as the first eight bytes say, then ends. */
function pour(socket: Socket): void {
  socket.once('data', (head: Buffer) => {
    let left = Number(head.readBigUInt64BE());
    const more = () => {
      while (left > 0) {
        const chunk = left >= block.length ? block : block.subarray(0, left);
        left -= chunk.length;
        if (!socket.write(chunk)) return;
      }
      socket.end();
    };
    socket.on('drain', more);
    more();
  });
}

/** Answers one byte when as many bytes have come as the first eight say. */
function swallow(socket: Socket): void {
  let expected: number | null = null;
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    let length = chunk.length;
    if (expected === null) {
      expected = Number(chunk.readBigUInt64BE());
      length -= 8;
    }
    received += length;
    if (received >= expected) socket.end('.');
  });
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

function header(bytes: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64BE(BigInt(bytes));
  return head;
}

async function pingPong(port: number, bytes: number, count: number): Promise<LoadAnswer> {
  const socket = await dial(port);
  const message = Buffer.alloc(bytes, 1);
  const times: number[] = [];
  const trip = () =>
    new Promise<number>((resolve, reject) => {
      const startedAt = performance.now();
      let received = 0;
      const onData = (chunk: Buffer) => {
        received += chunk.length;
        if (received < bytes) return;
        socket.off('data', onData);
        socket.off('close', reject);
        resolve((performance.now() - startedAt) * 1000);
      };
      socket.on('data', onData);
      socket.once('close', reject);
      socket.write(message);
    });
  for (let i = 0; i < Math.min(count, 200); i++) await trip();
  for (let i = 0; i < count; i++) times.push(await trip());
  socket.destroy();
  times.sort((a, b) => a - b);
  const share = (of: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * of))] ?? Number.NaN;
  return { p50: share(0.5), p99: share(0.99) };
}

async function download(port: number, bytes: number): Promise<LoadAnswer> {
  const socket = await dial(port);
  const startedAt = performance.now();
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  socket.write(header(bytes));
  await once(socket, 'close');
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came`);
  return { rate: bytes / 1e6 / ((performance.now() - startedAt) / 1000) };
}

async function upload(port: number, bytes: number): Promise<LoadAnswer> {
  const socket = await dial(port);
  const startedAt = performance.now();
  const done = once(socket, 'data');
  socket.write(header(bytes));
  for (let left = bytes; left > 0; left -= block.length) {
    if (!socket.write(left >= block.length ? block : block.subarray(0, left))) await once(socket, 'drain');
  }
  await done;
  socket.destroy();
  return { rate: bytes / 1e6 / ((performance.now() - startedAt) / 1000) };
}

async function answer(request: LoadRequest): Promise<LoadAnswer> {
  switch (request.do) {
    case 'ports':
      return {
        echo: await listening((socket) => socket.pipe(socket)),
        source: await listening(pour),
        sink: await listening(swallow),
      };
    case 'delay':
      return { port: (await startDelayProxy({ target: { port: request.port }, rttMs: request.rttMs })).port };
    case 'pingPong':
      return pingPong(request.port, request.bytes, request.count);
    case 'download':
      return download(request.port, request.bytes);
    case 'upload':
      return upload(request.port, request.bytes);
  }
}

process.on('message', (request: LoadRequest) => {
  answer(request).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ error: String(error) } satisfies LoadAnswer),
  );
});
process.on('disconnect', () => process.exit(0));
