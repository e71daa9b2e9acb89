import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../../e2e/fixtures/free-port.ts';
import { loadDeviceIdentity } from '../device/device-identity.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import { createHealthMonitor } from '../health/monitor.ts';
import { createGatewayLink } from '../link/gateway-link.ts';
import { findPortHolder } from '../port-holder/find-port-holder.ts';
import type { ChildHandle } from './child.ts';
import { createLocalGateway, type LocalGateway } from './local-gateway.ts';
import { createNodeLauncher } from './node-launcher.ts';

const processModule = join(import.meta.dirname, 'gateway-process.ts');

let dir: string;
const ends: (() => Promise<void> | void)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chela-embedded-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(dir, { recursive: true, force: true });
});

function create(port: number): { gateway: LocalGateway; children: ChildHandle[] } {
  const children: ChildHandle[] = [];
  const launch = createNodeLauncher(processModule);
  const gateway = createLocalGateway({
    options: {
      port,
      stateDir: join(dir, 'gateway'),
      auth: { mode: 'token', token: 'local-token' },
      model: null,
      locale: 'en',
      version: '0.1.0',
      discoverModelServers: false,
    },
    launch: (context) => {
      const child = launch(context);
      children.push(child);
      return child;
    },
  });
  ends.push(() => gateway.stop());
  return { gateway, children };
}

const reaches = (gateway: LocalGateway, tag: ReturnType<LocalGateway['state']>['tag']) =>
  expect.poll(() => gateway.state().tag, { timeout: 15_000 }).toBe(tag);

test('R6: Local: the link and its health outlive a crash of the embedded Gateway', async () => {
  const port = await freePort();
  const { gateway, children } = create(port);
  gateway.start();
  await reaches(gateway, 'running');
  expect(gateway.state()).toEqual({ tag: 'running', url: `ws://127.0.0.1:${port}`, port });

  const loaded = await loadDeviceIdentity(dir);
  if (!loaded.ok) throw new Error(loaded.error.code);
  const link = createGatewayLink({
    url: `ws://127.0.0.1:${port}`,
    gatewayKey: 'local',
    credentials: { token: 'local-token' },
    device: loaded.value.identity,
    deviceTokens: createMemoryDeviceTokens(),
    version: '0.1.0',
  });
  ends.push(() => link.stop());
  const authMethods: string[] = [];
  link.onDidChange((state) => {
    if (state.tag === 'open') authMethods.push(state.authMethod);
  });
  link.start();
  await expect.poll(() => link.state().tag).toBe('open');
  const health = createHealthMonitor({ link });
  expect(await health.check()).toMatchObject({ ok: true, error: null });

  children[0]?.kill();
  await expect.poll(() => children.length, { timeout: 15_000 }).toBe(2);
  await reaches(gateway, 'running');
  await expect.poll(() => authMethods, { timeout: 15_000 }).toEqual(['token', 'device-token']);
  expect(await health.check()).toMatchObject({ ok: true });

  await gateway.stop();
  await expect.poll(() => link.state().tag).toBe('waiting');
  expect(link.state()).toMatchObject({ error: { code: expect.stringMatching(/^GATEWAY_/) } });
});

test('R5: it ends with the Chela that started it, even with one that is killed', async () => {
  const port = await freePort();
  const options = {
    port,
    stateDir: join(dir, 'gateway'),
    auth: { mode: 'none' },
    model: null,
    locale: 'en',
    version: '0.1.0',
    discoverModelServers: false,
  };
  const chela = `
    import { createLocalGateway } from ${JSON.stringify(join(import.meta.dirname, 'local-gateway.ts'))};
    import { createNodeLauncher } from ${JSON.stringify(join(import.meta.dirname, 'node-launcher.ts'))};
    createLocalGateway({ options: ${JSON.stringify(options)}, launch: createNodeLauncher(${JSON.stringify(processModule)}) }).start();`;
  const killed = spawn(process.execPath, ['--input-type=module', '-e', chela], { stdio: 'ignore' });
  ends.push(() => void killed.kill('SIGKILL'));
  await expect.poll(() => findPortHolder(port), { timeout: 15_000, interval: 100 }).not.toBeNull();
  expect((await findPortHolder(port))?.pid).not.toBe(killed.pid);
  killed.kill('SIGKILL');
  await expect.poll(() => findPortHolder(port), { timeout: 5_000, interval: 50 }).toBeNull();
});

test('a taken port is told and not fought over', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', () => resolve()));
  ends.push(() => void squatter.close());
  const address = squatter.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { gateway } = create(port);
  gateway.start();
  await reaches(gateway, 'failed');
  expect(gateway.state()).toMatchObject({ error: { code: 'PORT_IN_USE', details: { port } } });
});
