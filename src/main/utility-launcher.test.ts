import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { gatewayV8Flags } from '../core/local-gateway/gateway-flags.ts';
import { createUtilityLauncher } from './utility-launcher.ts';

vi.mock('electron', () => import('../../e2e/fixtures/electron-stub/index.ts'));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chela-utility-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

it('R5: the Gateway’s process has the flags for V8, and no variable with a secret of its first message', async () => {
  const file = join(dir, 'child.mjs');
  writeFileSync(
    file,
    `process.parentPort.on('message', () => process.parentPort.postMessage([process.execArgv, process.env]));`,
  );
  vi.stubEnv('SOME_VARIABLE', 'the secret');
  const child = createUtilityLauncher(file)({ secrets: ['the secret'] });
  const exited = new Promise<void>((resolve) => child.onExit(() => resolve()));
  const heard = new Promise<[string[], Record<string, string>]>((resolve) =>
    child.onMessage((message) => resolve(message as [string[], Record<string, string>])),
  );
  child.send('start');
  const [flags, env] = await heard;
  expect(flags).toEqual(expect.arrayContaining(gatewayV8Flags));
  expect(Object.values(env)).not.toContain('the secret');
  child.kill();
  await exited;
});
