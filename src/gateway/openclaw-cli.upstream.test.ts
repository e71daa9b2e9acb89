import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureUpstreamInstalled, findNode24, upstreamEntry } from '../../e2e/fixtures/upstream-install.ts';
import { type RunningGateway, startGateway } from './index.ts';
import { connect, handshake, newDevice, type TestClient } from './test-support/wire-client.ts';

/** The real `openclaw` command against this Gateway (R1, R4, R5, R11). */
const TOKEN = 'a-token-for-the-real-command-line';
/** It reads much of itself at each start, beside other tests. */
const patienceMs = 200_000;

let home: string;
let gateway: RunningGateway;
let owner: TestClient;
let node: ChildProcess;

function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(OPENCLAW_|NODE_|VITEST|npm_)/i.test(name) && !/proxy$/i.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    USERPROFILE: home,
    OPENCLAW_STATE_DIR: join(home, '.openclaw'),
    OPENCLAW_CONFIG_PATH: join(home, '.openclaw', 'openclaw.json'),
    OPENCLAW_DISABLE_BONJOUR: '1',
    OPENCLAW_NO_RESPAWN: '1',
    OPENCLAW_EXEC_SHELL_SNAPSHOT: '0',
    NO_COLOR: '1',
    ...more,
  };
}

type Ended = { code: number; output: string };

function openclaw(...args: string[]): Promise<Ended> {
  const options = { env: environment(), cwd: home, timeout: 240_000, maxBuffer: 8 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(findNode24(), [upstreamEntry, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: `${stdout}\n${stderr}`.replaceAll(TOKEN, '***') });
    });
  });
}

/** Its own patience is a minute or less, which a slow computer needs to start it. */
const patient = ['--timeout', String(patienceMs)];
const target = () => ['--url', gateway.url, '--token', TOKEN, ...patient];

beforeAll(async () => {
  await ensureUpstreamInstalled();
  home = mkdtempSync(join(tmpdir(), 'chela-openclaw-cli-'));
  mkdirSync(join(home, '.openclaw'), { mode: 0o700 });
  gateway = await startGateway({
    port: 0,
    stateDir: join(home, 'gateway'),
    auth: { mode: 'token', token: TOKEN },
    model: null,
    locale: 'en',
    version: '0.1.0',
    discoverModelServers: false,
  });
  const file = join(home, '.openclaw', 'openclaw.json');
  const remote = { url: gateway.url, token: TOKEN };
  writeFileSync(file, JSON.stringify({ gateway: { mode: 'remote', remote } }));
  chmodSync(file, 0o600);
  owner = await connect({ url: gateway.url, auth: { token: TOKEN }, scopes: ['operator.admin'] });
});

afterAll(async () => {
  node?.kill('SIGKILL');
  owner?.close();
  await gateway?.stop();
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

describe('the real openclaw command', { timeout: 250_000 }, () => {
  // They only read, and wait more than they compute.
  it.concurrent.each([
    [['health'], 'Agents: main (default)'],
    [['status'], 'reachable'],
    [['status', '--deep'], 'Last heartbeat'],
    [['channels', 'status'], ''],
  ])('%j over the configured remote Gateway', async (args, expected) => {
    const { code, output } = await openclaw(...args, ...patient);
    expect([code, output]).toEqual([0, expect.stringContaining(expected)]);
  });

  it.concurrent.each([
    [['gateway', 'status'], 'Connectivity probe: ok'],
    [['gateway', 'health'], 'OK ('],
    [['gateway', 'call', 'sessions.list', '--json'], '"sessions": []'],
    [['nodes', 'status'], 'Known: 0'],
    [['nodes', 'list'], 'Pending: 0'],
    [['logs', '--plain'], 'gateway listens'],
  ])('%j with --url and --token', async (args, expected) => {
    const { code, output } = await openclaw(...args, ...target());
    expect([code, output]).toEqual([0, expect.stringContaining(expected)]);
  });

  it.concurrent('gateway probe: with the token alone it connects and may read nothing, as at a real Gateway', async () => {
    const { code, output } = await openclaw('gateway', 'probe', '--json', ...target());
    expect([code, output]).toEqual([0, expect.stringContaining('"targets"')]);
    const { targets } = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
    expect(targets[0]).toMatchObject({
      connect: { ok: true, rpcOk: false, scopeLimited: true, error: 'missing scope: operator.read' },
      auth: { role: 'operator', scopes: [], capability: 'connected_no_operator_scope' },
    });
  });

  it.concurrent('status --json prints one JSON object', async () => {
    const { code, output } = await openclaw('status', '--json', ...patient);
    expect([code, output]).toEqual([0, expect.stringMatching(/"gateway"/)]);
  });

  it('agent -m gets its answer', async () => {
    const { code, output } = await openclaw('agent', '--agent', 'main', '-m', 'hello');
    expect([code, output]).toEqual([0, expect.stringContaining('No language model')]);
  });

  it('devices: lists, approves, rejects, rotates and revokes', async () => {
    // A browser page of another kind than WebChat is never paired silently.
    const ask = async () => {
      const device = newDevice();
      const { client, response } = await handshake({
        url: gateway.url,
        id: 'openclaw-linux',
        mode: 'ui',
        origin: 'http://localhost:5173',
        auth: { token: TOKEN },
        device,
      });
      client.socket.terminate();
      const requestId = String(response.error?.details?.requestId);
      return { device, requestId };
    };
    const [wanted, unwanted] = [await ask(), await ask()];
    const listed = await openclaw('devices', 'list', '--json', ...target());
    expect([listed.code, listed.output]).toEqual([0, expect.stringContaining(wanted.requestId)]);
    const decided = await Promise.all([
      openclaw('devices', 'approve', wanted.requestId, ...target()),
      openclaw('devices', 'reject', unwanted.requestId, ...target()),
    ]);
    expect(decided.map(({ code }) => code)).toEqual([0, 0]);
    const role = ['--device', wanted.device.id, '--role', 'operator', ...target()];
    const rotated = await openclaw('devices', 'rotate', ...role);
    expect([rotated.code, rotated.output]).toEqual([0, expect.stringContaining(wanted.device.id)]);
    const tokens = async () => {
      const { paired } = await owner.call('device.pair.list', {});
      return (paired as { deviceId: string; tokens?: object[] }[]).flatMap(({ deviceId, tokens = [] }) =>
        deviceId === wanted.device.id ? [tokens.length] : [],
      );
    };
    expect(await tokens()).toEqual([1]);
    expect((await openclaw('devices', 'revoke', ...role)).code).toBe(0);
    expect(await tokens()).toEqual([0]);
    const { pending } = await owner.call('device.pair.list', {});
    expect(pending).toEqual([]);
  });

  it('node run pairs, is approved, and answers an invocation (R4, R5)', async () => {
    const { port } = gateway;
    const args = ['node', 'run', '--host', '127.0.0.1', '--port', String(port), '--display-name', 'LiveNode'];
    const env = environment({ OPENCLAW_GATEWAY_TOKEN: TOKEN });
    node = spawn(findNode24(), [upstreamEntry, ...args], { env, cwd: home, stdio: 'ignore' });
    const requestId = await vi.waitFor(
      async () => {
        const { pending } = await owner.call('node.pair.list', {});
        const [request] = pending as { requestId: string }[];
        if (request === undefined) throw new Error('the node has not come yet');
        return request.requestId;
      },
      { timeout: patienceMs, interval: 250 },
    );
    expect((await openclaw('nodes', 'approve', requestId, ...target())).code).toBe(0);
    const listed = await openclaw('nodes', 'status', ...target());
    expect(listed.output).toContain('Known: 1 · Paired: 1 · Connected: 1');
    const params = ['--command', 'system.which', '--params', '{"bins":["node"]}'];
    const [invoked, described] = await Promise.all([
      openclaw('nodes', 'invoke', '--node', 'LiveNode', ...params, ...target()),
      openclaw('nodes', 'describe', '--node', 'LiveNode', ...target()),
    ]);
    expect([invoked.code, invoked.output]).toEqual([0, expect.stringContaining('"bins"')]);
    expect([described.code, described.output]).toEqual([0, expect.stringContaining('system.which')]);
  });

  it('the tui connects, sends what is typed and shows the answer', async () => {
    // `script` gives it the terminal that it asks for.
    const command = `stty cols 120 rows 40; '${findNode24()}' '${upstreamEntry}' tui`;
    const tui = spawn('script', ['-qfec', command, '/dev/null'], {
      env: environment({ TERM: 'xterm' }),
      cwd: home,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let screen = '';
    tui.stdout.on('data', (chunk) => {
      screen += String(chunk);
    });
    const shows = (text: string) =>
      vi.waitFor(() => expect(screen).toContain(text), { timeout: patienceMs, interval: 100 });
    try {
      await shows('gateway connected');
      tui.stdin.write('typed in the terminal');
      await shows('typed in the terminal');
      tui.stdin.write('\r');
      // What was said before is on the screen as well.
      await vi.waitFor(
        async () => {
          const { messages } = await owner.call('chat.history', { sessionKey: 'main' });
          const rows = messages as { role: string; content: unknown }[];
          const typed = rows.findLastIndex(({ content }) => content === 'typed in the terminal');
          expect(rows.slice(typed).map(({ role }) => role)).toEqual(['user', 'assistant']);
        },
        { timeout: patienceMs, interval: 250 },
      );
      await shows('No language model is set up yet');
    } finally {
      if (tui.pid !== undefined) process.kill(-tui.pid, 'SIGKILL');
    }
  });
});
