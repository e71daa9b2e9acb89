import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { describeError } from '../../shared/errors.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { makeSshBench } from '../ssh/test-bench.ts';
import { adoptOrExplain, type Destination } from './adopt.ts';
import { findPortHolder } from './find-port-holder.ts';
import { recognisePersistentTunnel } from './persistent-tunnel.ts';
import { probeGateway } from './probe-gateway.ts';
import { stablePortFor } from './stable-port.ts';
import { realSystem, type System } from './system.ts';

const bench = makeSshBench();

async function portOf(server: Server): Promise<number> {
  if (!server.listening) await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A WebSocket server that begins with this frame. */
async function peer(first: string): Promise<number> {
  const http = createHttpServer();
  const server = new WebSocketServer({ server: http });
  server.on('connection', (socket) => socket.send(first));
  http.listen(0, '127.0.0.1');
  bench.defer(() => {
    for (const client of server.clients) client.terminate();
    http.close();
  });
  return portOf(http);
}

const challenge = JSON.stringify({
  type: 'event',
  event: 'connect.challenge',
  payload: { nonce: 'n', ts: 1 },
});
const quick = { timeoutMs: 3000 };

describe('R36 whether a Gateway answers on a port', () => {
  it('yes, by its challenge', async () => {
    expect(await probeGateway(await peer(challenge), quick)).toBe(true);
  });

  it('no: another WebSocket server, another server, silence, nobody', async () => {
    expect(await probeGateway(await peer('hello'), quick)).toBe(false);
    expect(await probeGateway(await peer('{"event":"connect.challenge"}'), quick)).toBe(false);
    const plain = await bench.listening(createServer((socket) => socket.end('220 hello\r\n')));
    expect(await probeGateway(plain, quick)).toBe(false);
    const silent = await bench.listening(createServer());
    expect(await probeGateway(silent, { timeoutMs: 50 })).toBe(false);
    expect(await probeGateway(await freePort(), quick)).toBe(false);
  });
});

describe('a stable port of a target', () => {
  it('is the same on every day, and another for another target', async () => {
    const isFree = async () => true;
    const port = await stablePortFor('ann@gateway.example', { isFree });
    expect(port).toBe(await stablePortFor(' ann@gateway.example ', { isFree }));
    expect(port).toBeGreaterThanOrEqual(49152);
    expect(port).toBeLessThanOrEqual(65535);
    expect(port).not.toBe(await stablePortFor('bob@gateway.example', { isFree }));
    // The value itself is a promise to those who have bookmarked it.
    expect(port).toBe(63235);
  });

  it('steps aside, and gives up after so many tries', async () => {
    const first = await stablePortFor('x', { isFree: async () => true });
    expect(await stablePortFor('x', { isFree: async (port) => port !== first })).toBe((first ?? 0) + 1);
    let asked = 0;
    const isFree = async () => {
      asked++;
      return false;
    };
    expect(await stablePortFor('x', { isFree, tries: 5 })).toBeNull();
    expect(asked).toBe(5);
  });

  it('goes round at the end, and really is free', async () => {
    const taken = new Set<number>();
    for (let n = 0; n < 4; n++) {
      const port = await stablePortFor('y', {
        min: 65532,
        isFree: async (candidate) => !taken.has(candidate),
      });
      taken.add(port ?? 0);
    }
    expect([...taken].sort()).toEqual([65532, 65533, 65534, 65535]);
    const busy = await portOf(createServer().listen(0, '127.0.0.1').unref());
    expect(await stablePortFor('z', { min: busy, tries: 1 })).not.toBe(busy);
  });
});

const here: Destination = { host: '127.0.0.1', port: 22, user: 'ann' };
const target = { host: '127.0.0.1' };
const resolve = async () => here;

describe('R36 a port that is taken', () => {
  it('by a stranger: names it, suggests another, and leaves it alone', async () => {
    const port = await peer(challenge);
    const verdict = await adoptOrExplain({ port, target, resolve });
    expect(verdict).toMatchObject({
      tag: 'busy',
      error: {
        code: 'PORT_IN_USE_BY',
        retryable: false,
        details: { port, pid: process.pid, command: 'node' },
      },
    });
    if (verdict.tag !== 'busy') throw new Error('adopted');
    const { body, fix } = describeError(verdict.error, createTranslator('en'));
    expect(body).toBe(`node (process ${process.pid}) listens on 127.0.0.1:${port}.`);
    expect(fix).toContain(String(verdict.error.details?.suggestedPort));
    expect(await probeGateway(port, quick)).toBe(true);
  });

  it('by somebody whom the system does not name', async () => {
    const system: System = { ...realSystem, platform: 'linux', readFile: async () => null };
    expect(await adoptOrExplain({ port: 18789, target, resolve, system })).toMatchObject({
      tag: 'busy',
      error: { code: 'PORT_IN_USE', details: { port: 18789 } },
    });
  });

  it.runIf(process.platform === 'linux')(
    'by our own persistent tunnel: adopts it, if it leads there',
    async () => {
      const gateway = await peer(challenge);
      const sshd = await bench.server();
      bench.trust(sshd);
      const port = await freePort();
      const config = join(bench.home, 'config');
      const lines = [
        'Host remote-gateway',
        '  HostName 127.0.0.1',
        `  Port ${sshd.port}`,
        `  LocalForward ${port} 127.0.0.1:${gateway}`,
        `  IdentityFile ${sshd.clientKey}`,
        '  IdentitiesOnly yes',
        `  UserKnownHostsFile ${bench.knownHosts}`,
      ];
      writeFileSync(config, lines.join('\n'));
      const ssh = spawn('ssh', ['-F', config, '-N', 'remote-gateway'], { stdio: 'ignore' });
      bench.defer(() => ssh.kill('SIGKILL'));
      await expect
        .poll(() => findPortHolder(port), { timeout: 8000 })
        .toEqual({ pid: ssh.pid, command: 'ssh' });
      await expect.poll(() => probeGateway(port, quick), { timeout: 8000 }).toBe(true);

      expect(await adoptOrExplain({ port, target, resolve })).toEqual({ tag: 'adopt', pid: ssh.pid });
      const elsewhere = async ({ host }: { host: string }) =>
        host === 'remote-gateway' ? { ...here, host: '192.0.2.1' } : here;
      expect(await adoptOrExplain({ port, target, resolve: elsewhere })).toMatchObject({ tag: 'busy' });
      const unknown = () => Promise.reject(new Error('no ssh_config'));
      expect(await adoptOrExplain({ port, target, resolve: unknown })).toMatchObject({ tag: 'busy' });
      const dead = async () => false;
      expect(await adoptOrExplain({ port, target, resolve, probe: dead })).toMatchObject({ tag: 'busy' });
      expect(ssh.exitCode).toBeNull();
    },
  );
});

describe('R36 our own persistent tunnel', () => {
  const holder = { pid: 4242, command: 'ssh' };
  const system = (platform: NodeJS.Platform, parts: Partial<System>): System => ({
    platform,
    uid: 501,
    userName: '',
    exec: async () => null,
    readFile: async () => null,
    readLink: async () => null,
    listDirectory: async () => [],
    ...parts,
  });
  const agent = 'gui/501/ai.openclaw.ssh-tunnel = {\n\tstate = running\n\tpid = 4242\n}\n';

  it('by its LaunchAgent', async () => {
    const asked: string[] = [];
    const mac = system('darwin', {
      exec: async (file, args) => {
        asked.push([file, ...args].join(' '));
        return args[1] === 'gui/501/ai.openclaw.ssh-tunnel' ? agent : null;
      },
    });
    expect(await recognisePersistentTunnel(holder, mac)).toBe(true);
    expect(asked).toEqual(['/bin/launchctl print gui/501/ai.openclaw.ssh-tunnel']);
    expect(await recognisePersistentTunnel({ ...holder, pid: 424 }, mac)).toBe(false);
  });

  it('by its systemd unit', async () => {
    const unit =
      '0::/user.slice/user-1000.slice/user@1000.service/app.slice/ai.openclaw.ssh-tunnel.service\n';
    const linux = system('linux', { readFile: async (file) => (file.endsWith('cgroup') ? unit : null) });
    expect(await recognisePersistentTunnel(holder, linux)).toBe(true);
  });

  it('by its command line', async () => {
    const withLine = (line: string) =>
      system('darwin', { exec: async (file) => (file === '/bin/ps' ? line : null) });
    expect(await recognisePersistentTunnel(holder, withLine('/usr/bin/ssh -N remote-gateway\n'))).toBe(true);
    expect(await recognisePersistentTunnel(holder, withLine('/usr/bin/ssh remote-gateway\n'))).toBe(false);
    expect(await recognisePersistentTunnel(holder, withLine('/usr/bin/ssh -N my-remote-gateway\n'))).toBe(
      false,
    );
    const windows = system('win32', {
      exec: async () => '"C:\\Windows\\System32\\OpenSSH\\ssh.exe" -N remote-gateway\r\n',
    });
    expect(await recognisePersistentTunnel({ ...holder, command: 'ssh.exe' }, windows)).toBe(true);
  });

  it('not another program that says so', async () => {
    const linux = system('linux', { readFile: async () => 'ssh\0-N\0remote-gateway\0' });
    expect(await recognisePersistentTunnel(holder, linux)).toBe(true);
    expect(await recognisePersistentTunnel({ ...holder, command: 'python3' }, linux)).toBe(false);
  });
});
