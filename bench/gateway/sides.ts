import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { startUpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import type { ChildMessage, ParentMessage } from '../../src/gateway/process-messages.ts';
import { type BenchClient, openClient } from './client.ts';
import { canMeasureProcesses, childrenOf } from './processes.ts';

export type Running = {
  readonly url: string;
  readonly token: string;
  /** From the start of the process to `hello-ok`. */
  readonly startMs: number;
  /** The client that got it. */
  readonly client: BenchClient;
  /** Its process tree; nothing of the bench is in it. */
  readonly rootPid: number;
  stop(): Promise<void>;
};

export type Side = (options: { modelPort: number }) => Promise<Running>;

/** The command keeps one too; the real Gateway sees to its own. */
const codeCache = join(tmpdir(), 'chela-bench-code');
const token = 'a-shared-token-for-the-bench';

/** The Gateway that the app forks, as it is built. */
export const ourGateway: Side = async ({ modelPort }) => {
  const modulePath = join(await builtApp(), 'main', 'cli', 'gateway.cjs');
  const stateDir = mkdtempSync(join(tmpdir(), 'chela-bench-'));
  const startedAt = performance.now();
  const child = fork(modulePath, [], {
    env: { ...process.env, NODE_COMPILE_CACHE: codeCache },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const say = (message: ParentMessage) => child.send(message);
  const told = once(child, 'message') as Promise<[ChildMessage]>;
  say({
    type: 'start',
    options: {
      port: 0,
      bind: 'loopback',
      stateDir,
      auth: { mode: 'token', token },
      model: {
        providerId: 'fake',
        modelId: 'fake-1',
        baseUrl: `http://127.0.0.1:${modelPort}/v1`,
        apiKey: 'not-a-key',
      },
      locale: 'en',
      version: '0.0.0',
      discoverModelServers: false,
    },
  });
  const [answer] = await told;
  if (answer.type !== 'started') throw new Error(`our Gateway did not start: ${JSON.stringify(answer)}`);
  const client = await openClient({ url: answer.url, token });
  return {
    url: answer.url,
    token,
    startMs: performance.now() - startedAt,
    client,
    rootPid: child.pid ?? 0,
    async stop() {
      client.close();
      if (child.exitCode === null) {
        say({ type: 'stop' });
        await once(child, 'exit');
      }
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
};

/** The real OpenClaw Gateway from npm. */
export const realGateway: Side = async ({ modelPort }) => {
  const startedAt = performance.now();
  const gateway = await startUpstreamGateway({ modelPort, token });
  const client = await openClient(gateway);
  const startMs = performance.now() - startedAt;
  // Its leader is the fixture's guard, which is no part of OpenClaw.
  const [rootPid = gateway.pid] = canMeasureProcesses ? childrenOf(gateway.pid) : [];
  return {
    url: gateway.url,
    token,
    startMs,
    client,
    rootPid,
    async stop() {
      client.close();
      await gateway.stop();
    },
  };
};
