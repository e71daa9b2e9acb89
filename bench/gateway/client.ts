import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

/**
 * A client that costs little: one request at a time, and frames are looked at only as far as needed, so that a
 * measurement is about the server and not about parsing here.
 */
export type BenchClient = {
  /** The answer's bytes; rejects when it is a failure. */
  request(method: string, params?: object): Promise<Buffer>;
  /** Resolves with the time at which a frame that holds this text arrived. */
  hears(text: string): Promise<number>;
  /** Events that came so far. */
  eventCount(): number;
  close(): void;
};

const scopes = ['operator.admin', 'operator.read', 'operator.write'];

/** Resolves after `hello-ok`. */
export async function openClient({ url, token }: { url: string; token: string }): Promise<BenchClient> {
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
  let answered: { resolve: (answer: Buffer) => void; reject: (error: Error) => void } | null = null;
  let listening: { text: Buffer; resolve: (at: number) => void } | null = null;
  let events = 0;
  const failed = new Promise<never>((_, reject) => {
    socket.on('error', reject);
    socket.on('close', (code, reason) => {
      const error = new Error(`the connection ended: ${code} ${reason}`);
      answered?.reject(error);
      reject(error);
    });
  });
  failed.catch(() => undefined);

  const challenged = new Promise<void>((resolve) => socket.once('message', () => resolve()));
  await Promise.race([challenged, failed]);
  socket.on('message', (data: Buffer) => {
    const start = data.toString('latin1', 0, 160);
    if (start.startsWith('{"type":"event"')) {
      events += 1;
      if (listening === null || !data.includes(listening.text)) return;
      listening.resolve(performance.now());
      listening = null;
      return;
    }
    const waiting = answered;
    answered = null;
    if (start.includes('"ok":true')) waiting?.resolve(data);
    else waiting?.reject(new Error(`refused: ${data.toString('utf8', 0, 400)}`));
  });

  let counter = 0;
  const request = (method: string, params?: object) => {
    if (answered !== null) return Promise.reject(new Error('one request at a time'));
    return new Promise<Buffer>((resolve, reject) => {
      answered = { resolve, reject };
      counter += 1;
      socket.send(JSON.stringify({ type: 'req', id: `b${counter}`, method, ...(params && { params }) }));
    });
  };
  await request('connect', {
    minProtocol: 4,
    maxProtocol: 4,
    client: { id: 'gateway-client', mode: 'backend', version: '0.1.0', platform: process.platform },
    role: 'operator',
    scopes,
    caps: [],
    auth: { token },
  });
  return {
    request,
    hears: (text) =>
      new Promise((resolve) => {
        listening = { text: Buffer.from(text), resolve };
      }),
    eventCount: () => events,
    close: () => socket.terminate(),
  };
}

const RETRY_MS = 10;

/** The same for a server that is still starting. It is asked every 10 ms, for as long as it may take. */
export async function openFirstClient(
  server: { url: string; token: string },
  isOver: () => boolean,
): Promise<{ client: BenchClient; at: number }> {
  for (;;) {
    try {
      return { client: await openClient(server), at: performance.now() };
    } catch (thrown) {
      if (isOver()) throw thrown;
      await pause(RETRY_MS);
    }
  }
}

/** Opens `count` clients, does something with them, closes them. */
export async function withClients<T>(
  server: { url: string; token: string },
  count: number,
  use: (clients: BenchClient[]) => Promise<T>,
): Promise<T> {
  const clients: BenchClient[] = [];
  try {
    for (let index = 0; index < count; index++) clients.push(await openClient(server));
    return await use(clients);
  } finally {
    for (const client of clients) client.close();
  }
}

/** Answers per second, with one request under way per client. */
export async function rateOf(
  clients: readonly BenchClient[],
  ms: number,
  method: string,
  params?: object,
): Promise<number> {
  let count = 0;
  const startedAt = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() - startedAt < ms) {
        await client.request(method, params);
        count += 1;
      }
    }),
  );
  return (count * 1000) / (performance.now() - startedAt);
}
