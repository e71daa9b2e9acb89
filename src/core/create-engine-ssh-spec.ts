import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Sshd, startSshd } from '../../e2e/fixtures/sshd.ts';
import { makeTestEngine, type TestEngine } from '../../e2e/fixtures/test-engine.ts';
import type { UpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import type { DoctorStep } from '../shared/contract/doctor.ts';
import type { Snapshot } from '../shared/contract/snapshot.ts';
import type { Screen } from './engine.ts';

const isConnected = ({ connection }: Snapshot) => connection.tag === 'connected';
const isFailed = ({ connection }: Snapshot) => connection.tag === 'failed';

/** To a Gateway that runs by the time of the first test. */
export function describeEngineOverSsh(gateway: () => UpstreamGateway): void {
  describe('engine over SSH', () => {
    let test: TestEngine;
    const servers: Sshd[] = [];
    afterEach(async () => {
      await test.stop();
      for (const sshd of servers.splice(0)) await sshd.stop();
    });

    async function sshd(options: Parameters<typeof startSshd>[0] = {}): Promise<Sshd> {
      const started = await startSshd(options);
      servers.push(started);
      return started;
    }

    async function goRemote(screen: Screen, to: Sshd, change: Record<string, unknown> = {}) {
      const remote = {
        sshTarget: `${to.user}@${to.host}:${to.port}`,
        gatewayPort: gateway().port,
        localPort: test.port,
        identityFile: to.clientKey,
        token: gateway().token,
        tokenPlace: 'session' as const,
        ...change,
      };
      expect(await screen.request('settings.save', { patch: { mode: 'remote', remote } })).toMatchObject({
        ok: true,
      });
    }

    async function trust(screen: Screen) {
      const { questions } = await test.until((now) => now.questions.length > 0);
      await screen.request('questions.answer', {
        id: questions[0]?.id,
        answer: { kind: 'hostKey', trust: true },
      });
    }

    async function start(): Promise<Screen> {
      test = await makeTestEngine();
      const screen = test.engine.openScreen();
      await test.engine.start();
      return screen;
    }

    it('shows all five lamps, the crypto in use and the quality of a good connection (R6)', async () => {
      const screen = await start();
      await goRemote(screen, await sshd());
      await trust(screen);
      const { lamps, ssh, quality } = await test.until((now) => isConnected(now) && now.health !== null);
      expect(Object.values(lamps).map(({ state }) => state)).toEqual(Array(5).fill('good'));
      expect(ssh).toMatchObject({
        engine: 'builtin',
        crypto: expect.stringMatching(/native|javascript/),
        sideForwards: [],
      });
      expect(quality?.strip.at(-1)?.rttMs).toBeGreaterThan(0);
    });

    it.each(['builtin', 'openssh'])(
      'refuses a changed host key, and replaces it only for the right name (%s)',
      async (engine) => {
        const screen = await start();
        const first = await sshd();
        await goRemote(screen, first, { engine });
        await trust(screen);
        await test.until(isConnected);
        await first.kill();
        const second = await sshd({
          port: first.port,
          authorizedKeys: [readFileSync(`${first.clientKey}.pub`, 'utf8').trim()],
        });

        const changed = await test.until((now) => isFailed(now) && now.hostKeyChange !== null, 40_000);
        expect(changed.connection).toMatchObject({ error: { code: 'SSH_HOST_KEY_CHANGED' } });
        expect(changed.hostKeyChange).toMatchObject({
          host: first.host,
          port: first.port,
          fingerprint: second.hostFingerprint,
          known: [{ fingerprint: first.hostFingerprint, line: 1 }],
        });
        expect(JSON.stringify(changed.hostKeyChange)).not.toContain('"key"');
        expect(await screen.request('hostKey.replace', { typedHost: 'another' })).toMatchObject({
          ok: false,
          error: { code: 'BAD_REQUEST' },
        });
        expect(await screen.request('hostKey.replace', { typedHost: ` ${first.host} ` })).toMatchObject({
          ok: true,
        });
        const back = await test.until(isConnected);
        expect(back.hostKeyChange).toBeNull();
        const lines = readFileSync(join(test.home, '.ssh', 'known_hosts'), 'utf8');
        expect(lines).toContain(second.hostKeyLine);
        expect(lines).not.toContain(first.hostKeyLine);
      },
    );

    it('goes through the system’s OpenSSH when asked to', async () => {
      const screen = await start();
      await goRemote(screen, await sshd(), { engine: 'openssh' });
      await trust(screen);
      const { ssh, tunnel } = await test.until(isConnected, 30_000);
      expect(ssh).toMatchObject({ engine: 'openssh', crypto: null });
      expect(tunnel).toMatchObject({ tag: 'up', localPort: test.port, owner: 'app' });
    });

    it('names who holds the local port, and takes the port it suggested (R36)', async () => {
      const screen = await start();
      const to = await sshd();
      const squatter = await new Promise<Server>((resolve) => {
        const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
      });
      const address = squatter.address();
      const taken = typeof address === 'object' && address ? address.port : 0;
      await goRemote(screen, to, { localPort: taken });
      const failed = await test.until(isFailed);
      expect(failed.connection).toMatchObject({
        error: {
          code: 'PORT_IN_USE_BY',
          details: { port: taken, pid: process.pid, suggestedPort: expect.any(Number) },
        },
      });
      const { connection } = failed;
      const suggestedPort = connection.tag === 'failed' ? Number(connection.error.details?.suggestedPort) : 0;
      await screen.request('settings.save', { patch: { remote: { localPort: suggestedPort } } });
      await trust(screen);
      expect((await test.until(isConnected)).tunnel).toMatchObject({ localPort: suggestedPort });
      await new Promise((resolve) => squatter.close(resolve));
    });

    it('climbs the ladder for the screen that asked, and reports without names or secrets (R7)', async () => {
      const screen = await start();
      const stranger = test.engine.openScreen();
      const to = await sshd();
      await goRemote(screen, to);
      await trust(screen);
      await test.until(isConnected);
      const steps = new Map<string, DoctorStep>();
      const elsewhere: string[] = [];
      stranger.subscribe(({ event }) => elsewhere.push(event));
      const done = new Promise<void>((resolve) => {
        screen.subscribe((event) => {
          if (event.event === 'doctor.step') steps.set(event.payload.step.id, event.payload.step);
          if (event.event === 'doctor.done') resolve();
        });
      });
      expect(await screen.request('doctor.run', {})).toMatchObject({
        ok: true,
        value: { runId: expect.any(String) },
      });
      await done;
      expect([...steps.values()].map(({ id, status }) => `${id} ${status}`)).toEqual([
        'network passed',
        'dns passed',
        'tcp passed',
        'banner passed',
        'hostKey passed',
        'sshAuthentication passed',
        'forward passed',
        'http passed',
        'challenge passed',
        'gatewayAuthentication passed',
        'pairing passed',
        'health passed',
      ]);
      expect(elsewhere.some((event) => event.startsWith('doctor.'))).toBe(false);
      const report = await screen.request('doctor.report', { withNames: false });
      const text = (report as { value: { text: string } }).value.text;
      for (const secret of [gateway().token, to.user, to.host, test.home]) expect(text).not.toContain(secret);
    });

    it('goes back to strict when the target changes', async () => {
      const screen = await start();
      const policy = () => test.engine.snapshot().snapshot.settings.remote.hostKeyPolicy.value;
      await screen.request('settings.save', {
        patch: { remote: { sshTarget: 'ada@studio', hostKeyPolicy: 'openssh' } },
      });
      expect(policy()).toBe('openssh');
      await screen.request('settings.save', { patch: { remote: { sshTarget: 'ada@elsewhere' } } });
      expect(policy()).toBe('strict');
    });

    describe('quality of the connection', () => {
      it('is kept over a restart of the app', async () => {
        const screen = await start();
        await goRemote(screen, await sshd());
        await trust(screen);
        await test.until((now) => isConnected(now) && now.health !== null);
        await test.engine.stop();
        const kept = JSON.parse(readFileSync(join(test.dataDir, 'quality.json'), 'utf8'));
        const [buckets] = Object.values(kept.gateways) as [{ upMs: number; rtts: number[] }[]];
        expect(buckets?.[0]?.upMs).toBeGreaterThan(0);
        expect(buckets?.[0]?.rtts.length).toBeGreaterThan(0);
      });
    });
  });
}
