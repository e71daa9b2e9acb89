import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { type ModelServer, startModelServer } from '../../e2e/fixtures/model-server.ts';
import { startRecordingProxy } from '../../e2e/fixtures/recording-proxy.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import { checkRow, type MatrixWorld } from './test-support/credential-matrix.ts';
import { credentialRows } from './test-support/credential-rows.ts';

let model: ModelServer;
let gateway: UpstreamGateway;
let world: MatrixWorld;

beforeAll(async () => {
  const cli = join(await builtApp(), 'main', 'cli.js');
  model = await startModelServer();
  const secret = `secret-${crypto.randomUUID()}`;
  gateway = await startUpstreamGateway({ modelPort: model.port, token: secret });
  world = { cli, proxy: await startRecordingProxy(gateway.port), secret };
}, 240_000);

afterAll(async () => {
  await world?.proxy.stop();
  await gateway?.stop();
  await model?.stop();
});

describe('which secret leaves, on the wire to the real OpenClaw Gateway (R11-R21)', () => {
  it.each(credentialRows)('$rule ($setup, $command)', async (row) => {
    expect.hasAssertions();
    await checkRow(row, world);
  });
});
