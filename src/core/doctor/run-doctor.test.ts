import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeKey, type Sshd } from '../../../e2e/fixtures/sshd.ts';
import { startGateway } from '../../gateway/index.ts';
import { type DoctorStep, doctorStepIds } from '../../shared/contract/doctor.ts';
import { describeStep } from '../../shared/doctor-text.ts';
import { en } from '../../shared/i18n/en/index.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { type Plan, readTarget } from '../connection/plan.ts';
import { loadDeviceIdentity } from '../device/device-identity.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import type { AskQuestion } from '../questions.ts';
import { defaultKnownHostsFiles } from '../ssh/known-hosts-file.ts';
import { connectWithOpenssh } from '../ssh/openssh/openssh.ts';
import { makeSshBench, no, person, yes } from '../ssh/test-bench.ts';
import type { SshEngine } from '../tunnel/tunnel.ts';
import { doctorReport } from './report.ts';
import { type DoctorPatient, runDoctor } from './run-doctor.ts';
import { challenge, type FakeEnd, failure, outline, rung, startFakeEnd } from './test-bench.ts';
import { type DoctorTools, systemDoctorTools } from './tools.ts';

const TOKEN = 'canary-token-5b1f0a';

const bench = makeSshBench();
let device: DoctorPatient['device'];
beforeEach(async () => {
  const loaded = await loadDeviceIdentity(mkdtempSync(join(bench.home, 'device-')));
  if (!loaded.ok) throw new Error(loaded.error.code);
  device = loaded.value.identity;
});

type Remote = Extract<Plan, { tag: 'remote' }>;
type Climb = {
  tools?: Partial<DoctorTools>;
  ask?: AskQuestion;
  connect?: SshEngine;
  signal?: AbortSignal;
  onStep?: (step: DoctorStep) => void;
  timeoutMs?: number;
  deviceTokens?: DoctorPatient['deviceTokens'];
};

function climb(plan: Plan, { tools, ask = person().ask, signal, onStep, connect, ...rest }: Climb = {}) {
  const ssh =
    plan.tag === 'remote'
      ? {
          target: plan.target,
          identityFile: plan.identityFile,
          homeDir: bench.home,
          env: { PATH: process.env.PATH },
          unlockedKeys: new Map(),
          ...(connect && { connect }),
        }
      : null;
  return runDoctor(
    {
      plan,
      tools: { ...systemDoctorTools(ssh), ...tools },
      ask,
      device,
      deviceTokens: createMemoryDeviceTokens(),
      version: '0.1.0',
      timeoutMs: 2000,
      ...rest,
    },
    { signal: signal ?? new AbortController().signal, onStep: onStep ?? (() => {}) },
  );
}

const remote = (
  sshd: Pick<Sshd, 'port' | 'user' | 'clientKey'>,
  gatewayPort: number,
  over: Partial<Remote> = {},
): Remote => ({
  tag: 'remote',
  target: { user: sshd.user, host: '127.0.0.1', port: sshd.port },
  identityFile: sshd.clientKey,
  gatewayPort,
  localPort: gatewayPort,
  credentials: { token: TOKEN },
  engine: 'auto',
  hostKeyPolicy: 'strict',
  sideForwards: false,
  ...over,
});

const local = (port: number): Plan => ({ tag: 'local', port, token: TOKEN, model: null });

async function trusted(options: Parameters<typeof bench.server>[0] = {}) {
  const sshd = await bench.server(options);
  bench.trust(sshd);
  return sshd;
}

async function gateway() {
  const started = await startGateway({
    port: 0,
    stateDir: mkdtempSync(join(bench.home, 'gateway-')),
    auth: { mode: 'token', token: TOKEN },
    model: null,
    locale: 'en',
    version: '0.1.0',
    discoverModelServers: false,
  });
  bench.defer(() => started.stop());
  return Number(new URL(started.url).port);
}

async function fakeEnd(fake: FakeEnd) {
  const end = await startFakeEnd(fake);
  bench.defer(() => end.stop());
  return end;
}

/** Every rung above the failed one was skipped for it, every one below held. */
function expectLadder(steps: readonly DoctorStep[], failedId: DoctorStep['id']) {
  expect(steps.map(({ id }) => id)).toEqual(doctorStepIds);
  const at = doctorStepIds.indexOf(failedId);
  for (const [index, step] of steps.entries()) {
    if (index > at) expect(step).toMatchObject({ status: 'skipped', evidence: { key: 'stoodOnFailed' } });
    else if (index < at) expect(step).toMatchObject({ status: expect.not.stringMatching(/failed|running/) });
  }
  for (const step of steps) expectWords(step);
  const told = describeStep(rung(steps, failedId), createTranslator('en'));
  expect(`${told.problem?.title} ${told.problem?.body} ${told.fix?.sentence} ${told.evidence}`).not.toMatch(
    /{{|}}|undefined|errors\.|causes\.|doctor\./,
  );
  expect(told.fix).not.toBeNull();
  expect(JSON.stringify(steps)).not.toContain(TOKEN);
  expect(doctorReport(steps, { withNames: false })).not.toContain('127.0.0.1');
}

const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((found) => found[1]);

/** Every value that the sentences ask for is there. */
function expectWords({ evidence, error }: DoctorStep) {
  if (evidence) {
    const sentence = en.doctor.evidence[evidence.key as keyof typeof en.doctor.evidence];
    expect([evidence.key, Object.keys(evidence.values).sort()]).toEqual([
      evidence.key,
      [...new Set(placeholders(sentence))].sort(),
    ]);
  }
  if (error) {
    const { title, body, fix } = en.errors[error.code];
    const given = Object.keys(error.details ?? {});
    if (given.includes('cause')) given.push('reason');
    expect([error.code, ...given]).toEqual(
      expect.arrayContaining([error.code, ...placeholders(title + body + fix)]),
    );
  }
}

describe('the ladder over SSH', () => {
  test('R7, R36: every rung holds, tells what it saw, and leaves nothing behind', async () => {
    const sshd = await trusted();
    const port = await gateway();
    const told: string[] = [];
    const steps = await climb(remote(sshd, port), {
      onStep: ({ id, status }) => told.push(`${id} ${status}`),
    });
    expect(outline(steps)).toEqual(doctorStepIds.map((id) => `${id} passed`));
    expect(told).toEqual(doctorStepIds.flatMap((id) => [`${id} running`, `${id} passed`]));
    for (const step of steps) {
      expect(step.ms).toBeGreaterThanOrEqual(0);
      expectWords(step);
    }
    expect(rung(steps, 'banner').evidence?.values.software).toMatch(/^OpenSSH_/);
    expect(rung(steps, 'hostKey').evidence).toEqual({
      key: 'hostKeyKnown',
      values: { keyType: 'ssh-ed25519', fingerprint: sshd.hostFingerprint, file: bench.knownHosts, line: 1 },
    });
    expect(rung(steps, 'gatewayAuthentication').evidence).toMatchObject({
      key: 'accepted',
      values: { version: '0.1.0', method: 'token' },
    });
    expect(rung(steps, 'health').evidence?.values.rtt).toBeGreaterThan(0);

    await expect
      .poll(async () => (await sshd.readLog()).match(/session closed|Disconnected from user/g))
      .not.toBeNull();
    const report = doctorReport(steps, { withNames: false });
    for (const name of [TOKEN, sshd.user, '127.0.0.1', bench.home, sshd.hostFingerprint]) {
      expect(report).not.toContain(name);
    }
    expect(doctorReport(steps, { withNames: true })).toContain(sshd.hostFingerprint);
    expect(doctorReport(steps, { withNames: true })).not.toContain(TOKEN);
  });

  test('no socket, listener or timer of its own outlives it, however it ends', async () => {
    const sshd = await trusted();
    const port = await gateway();
    const starting = await fakeEnd({ onSocket: (socket) => socket.close(1013) });
    const handles = () =>
      process
        .getActiveResourcesInfo()
        .filter((name) => /TCP|Pipe|Timeout/.test(name))
        .sort();
    // What the world around needs shows up with the first climb.
    await climb(remote(sshd, port));
    await expect.poll(async () => (await sshd.readLog()).match(/Disconnected from user/g)?.length).toBe(1);
    const before = handles();
    const stop = new AbortController();
    await climb(remote(sshd, port));
    await climb(remote(sshd, await freePort()));
    await climb(remote(sshd, sshd.port));
    await climb(remote(sshd, starting.port), { tools: { clock: hasty } });
    await climb(remote(sshd, starting.port), {
      signal: stop.signal,
      onStep: ({ evidence }) => evidence?.key === 'starting' && stop.abort(),
    });
    // Not with poll(), which has timers of its own.
    await whenTrue(() => handles().length <= before.length);
    expect(starting.open()).toBe(0);
  });

  test('no network', async () => {
    const plan = remote({ port: 22, user: 'u', clientKey: '' }, 1, { target: { host: 'host.example' } });
    const steps = await climb(plan, { tools: { networkInterfaces: () => ({}) } });
    expect(failure(steps)).toMatchObject({ id: 'network', error: { code: 'NETWORK_DOWN' } });
    expectLadder(steps, 'network');
  });

  test('no target, and one that is none', async () => {
    for (const text of ['', '-oProxyCommand=x']) {
      const parsed = readTarget(text);
      if (parsed.ok) throw new Error('a target');
      const steps = await climb(
        { tag: 'refused', error: parsed.error },
        { tools: { networkInterfaces: oneInterface } },
      );
      expect(failure(steps)).toMatchObject({ id: 'dns', fix: { action: 'openSettings' } });
    }
  });

  test('a name that nobody knows', async () => {
    const plan = remote({ port: 22, user: 'u', clientKey: '' }, 1, { target: { host: 'nowhere.invalid' } });
    const steps = await climb(plan, { tools: { networkInterfaces: oneInterface } });
    expect(failure(steps)).toMatchObject({
      id: 'dns',
      error: { code: 'SSH_HOST_NOT_FOUND' },
      evidence: { key: 'lookupFailed', values: { host: 'nowhere.invalid' } },
    });
    expectLadder(steps, 'dns');
  });

  test('a dead port', async () => {
    const port = await freePort();
    const steps = await climb(remote({ port, user: 'u', clientKey: '' }, 1));
    expect(failure(steps)).toMatchObject({
      id: 'tcp',
      error: { code: 'SSH_REFUSED' },
      evidence: { values: { errno: 'ECONNREFUSED', port } },
    });
    expectLadder(steps, 'tcp');
  });

  test('no route to a private address is macOS’s Local Network privacy, there only', async () => {
    const plan = remote({ port: 22, user: 'u', clientKey: '' }, 1);
    const connectTcp = () =>
      Promise.reject(Object.assign(new Error('no route'), { code: 'EHOSTUNREACH', address: '192.168.1.20' }));
    const onMac = await climb(plan, { tools: { connectTcp, platform: 'darwin' } });
    expect(failure(onMac)).toMatchObject({
      id: 'tcp',
      error: { code: 'SSH_LOCAL_NETWORK_BLOCKED' },
      fix: { kind: 'command', where: 'here' },
    });
    expectLadder(onMac, 'tcp');
    const onLinux = await climb(plan, { tools: { connectTcp, platform: 'linux' } });
    expect(failure(onLinux).error.code).toBe('SSH_UNREACHABLE');
  });

  test('nobody answers at all', async () => {
    const plan = remote({ port: 22, user: 'u', clientKey: '' }, 1);
    const connectTcp: DoctorTools['connectTcp'] = ({ signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('given up'))),
      );
    const steps = await climb(plan, { tools: { connectTcp }, timeoutMs: 50 });
    expect(failure(steps)).toMatchObject({ id: 'tcp', error: { code: 'SSH_TIMEOUT' } });
  });

  test.each([
    ['something that is not SSH', '220 mail.example ESMTP\r\n', 'SSH_NOT_SSH', 'bannerOther'],
    ['MaxStartups', 'Exceeded MaxStartups\r\n', 'SSH_BUSY', 'bannerOther'],
    ['a server that hangs up', '', 'SSH_BUSY', 'bannerSilent'],
  ])('%s', async (_name, greeting, code, key) => {
    const port = await bench.listening(createServer((socket) => socket.end(greeting)));
    const steps = await climb(remote({ port, user: 'u', clientKey: '' }, 1));
    expect(failure(steps)).toMatchObject({ id: 'banner', error: { code }, evidence: { key } });
    expectLadder(steps, 'banner');
  });

  test('a real server with too many that are still signing in', async () => {
    const sshd = await trusted({ extraConfig: ['MaxStartups 1:100:1'] });
    const first = connect({ host: '127.0.0.1', port: sshd.port });
    bench.defer(() => first.destroy());
    await once(first, 'data');
    const steps = await climb(remote(sshd, 1));
    expect(failure(steps)).toMatchObject({
      id: 'banner',
      error: { code: 'SSH_BUSY', details: { cause: 'full' } },
    });
    expectLadder(steps, 'banner');
  });

  test('a server that says nothing', async () => {
    const port = await bench.listening(createServer(() => {}));
    const steps = await climb(remote({ port, user: 'u', clientKey: '' }, 1), { timeoutMs: 100 });
    expect(failure(steps)).toMatchObject({ id: 'banner', error: { code: 'SSH_TIMEOUT' } });
  });

  test('a host key nobody knows is asked about; the thinking is not counted', async () => {
    const sshd = await bench.server();
    const declined = await climb(remote(sshd, 1), { ask: person(no).ask });
    expect(failure(declined)).toMatchObject({
      id: 'hostKey',
      error: { code: 'SSH_HOST_KEY_DECLINED' },
      evidence: { key: 'hostKeyOffered', values: { fingerprint: sshd.hostFingerprint } },
    });
    expectLadder(declined, 'hostKey');

    let thoughtMs = 0;
    const slowly = async () => {
      const startedAt = performance.now();
      await delay(1500);
      thoughtMs = performance.now() - startedAt;
      return yes;
    };
    const startedAt = performance.now();
    const accepted = await climb(remote(sshd, await gateway()), { ask: person(slowly).ask });
    const wholeMs = performance.now() - startedAt;
    expect(outline(accepted)).toContain('health passed');
    const hostKey = rung(accepted, 'hostKey');
    expect(hostKey.evidence?.key).toBe('hostKeyTrusted');
    expect(hostKey.ms).toBeLessThanOrEqual(wholeMs - thoughtMs);
  });

  test('a changed host key', async () => {
    const sshd = await bench.server();
    const other = await bench.server();
    const key = other.hostKeyLine.split(' ').slice(1).join(' ');
    writeFileSync(bench.knownHosts, `[127.0.0.1]:${sshd.port} ${key}\n`);
    const steps = await climb(remote(sshd, 1));
    expect(failure(steps)).toMatchObject({
      id: 'hostKey',
      error: { code: 'SSH_HOST_KEY_CHANGED', details: { expected: other.hostFingerprint } },
      evidence: { values: { fingerprint: sshd.hostFingerprint } },
      fix: { kind: 'action', action: 'reviewHostKey' },
    });
    expectLadder(steps, 'hostKey');
  });

  test('a wrong key, with what was offered', async () => {
    const sshd = await trusted();
    const stranger = await makeKey({ type: 'ed25519', dir: bench.home, name: 'stranger' });
    const steps = await climb(remote(sshd, 1, { identityFile: stranger.file }));
    expect(failure(steps)).toMatchObject({ id: 'sshAuthentication', error: { code: 'SSH_AUTH_REFUSED' } });
    expect(String(failure(steps).evidence?.values.offered)).toContain('stranger');
    expectLadder(steps, 'sshAuthentication');
  });

  test('a picked key that is not there', async () => {
    const sshd = await trusted();
    const steps = await climb(remote(sshd, 1, { identityFile: join(bench.home, 'absent') }));
    expect(failure(steps)).toMatchObject({
      id: 'sshAuthentication',
      error: { code: 'SSH_IDENTITY_UNREADABLE' },
    });
    expectLadder(steps, 'sshAuthentication');
  });

  test('forwarding is off', async () => {
    const sshd = await trusted({ allowTcpForwarding: false });
    const steps = await climb(remote(sshd, await freePort()));
    expect(failure(steps)).toMatchObject({
      id: 'forward',
      error: { code: 'FORWARD_PROHIBITED' },
      fix: { kind: 'command', where: 'remote' },
    });
    expectLadder(steps, 'forward');
  });

  test('nothing listens over there', async () => {
    const sshd = await trusted();
    const port = await freePort();
    const steps = await climb(remote(sshd, port));
    expect(failure(steps)).toMatchObject({
      id: 'forward',
      error: { code: 'FORWARD_NOTHING_LISTENING', details: { port } },
    });
    expectLadder(steps, 'forward');
  });

  test('a web server that is no Gateway, named as what it is, on the port a person knows', async () => {
    const sshd = await trusted();
    const end = await fakeEnd({
      http: (_request, response) => {
        response.writeHead(404, { server: 'nginx/1.24', 'content-type': 'text/html' });
        response.end('<html>nothing here</html>');
      },
    });
    const steps = await climb(remote(sshd, end.port));
    expect(failure(steps)).toMatchObject({
      id: 'http',
      error: { code: 'NOT_A_GATEWAY', details: { port: end.port } },
      evidence: { key: 'httpOther', values: { status: 404, bodyKind: 'html', server: 'nginx/1.24' } },
    });
    expectLadder(steps, 'http');
  });

  test('something that speaks no HTTP', async () => {
    const sshd = await trusted();
    const steps = await climb(remote(sshd, sshd.port));
    expect(failure(steps)).toMatchObject({
      id: 'http',
      error: { code: 'NOT_A_GATEWAY' },
      evidence: { key: 'notHttp' },
    });
    expect(String(failure(steps).evidence?.values.text)).toMatch(/SSH-2\.0/);
  });
});

const oneInterface = () => ({
  eth0: [
    {
      address: '192.0.2.7',
      netmask: '255.255.255.0',
      family: 'IPv4' as const,
      mac: '00:00:00:00:00:00',
      internal: false,
      cidr: null,
    },
  ],
});

describe('the way that ~/.ssh/config describes', () => {
  const config = (...lines: string[]) =>
    writeFileSync(join(bench.home, '.ssh', 'config'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const aliased = (over: Partial<Remote>) =>
    remote({ port: 22, user: 'u', clientKey: '' }, 1, {
      target: { host: 'home' },
      identityFile: null,
      ...over,
    });

  test('an alias is looked up as what it stands for', async () => {
    const sshd = await bench.server();
    writeFileSync(bench.knownHosts, sshd.hostKeyLine.replace(/^\S+/, 'the-key-of-home'));
    config(
      'Host home',
      '  HostName 127.0.0.1',
      `  Port ${sshd.port}`,
      `  User ${sshd.user}`,
      `  IdentityFile ${sshd.clientKey}`,
      '  HostKeyAlias the-key-of-home',
    );
    const steps = await climb(aliased({ gatewayPort: await gateway() }));
    expect(outline(steps)).toEqual(doctorStepIds.map((id) => `${id} passed`));
    expect(rung(steps, 'tcp').evidence?.values).toEqual({ address: '127.0.0.1', port: sshd.port });
    expect(rung(steps, 'hostKey').evidence?.key).toBe('hostKeyKnown');
    expect(rung(steps, 'sshAuthentication').evidence?.values).toEqual({ user: sshd.user });
  });

  test('behind a jump host the first rungs are about that one; the target’s own key is still the host key rung', async () => {
    const [jump, sshd] = await Promise.all([bench.server(), bench.server()]);
    const keys = (...servers: Sshd[]) => servers.map(({ hostKeyLine }) => `${hostKeyLine}\n`).join('');
    config(
      'Host jump',
      '  HostName 127.0.0.1',
      `  Port ${jump.port}`,
      `  User ${jump.user}`,
      `  IdentityFile ${jump.clientKey}`,
      'Host home',
      '  HostName 127.0.0.1',
      `  Port ${sshd.port}`,
      `  User ${sshd.user}`,
      `  IdentityFile ${sshd.clientKey}`,
      '  ProxyJump jump',
    );
    writeFileSync(bench.knownHosts, keys(jump, sshd));
    const plan = aliased({ gatewayPort: await gateway() });
    const steps = await climb(plan);
    expect(outline(steps)).toEqual(doctorStepIds.map((id) => `${id} passed`));
    expect(rung(steps, 'tcp').evidence?.values.port).toBe(jump.port);

    writeFileSync(bench.knownHosts, keys(jump));
    const declined = await climb(plan, { ask: person(no).ask });
    expect(failure(declined)).toMatchObject({ id: 'hostKey', error: { code: 'SSH_HOST_KEY_DECLINED' } });
    expectLadder(declined, 'hostKey');
  });

  test('a ProxyCommand hides the rungs below it', async () => {
    const sshd = await trusted();
    config(
      'Host home',
      `  ProxyCommand ${process.execPath} -e "const s=require('node:net').connect(${sshd.port},'127.0.0.1');process.stdin.pipe(s).pipe(process.stdout)"`,
      `  User ${sshd.user}`,
      `  IdentityFile ${sshd.clientKey}`,
      `  HostKeyAlias [127.0.0.1]:${sshd.port}`,
    );
    const steps = await climb(aliased({ gatewayPort: await gateway() }), {
      tools: { networkInterfaces: oneInterface },
    });
    expect(outline(steps).slice(1, 4)).toEqual(['dns skipped', 'tcp skipped', 'banner skipped']);
    expect(outline(steps).slice(4)).toEqual(doctorStepIds.slice(4).map((id) => `${id} passed`));
  });

  test('the system’s OpenSSH climbs the same rungs', async () => {
    const sshd = await trusted();
    const plan = remote(sshd, await gateway(), { engine: 'openssh' });
    // The system's ssh takes the home directory from the user list, whatever HOME says.
    const knownHosts = defaultKnownHostsFiles(bench.home);
    const openssh: SshEngine = (options) =>
      connectWithOpenssh({ ...options, hostKeyPolicy: 'strict', knownHosts, configFile: '/dev/null' });
    const steps = await climb(plan, { connect: openssh });
    expect(outline(steps)).toEqual(doctorStepIds.map((id) => `${id} passed`));
    expect(rung(steps, 'hostKey').evidence?.key).toBe('hostKeyKnown');

    const nothing = await climb({ ...plan, gatewayPort: await freePort() }, { connect: openssh });
    expect(failure(nothing)).toMatchObject({
      id: 'forward',
      error: { code: 'FORWARD_NOTHING_LISTENING' },
    });
    const stranger = await makeKey({ type: 'ed25519', dir: bench.home, name: 'stranger' });
    const refused = await climb({ ...plan, identityFile: stranger.file }, { connect: openssh });
    expect(failure(refused)).toMatchObject({ id: 'sshAuthentication', error: { code: 'SSH_AUTH_REFUSED' } });
    const other = await bench.server();
    const otherKey = other.hostKeyLine.split(' ').slice(1).join(' ');
    writeFileSync(bench.knownHosts, `[127.0.0.1]:${sshd.port} ${otherKey}\n`);
    expect(failure(await climb(plan, { connect: openssh }))).toMatchObject({
      id: 'hostKey',
      error: { code: 'SSH_HOST_KEY_CHANGED' },
    });
  });

  test('a configuration that ssh calls wrong', async () => {
    config('Host home', '  NoSuchKeyword yes');
    const steps = await climb(aliased({}), { tools: { networkInterfaces: oneInterface } });
    expect(failure(steps)).toMatchObject({ id: 'dns', error: { code: 'SSH_CONFIG_INVALID' } });
    expectLadder(steps, 'dns');
  });
});

describe('the ladder in local mode', () => {
  test('skips what SSH is about and says why', async () => {
    const steps = await climb(local(await gateway()));
    const skipped = steps.filter(({ status }) => status === 'skipped');
    expect(skipped.map(({ id }) => id)).toEqual([
      'network',
      'dns',
      'banner',
      'hostKey',
      'sshAuthentication',
      'forward',
    ]);
    for (const step of skipped) expect(step.evidence?.key).toBe('notInLocalMode');
    expect(outline(steps.filter(({ status }) => status !== 'skipped'))).toEqual(
      ['tcp', 'http', 'challenge', 'gatewayAuthentication', 'pairing', 'health'].map((id) => `${id} passed`),
    );
  });

  test('nothing listens', async () => {
    const port = await freePort();
    const steps = await climb(local(port));
    expect(failure(steps)).toMatchObject({ id: 'tcp', error: { code: 'GATEWAY_UNREACHABLE' } });
  });

  test('the wrong token, which appears nowhere', async () => {
    const port = await gateway();
    const steps = await climb({ tag: 'local', port, token: 'canary-wrong-token', model: null });
    expect(failure(steps)).toMatchObject({
      id: 'gatewayAuthentication',
      error: { code: 'GATEWAY_TOKEN_MISMATCH' },
      evidence: { key: 'refusedSignIn', values: { method: 'token' } },
      fix: { action: 'openSettings' },
    });
    expect(JSON.stringify(steps)).not.toContain('canary-wrong-token');
    expectLadder(steps, 'gatewayAuthentication');
  });

  test('a server that echoes the token does not get it into a rung', async () => {
    const end = await fakeEnd({
      refusal: () => ({
        error: {
          code: 'INVALID_REQUEST',
          message: `bad token ${TOKEN}`,
          details: { code: 'AUTH_UNAUTHORIZED' },
        },
        closeCode: 1008,
      }),
    });
    const told: DoctorStep[] = [];
    const steps = await climb(local(end.port), { onStep: (step) => told.push(step) });
    expect(failure(steps).error.code).toBe('GATEWAY_AUTH_REFUSED');
    expect(JSON.stringify([steps, told])).not.toContain(TOKEN);
    expect(JSON.stringify(steps)).toContain('bad token •••');
  });

  test('a Gateway that is still starting is waited for, and that shows', async () => {
    const end = await fakeEnd({
      refusal: (count) =>
        count > 2
          ? null
          : {
              error: {
                code: 'UNAVAILABLE',
                message: 'starting',
                retryable: true,
                retryAfterMs: 5,
                details: { reason: 'startup-sidecars', retryAfterMs: 5 },
              },
              closeCode: 1013,
            },
    });
    const shown: DoctorStep[] = [];
    const steps = await climb(local(end.port), {
      onStep: (step) => shown.push(step),
      tools: { clock: hasty },
    });
    expect(rung(steps, 'gatewayAuthentication').status).toBe('passed');
    const waits = shown.filter(({ evidence }) => evidence?.key === 'starting');
    expect(waits.map(({ status, evidence }) => [status, evidence?.values.attempt])).toEqual([
      ['running', 2],
      ['running', 3],
    ]);
  });

  test('one that never comes up, and hangs up before the challenge', async () => {
    const end = await fakeEnd({ onSocket: (socket) => socket.close(1013, 'gateway starting') });
    const steps = await climb(local(end.port), { tools: { clock: hasty } });
    expect(failure(steps)).toMatchObject({
      id: 'challenge',
      error: { code: 'GATEWAY_STARTING', retryable: true },
    });
    expectLadder(steps, 'challenge');
  });

  test('a WebSocket that sends no challenge', async () => {
    const end = await fakeEnd({ onSocket: () => {} });
    const steps = await climb(local(end.port), { timeoutMs: 150 });
    expect(failure(steps)).toMatchObject({
      id: 'challenge',
      error: { code: 'NOT_A_GATEWAY', details: { port: end.port } },
    });
  });

  test('a protocol mismatch names both versions and whom to update', async () => {
    const refuse = (expectedProtocol: number) => ({
      refusal: () => ({
        error: {
          code: 'INVALID_REQUEST',
          message: 'protocol mismatch',
          details: { code: 'PROTOCOL_MISMATCH', expectedProtocol },
        },
        closeCode: 1002,
      }),
    });
    const end = await fakeEnd(refuse(5));
    const steps = await climb(local(end.port));
    expect(failure(steps)).toMatchObject({
      id: 'gatewayAuthentication',
      error: { code: 'GATEWAY_PROTOCOL_MISMATCH' },
      evidence: { key: 'protocols', values: { ours: 4, theirs: 5 } },
    });
    const sshd = await trusted();
    const older = await fakeEnd(refuse(3));
    const far = await climb(remote(sshd, older.port));
    expect(failure(far).fix).toEqual({ kind: 'command', command: 'openclaw update', where: 'remote' });
  });

  test('clocks that differ are seen; they are the error when the signature is refused for it', async () => {
    const clockOffMs = -3_600_000;
    const fine = await climb(local((await fakeEnd({ clockOffMs })).port));
    expect(outline(fine)).toContain('gatewayAuthentication passed');
    expect(rung(fine, 'http').evidence?.key).toBe('healthzSkewed');
    const refusal = () => ({
      error: {
        code: 'INVALID_REQUEST',
        message: 'device signature expired',
        details: { code: 'DEVICE_AUTH_SIGNATURE_EXPIRED' },
      },
      closeCode: 1008,
    });
    const steps = await climb(local((await fakeEnd({ clockOffMs, refusal })).port));
    const { id, error } = failure(steps);
    expect(id).toBe('gatewayAuthentication');
    expect(error.code).toBe('CLOCK_SKEW');
    expect(error.details?.seconds).toBeGreaterThan(3590);
    expect(error.details?.seconds).toBeLessThan(3610);
    const same = await climb(local((await fakeEnd({ refusal })).port));
    expect(failure(same).error.code).toBe('GATEWAY_DEVICE_REFUSED');
    expectLadder(steps, 'gatewayAuthentication');
  });

  test('a pairing request that could be more than an id is not put into a command', async () => {
    const pairing = (requestId: string) => ({
      refusal: () => ({
        error: {
          code: 'NOT_PAIRED',
          message: 'pairing required',
          details: { code: 'PAIRING_REQUIRED', reason: 'not-paired', requestId },
        },
        closeCode: 1008,
      }),
    });
    const good = await climb(local((await fakeEnd(pairing('3f0c-11'))).port));
    expect(failure(good)).toMatchObject({
      id: 'pairing',
      error: { code: 'GATEWAY_PAIRING_REQUIRED' },
      fix: { kind: 'command', command: 'openclaw devices approve 3f0c-11', where: 'here' },
    });
    expect(rung(good, 'gatewayAuthentication')).toMatchObject({
      status: 'passed',
      evidence: { key: 'credentialAccepted' },
    });
    const bad = await climb(local((await fakeEnd(pairing('x;touch /tmp/y'))).port));
    expect(failure(bad).fix).toEqual({ kind: 'action', action: 'retry' });
    const { fix } = describeStep(failure(bad), createTranslator('en'));
    expect(`${fix?.sentence} ${fix?.command?.line}`).not.toContain('touch');
  });

  test('health that does not come', async () => {
    const end = await fakeEnd({
      onSocket: (socket) => {
        challenge(socket);
        socket.on('message', (data) => {
          const { id, method } = JSON.parse(data.toString()) as { id: string; method: string };
          if (method === 'connect')
            socket.send(JSON.stringify({ type: 'res', id, ok: true, payload: helloOk }));
          else socket.close(1012, 'service restart');
        });
      },
    });
    const steps = await climb(local(end.port));
    expect(failure(steps)).toMatchObject({ id: 'health', error: { code: 'GATEWAY_CLOSED' } });
    await expect.poll(end.open).toBe(0);
  });

  test('the stored device token is used and kept as it is', async () => {
    const port = await gateway();
    const deviceTokens = createMemoryDeviceTokens();
    deviceTokens.set('local', 'operator', { token: 'stale-device-token', scopes: ['operator.read'] });
    const steps = await climb(local(port), { deviceTokens });
    expect(outline(steps)).toContain('health passed');
    expect(deviceTokens.get('local', 'operator')).toEqual({
      token: 'stale-device-token',
      scopes: ['operator.read'],
    });
  });
});

describe('stopping', () => {
  test('the rungs that are left are skipped, and every socket is gone', async () => {
    const end = await fakeEnd({ onSocket: () => {} });
    const stop = new AbortController();
    const steps = await climb(local(end.port), {
      signal: stop.signal,
      timeoutMs: 60_000,
      onStep: ({ id }) => {
        if (id === 'challenge') void whenTrue(() => end.open() === 1).then(() => stop.abort());
      },
    });
    expect(rung(steps, 'http').status).toBe('passed');
    for (const id of ['challenge', 'gatewayAuthentication', 'pairing', 'health'] as const) {
      expect(rung(steps, id)).toMatchObject({ status: 'skipped', evidence: { key: 'stopped' } });
    }
    await expect.poll(end.open).toBe(0);
  });

  test('in the middle of a question', async () => {
    const sshd = await bench.server();
    const stop = new AbortController();
    const ask: AskQuestion = (_question, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        stop.abort();
      });
    const steps = await climb(remote(sshd, 1), { ask, signal: stop.signal });
    expect(rung(steps, 'banner').status).toBe('passed');
    expect(rung(steps, 'hostKey')).toMatchObject({ status: 'skipped', evidence: { key: 'stopped' } });
  });

  test('before it began', async () => {
    const steps = await climb(local(1), { signal: AbortSignal.abort() });
    expect(steps).toHaveLength(doctorStepIds.length);
    expect(steps.filter(({ status }) => status !== 'skipped')).toEqual([]);
  });
});

async function whenTrue(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

/** Pauses between two tries are a hundredth; timeouts are as they were. */
const hasty: DoctorTools['clock'] = {
  now: Date.now,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs <= 1500 ? delayMs / 100 : delayMs);
    return () => clearTimeout(timer);
  },
};

const helloOk = {
  type: 'hello-ok',
  protocol: 4,
  server: { version: '2026.9.6' },
  features: { methods: [], events: [] },
  snapshot: {},
  policy: { tickIntervalMs: 30_000, maxPayload: 26_214_400, maxBufferedBytes: 52_428_800 },
  auth: { method: 'token', role: 'operator', scopes: ['operator.read'] },
};
