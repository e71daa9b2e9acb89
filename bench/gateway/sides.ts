import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { startUpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import { gatewayV8Flags } from '../../src/core/local-gateway/gateway-flags.ts';
import type { ChildMessage, ParentMessage } from '../../src/gateway/process-messages.ts';
import { type BenchClient, openFirstClient } from './client.ts';
import { ageMsOf, canMeasureProcesses, childrenOf } from './processes.ts';

export type Running = {
  readonly url: string;
  readonly token: string;
  /** From the start of the process to the first `hello-ok`, for which both sides are asked all the time. */
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
  const port = await freePort();
  const url = `ws://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = fork(modulePath, [], {
    env: { ...process.env, NODE_COMPILE_CACHE: codeCache },
    execArgv: gatewayV8Flags,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const say = (message: ParentMessage) => child.send(message);
  const told = once(child, 'message') as Promise<[ChildMessage]>;
  say({
    type: 'start',
    options: {
      port,
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
  const { client, at } = await openFirstClient({ url, token }, () => child.exitCode !== null);
  const [answer] = await told;
  if (answer.type !== 'started') throw new Error(`our Gateway did not start: ${JSON.stringify(answer)}`);
  return {
    url,
    token,
    startMs: at - startedAt,
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
  const port = await freePort();
  let isOver = false;
  const [gateway, { client, at }] = await Promise.all([
    startUpstreamGateway({ modelPort, token, port }).finally(() => {
      isOver = true;
    }),
    openFirstClient({ url: `ws://127.0.0.1:${port}`, token }, () => isOver),
  ]);
  // Its leader is the fixture's guard, which is no part of OpenClaw.
  const [rootPid = gateway.pid] = canMeasureProcesses ? childrenOf(gateway.pid) : [];
  const age = canMeasureProcesses ? ageMsOf(rootPid) : null;
  // Nor is the time that the fixture takes to start it.
  const startMs = age === null ? at - startedAt : age - (performance.now() - at);
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
