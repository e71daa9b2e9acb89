import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { DEFAULT_ANSWER } from '../../e2e/fixtures/model-server.ts';
import { type RecordingProxy, startRecordingProxy } from '../../e2e/fixtures/recording-proxy.ts';
import { loadDeviceIdentity } from '../core/device/device-identity.ts';
import { createMemoryDeviceTokens } from '../core/device/device-tokens.ts';
import { createGatewayLink } from '../core/link/gateway-link.ts';
import {
  connect,
  type EventFrame,
  handshake,
  isEvent,
  newDevice,
} from '../gateway/test-support/wire-client.ts';
import { type ChelaHome, makeHome } from './calls-bench.ts';

/** A Gateway with a model that follows the script of `e2e/fixtures/model-server.ts`, and one shared token. */
export type SpecGateway = { readonly port: number; readonly token: string; stop(): Promise<void> };

const ENV_CANARY = 'canary-of-the-environment';
const CONFIG_CANARY = 'canary-of-the-file';
const REMOTE_CANARY = 'canary-of-remote';

/** The same behaviour of the built command line on every Gateway: the embedded one, and OpenClaw's own. */
export function describeCalls(name: string, start: () => Promise<SpecGateway>): void {
  let cli: string;
  let gateway: SpecGateway;
  let proxy: RecordingProxy;
  let home: ChelaHome;
  beforeAll(async () => {
    cli = join(await builtApp(), 'main', 'cli.js');
    gateway = await start();
    proxy = await startRecordingProxy(gateway.port);
  }, 300_000);
  afterAll(async () => {
    await proxy?.stop();
    await gateway?.stop();
  });
  beforeEach(() => {
    home = makeHome(cli);
    proxy.clear();
  });
  afterEach(() => home.remove());

  const methods = () => proxy.requests().map(({ method }) => method);
  const local = (auth: object = { token: gateway.token }) =>
    home.configure({ gateway: { port: proxy.port, auth } });
  const remote = (of: object) =>
    home.configure({
      gateway: { mode: 'remote', auth: { token: CONFIG_CANARY }, remote: { url: proxy.url, ...of } },
    });
  const tokenFile = () => home.file('token', `${gateway.token}\r\n`);

  describe(`commands on ${name} (R11)`, () => {
    it('health: the Gateway’s own answer, asked with the right to read alone', async () => {
      local();
      const { code, stdout, stderr } = await home.chela(['health', '--json']);
      expect([code, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)).toMatchObject({ ok: true });
      expect(methods()).toEqual(['health']);
      expect(proxy.connects()).toMatchObject([
        { client: { id: 'cli', mode: 'cli' }, scopes: ['operator.read'] },
      ]);
      expect(proxy.connects()[0]?.device).toBeUndefined();
      expect((await home.chela(['health'])).stdout).toMatch(/^● \S+ at ws:\/\/127\.0\.0\.1:\d+ is healthy/);
    });

    it('status, with --deep and --all, in words and as JSON', async () => {
      local();
      expect((await home.chela(['status', '--deep'])).stdout).toMatch(
        /Local \(this computer\)[\s\S]*answers in \d+ ms, signed in by token[\s\S]*Channels:/,
      );
      const { code, stdout } = await home.chela(['status', '--all', '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        ok: true,
        mode: 'local',
        credential: { name: 'gateway.auth.token' },
        status: expect.any(Object),
      });
      expect(stdout).not.toContain(gateway.token);
    });

    it('gateway status and probe greet as a probe', async () => {
      local();
      expect(await home.chela(['gateway', 'status'])).toMatchObject({ code: 0 });
      expect(methods()).toEqual([]);
      expect(await home.chela(['gateway', 'probe', '--json'])).toMatchObject({ code: 0 });
      expect(proxy.connects()).toMatchObject([
        { client: { id: 'cli', mode: 'probe' } },
        { client: { id: 'cli', mode: 'probe' } },
      ]);
      expect(methods().sort()).toEqual(['config.get', 'health', 'status', 'system-presence']);
    });

    it('gateway call asks for more rights only when the Gateway says that it takes more', async () => {
      local();
      const params = home.file('params.json', '\uFEFF{"limit": 3}\r\n');
      expect(await home.chela(['gateway', 'call', 'sessions.list', '--params', `@${params}`])).toMatchObject({
        code: 0,
      });
      expect(proxy.connects().map(({ scopes }) => scopes)).toEqual([['operator.read']]);
      proxy.clear();
      const paired = await home.chela(['gateway', 'call', 'device.pair.list', '--params', '-'], {
        input: '{}',
      });
      expect(JSON.parse(paired.stdout)).toMatchObject({ paired: expect.any(Array) });
      expect(proxy.connects().map(({ scopes }) => scopes)).toEqual([['operator.read'], ['operator.pairing']]);
      expect(await home.chela(['gateway', 'call', 'no.such.method', '--json'])).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('GATEWAY_REQUEST_FAILED'),
      });
    });

    it('devices: list, rotate, revoke, remove; and one that is not there', async () => {
      local();
      const device = await pair();
      expect((await home.chela(['devices', 'list'])).stdout).toContain(device.slice(0, 12));
      for (const command of ['rotate', 'revoke', 'remove']) {
        const done = await home.chela(['devices', command, device.slice(0, 12)]);
        expect([command, done.code, done.stderr]).toEqual([command, 0, '']);
      }
      expect(await home.chela(['devices', 'remove', device, '--json'])).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('NOT_FOUND_THERE'),
      });
      expect(await home.chela(['devices', 'approve', '--json'])).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('NOTHING_PENDING'),
      });
    });

    it('devices reject one that waits, by its id, and none that is not there', async () => {
      local();
      const first = await knock();
      const wrong = await home.chela(['devices', 'approve', 'no-such-request']);
      expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('No such request is pending')]);
      expect(wrong.stderr.match(/^■/gm)).toHaveLength(1);
      const shown = await home.chela(['devices', 'approve', '--json']);
      expect([shown.code, JSON.parse(shown.stdout).error.code]).toEqual([1, 'NOT_CHOSEN']);

      const turned = await home.chela(['devices', 'reject', first.requestId]);
      expect([turned.code, turned.stderr]).toEqual([0, '']);
      const again = await home.chela(['devices', 'reject', first.requestId]);
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('No such request is pending')]);
    }, 120_000);

    it('devices approve: the newest that waits, and by its id', async () => {
      local();
      const first = await knock();
      const byId = await home.chela(['devices', 'approve', first.requestId]);
      expect([byId.code, byId.stderr]).toEqual([0, '']);
      const second = await knock();
      const letIn = await home.chela(['devices', 'approve', '--latest', '--json']);
      expect([letIn.code, letIn.stderr], letIn.stdout).toEqual([0, '']);
      const listed = JSON.parse((await home.chela(['devices', 'list', '--json'])).stdout);
      const paired = listed.paired.map(({ deviceId }: { deviceId: string }) => deviceId);
      expect([paired.includes(second.deviceId), paired.includes(first.deviceId)]).toEqual([true, true]);
    }, 120_000);

    it('nodes approve, describe, invoke and reject one that is there for real (R4)', async () => {
      local();
      const node = await offer('Walk Node', ['lab.echo', 'system.which']);
      const { pending } = JSON.parse((await home.chela(['nodes', 'pending', '--json'])).stdout);
      expect(pending).toMatchObject([{ nodeId: node.deviceId }]);
      const wrong = await home.chela(['nodes', 'approve', 'no-such-request']);
      expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('No such request is pending')]);
      const approved = await home.chela(['nodes', 'approve', pending[0].requestId]);
      expect([approved.code, approved.stderr]).toEqual([0, '']);
      expect(approved.stdout).toContain('Walk Node may offer: ');

      const described = await home.chela(['nodes', 'describe', 'Walk Node']);
      expect([described.code, described.stderr]).toEqual([0, '']);
      expect(described.stdout).toContain('system.which');
      const params = ['--params', '{"bins":["git"]}'];
      const invoked = await home.chela(['nodes', 'invoke', 'Walk Node', 'system.which', ...params]);
      expect([invoked.stderr, invoked.code]).toEqual(['', 0]);
      expect(JSON.parse(invoked.stdout)).toEqual({ bins: { git: '/usr/bin/git' } });
      expect((await home.chela(['nodes', 'invoke', 'Walk Node', 'no.such'])).code).toBe(1);
      node.client.close();

      const other = await offer('Other Node', ['system.which']);
      expect((await home.chela(['nodes', 'reject', 'Other Node'])).code).toBe(0);
      const left = JSON.parse((await home.chela(['nodes', 'pending', '--json'])).stdout);
      expect(left.pending).toEqual([]);
      other.client.close();
      const newest = await offer('Newest Node', ['system.which']);
      expect((await home.chela(['nodes', 'approve', '--latest'])).stdout).toContain('Newest Node may offer');
      newest.client.close();
    }, 120_000);

    it('nodes and sessions: lists, and a node that is not there', async () => {
      local();
      expect(JSON.parse((await home.chela(['nodes', 'list', '--json'])).stdout)).toHaveProperty('nodes');
      expect(JSON.parse((await home.chela(['sessions', 'list', '--json'])).stdout)).toHaveProperty(
        'sessions',
      );
      const invoked = await home.chela(['nodes', 'invoke', 'nobody', 'system.which', '--json']);
      expect(invoked).toMatchObject({ code: 1, stdout: expect.stringContaining('NOT_FOUND_THERE') });
    });

    it('chat streams the answer, in words and as lines of JSON', async () => {
      local();
      const session = ['--session', `agent:main:spec-${crypto.randomUUID()}`];
      const spoken = await home.chela(['chat', 'hello', ...session]);
      expect([spoken.code, spoken.stdout.trim()]).toEqual([0, DEFAULT_ANSWER]);
      const { code, stdout } = await home.chela(['chat', '--json', '-', ...session], {
        input: 'echo a line of it\r\n',
      });
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string; text?: string });
      expect([code, events[0]?.type, events.at(-1)]).toMatchObject([
        0,
        'accepted',
        { type: 'final', text: 'a line of it' },
      ]);
    }, 180_000);

    it('chat: Ctrl+C aborts the run on the Gateway by its id, and ends with 130', async () => {
      local();
      const { code } = await home.interrupted(
        ['chat', '--json', 'slow 400 at 10', '--session', `agent:main:spec-${crypto.randomUUID()}`],
        /"type":"delta"/,
        'SIGINT',
      );
      expect(code).toBe(130);
      const [send, abort] = proxy.requests().filter(({ method }) => method.startsWith('chat.'));
      expect(abort).toMatchObject({ method: 'chat.abort', params: { runId: send?.params?.idempotencyKey } });
    }, 180_000);

    it('logs: the end of the Gateway’s log', async () => {
      local();
      const { code, stderr } = await home.chela(['logs', '--limit', '3']);
      expect([code, stderr]).toEqual([0, '']);
    });
  });

  describe(`which secret leaves for ${name}`, () => {
    const everything = { OPENCLAW_GATEWAY_TOKEN: ENV_CANARY, OPENCLAW_GATEWAY_PASSWORD: `${ENV_CANARY}-2` };
    const canaries = [ENV_CANARY, CONFIG_CANARY, REMOTE_CANARY];
    const leaked = () => canaries.filter((canary) => proxy.everythingSent().includes(canary));

    it.each([
      ['health'],
      ['status'],
      ['gateway status'],
      ['gateway probe'],
      ['gateway call health'],
      ['devices list'],
      ['chat hello'],
    ])('R14: %s --url takes no implicit secret along, and says so', async (command) => {
      remote({ token: REMOTE_CANARY });
      const args = [...command.split(' '), '--url', proxy.url];
      const { code, stderr, stdout } = await home.chela(args, { env: everything });
      expect(code).toBe(4);
      expect(stderr).toContain('with --url nothing secret is sent but what you give for it');
      expect(stderr).toContain('OPENCLAW_GATEWAY_TOKEN');
      expect(stderr).toContain('--token-file');
      expect(leaked()).toEqual([]);
      for (const canary of canaries) expect(stderr + stdout).not.toContain(canary);
    });

    it('R13: what is given explicitly goes alone', async () => {
      remote({ token: REMOTE_CANARY });
      const args = ['health', '--url', proxy.url, '--token-file', tokenFile()];
      expect(await home.chela(args, { env: everything })).toMatchObject({ code: 0 });
      expect(proxy.connects()).toMatchObject([{ auth: { token: gateway.token } }]);
      const piped = ['health', '--json', '--token-stdin'];
      expect(await home.chela(piped, { env: everything, input: `${gateway.token}\n` })).toMatchObject({
        code: 0,
      });
      expect(leaked()).toEqual([]);
    });

    it('R15: a URL of the environment takes secrets of the environment, and no others', async () => {
      remote({ token: REMOTE_CANARY });
      const url = { OPENCLAW_GATEWAY_URL: proxy.url };
      const bare = await home.chela(['health'], { env: url });
      expect([bare.code, leaked()]).toEqual([4, []]);
      expect(bare.stderr).toContain('with OPENCLAW_GATEWAY_URL only secrets of the environment are sent');
      const env = { ...url, OPENCLAW_GATEWAY_TOKEN: gateway.token };
      expect(await home.chela(['status', '--deep'], { env })).toMatchObject({ code: 0 });
      expect(leaked()).toEqual([]);
    });

    it('R16: local mode takes the environment before the file, and the remote one last', async () => {
      local({ token: CONFIG_CANARY });
      const env = { OPENCLAW_GATEWAY_TOKEN: gateway.token };
      expect(await home.chela(['health'], { env })).toMatchObject({ code: 0 });
      expect(leaked()).toEqual([]);
      home.configure({ gateway: { port: proxy.port, remote: { token: gateway.token } } });
      expect(await home.chela(['health'])).toMatchObject({ code: 0 });
    });

    it('R17: remote mode takes its own token before the environment', async () => {
      remote({ token: gateway.token });
      expect(await home.chela(['health'], { env: everything })).toMatchObject({ code: 0 });
      expect(leaked()).toEqual([]);
      remote({});
      const env = { OPENCLAW_GATEWAY_TOKEN: gateway.token };
      expect(await home.chela(['health'], { env })).toMatchObject({ code: 0 });
    });

    it.each([['status'], ['gateway status'], ['gateway probe']])(
      'R19: %s of a remote Gateway takes its own token only',
      async (command) => {
        remote({});
        const env = { OPENCLAW_GATEWAY_TOKEN: ENV_CANARY };
        const { code, stderr } = await home.chela(command.split(' '), { env });
        expect([code, leaked()]).toEqual([4, []]);
        expect(stderr).toContain('take its own token only');
        expect(stderr).toContain('gateway.auth.token');
      },
    );

    it('R21: a reference that cannot be resolved sends nothing at all', async () => {
      remote({ token: { source: 'env', provider: 'default', id: 'NOT_SET_ANYWHERE' } });
      const { code, stderr } = await home.chela(['health'], { env: everything });
      expect([code, proxy.everythingSent()]).toEqual([78, '']);
      expect(stderr).toContain('NOT_SET_ANYWHERE');
    });

    it('a wrong token is refused with the place it came from, and 4', async () => {
      remote({ token: REMOTE_CANARY });
      const { code, stdout, stderr } = await home.chela(['health', '--json']);
      expect(code).toBe(4);
      expect(JSON.parse(stdout)).toMatchObject({
        ok: false,
        credential: { name: 'gateway.remote.token' },
        error: { code: 'GATEWAY_TOKEN_MISMATCH', fix: expect.stringContaining('gateway.remote.token') },
      });
      expect(stdout + stderr).not.toContain(REMOTE_CANARY);
    });
  });

  it(`a tunnel that is down is told from a Gateway that is down (${name})`, async () => {
    const url = `ws://127.0.0.1:${await freePort()}`;
    home.configure({ gateway: { mode: 'remote', remote: { url, sshTarget: 'me@studio', token: 'x' } } });
    const { code, stderr } = await home.chela(['health']);
    expect([code, stderr]).toEqual([3, expect.stringContaining('chela connect')]);
    expect(stderr).toContain('me@studio');
  });

  /** A program that names the origin of a page is not let in silently: it waits for approval. */
  async function knock(): Promise<{ requestId: string; deviceId: string }> {
    const device = newDevice();
    const { client, response } = await handshake({
      url: `ws://127.0.0.1:${gateway.port}`,
      auth: { token: gateway.token },
      origin: 'http://127.0.0.1:1',
      device,
    });
    client.socket.terminate();
    const requestId = response.error?.details?.requestId;
    if (typeof requestId !== 'string') throw new Error(JSON.stringify(response.error));
    return { requestId, deviceId: device.id };
  }

  /** A node that is connected, and asks to offer commands. It answers `system.which`. */
  async function offer(displayName: string, commands: string[]) {
    const device = newDevice();
    const client = await connect({
      url: `ws://127.0.0.1:${gateway.port}`,
      id: 'node-host',
      mode: 'node',
      role: 'node',
      scopes: [],
      auth: { token: gateway.token },
      deviceFamily: 'Linux',
      displayName,
      device,
      mutate: (params) => Object.assign(params, { caps: ['system'], commands, permissions: {} }),
    });
    void client
      .next<EventFrame>(isEvent('node.invoke.request'))
      .then(({ payload }) =>
        client.call('node.invoke.result', {
          id: payload.id,
          nodeId: device.id,
          ok: true,
          payload: { bins: { git: '/usr/bin/git' } },
        }),
      )
      .catch(() => undefined);
    return { client, deviceId: device.id };
  }

  /** A device of its own, let in silently because it comes from this computer. */
  async function pair(): Promise<string> {
    const identity = await loadDeviceIdentity(home.dir);
    if (!identity.ok) throw new Error(identity.error.code);
    const device = identity.value.identity;
    const link = createGatewayLink({
      url: `ws://127.0.0.1:${gateway.port}`,
      gatewayKey: 'spec',
      credentials: { token: gateway.token },
      device,
      deviceTokens: createMemoryDeviceTokens(),
      version: '0.1.0',
      retry: false,
    });
    link.start();
    await expect.poll(() => link.state().tag, { timeout: 15_000 }).toBe('open');
    await link.stop();
    return device.deviceId;
  }
}
