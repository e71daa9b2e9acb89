import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { startRecordingProxy } from '../../e2e/fixtures/recording-proxy.ts';
import { type RunningGateway, startGateway } from '../gateway/index.ts';
import { checkRow, type MatrixWorld } from './test-support/credential-matrix.ts';
import { credentialRows } from './test-support/credential-rows.ts';

let stateDir: string;
let gateway: RunningGateway;
let world: MatrixWorld;

beforeAll(async () => {
  const cli = join(await builtApp(), 'main', 'cli.js');
  const secret = `secret-${crypto.randomUUID()}`;
  stateDir = mkdtempSync(join(tmpdir(), 'chela-matrix-gateway-'));
  gateway = await startGateway({
    port: 0,
    stateDir,
    auth: { mode: 'token', token: secret },
    model: null,
    locale: 'en',
    version: '0.1.0',
    discoverModelServers: false,
  });
  world = { cli, proxy: await startRecordingProxy(gateway.port), secret };
}, 120_000);

afterAll(async () => {
  await world?.proxy.stop();
  await gateway?.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

describe('which secret leaves, on the wire to the embedded Gateway (R11-R21)', () => {
  it.each(credentialRows)('$rule ($setup, $command)', async (row) => {
    expect.hasAssertions();
    await checkRow(row, world);
  });
});
