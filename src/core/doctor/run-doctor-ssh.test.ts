import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import { doctorRungs } from '../../shared/contract/doctor.ts';
import { readTarget } from '../connection/remote-plan.ts';
import { no, person, yes } from '../ssh/test-bench.ts';
import {
  expectLadder,
  expectWords,
  hasty,
  makeClimbBench,
  oneInterface,
  TOKEN,
  whenTrue,
} from './climb-bench.ts';
import { doctorReport } from './report.ts';
import { failure, outline, rung } from './test-bench.ts';
import type { DoctorTools } from './tools.ts';

const { bench, climb, remote, trusted, gateway, fakeEnd } = makeClimbBench();

describe('the ladder over SSH', () => {
  test('R7, R36: every rung holds, tells what it saw, and leaves nothing behind', async () => {
    const sshd = await trusted();
    const port = await gateway();
    const told: string[] = [];
    const steps = await climb(remote(sshd, port), {
      onStep: ({ id, status }) => told.push(`${id} ${status}`),
    });
    expect(outline(steps)).toEqual(doctorRungs.ssh.map((id) => `${id} passed`));
    expect(told).toEqual(doctorRungs.ssh.flatMap((id) => [`${id} running`, `${id} passed`]));
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
