import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayOptions, type RunningGateway, startGateway } from '../index.ts';
import { type ConnectOptions, connect, type TestClient } from './wire-client.ts';

export const TOKEN = 'a-shared-token-for-tests';

export type Fixture = {
  /** A Gateway on a free port with a state directory of its own, unless told otherwise. */
  start(options?: Partial<GatewayOptions>): Promise<RunningGateway>;
  /** A device-less local tool with read and write, unless told otherwise. */
  connect(gateway: RunningGateway, options?: Partial<ConnectOptions>): Promise<TestClient>;
  stateDir(): Promise<string>;
  /** Runs at the end, last first. */
  defer(cleanUp: () => unknown): void;
  cleanUp(): Promise<void>;
};

export function createFixture(): Fixture {
  const deferred: (() => unknown)[] = [];
  const fixture: Fixture = {
    async start(options = {}) {
      const gateway = await startGateway({
        port: 0,
        stateDir: options.stateDir ?? (await fixture.stateDir()),
        auth: { mode: 'token', token: TOKEN },
        model: null,
        locale: 'en',
        version: '0.1.0',
        discoverModelServers: false,
        ...options,
        limits: { modelRetryBaseMs: 5, ...options.limits },
      });
      deferred.push(() => gateway.stop());
      return gateway;
    },
    async connect(gateway, options = {}) {
      const client = await connect({ url: gateway.url, auth: { token: TOKEN }, ...options });
      deferred.push(() => client.socket.terminate());
      return client;
    },
    async stateDir() {
      const dir = await mkdtemp(join(tmpdir(), 'chela-gateway-'));
      deferred.push(() => rm(dir, { recursive: true, force: true }));
      return dir;
    },
    defer(cleanUp) {
      deferred.push(cleanUp);
    },
    async cleanUp() {
      for (const step of deferred.splice(0).reverse()) await step();
    },
  };
  return fixture;
}
