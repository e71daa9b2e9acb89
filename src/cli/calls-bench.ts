import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket, WebSocketServer } from 'ws';

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

/** A connect as a Gateway gets it. */
type SeenConnect = {
  readonly client: { readonly id: string; readonly mode: string };
  readonly scopes: readonly string[];
  readonly auth?: { readonly token?: string; readonly password?: string };
  readonly device?: unknown;
};

export type RecordingProxy = {
  readonly url: string;
  readonly port: number;
  /** Everything that clients sent, since the last `forget`. */
  sent(): string;
  connects(): SeenConnect[];
  methods(): string[];
  forget(): void;
  stop(): Promise<void>;
};

type SeenFrame = { readonly method?: string; readonly params?: unknown };

/** Stands before a Gateway and keeps what its clients send, unmasked. */
export async function startRecordingProxy(gatewayPort: number): Promise<RecordingProxy> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  let frames: string[] = [];
  server.on('connection', (client, request) => {
    frames.push(JSON.stringify(request.headers));
    const gateway = new WebSocket(`ws://127.0.0.1:${gatewayPort}`);
    const opened = once(gateway, 'open').catch(() => client.terminate());
    gateway.on('message', (data) => client.send(data.toString()));
    gateway.on('close', (code, reason) => client.close(code === 1005 || code === 1006 ? 1000 : code, reason));
    gateway.on('error', () => client.terminate());
    client.on('message', async (data) => {
      frames.push(data.toString());
      await opened;
      if (gateway.readyState === WebSocket.OPEN) gateway.send(data.toString());
    });
    client.on('close', () => gateway.close());
  });
  const seen = () => frames.map((frame) => JSON.parse(frame) as SeenFrame).filter(({ method }) => method);
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    sent: () => frames.join('\n'),
    connects: () =>
      seen()
        .filter(({ method }) => method === 'connect')
        .map(({ params }) => params as SeenConnect),
    methods: () => seen().flatMap(({ method }) => (method && method !== 'connect' ? [method] : [])),
    forget() {
      frames = [];
    },
    async stop() {
      for (const client of server.clients) client.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
