import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { startRecordingProxy } from '../../e2e/fixtures/recording-proxy.ts';
import { createFixture, TOKEN } from '../gateway/test-support/fixture.ts';
import { checkRow, type MatrixWorld } from './test-support/credential-matrix.ts';
import { credentialRows } from './test-support/credential-rows.ts';

const fixture = createFixture();
let world: MatrixWorld;

beforeAll(async () => {
  const gateway = await fixture.start();
  const proxy = await startRecordingProxy(gateway.port);
  fixture.defer(() => proxy.stop());
  world = { cli: join(await builtApp(), 'main', 'cli.js'), proxy, secret: TOKEN };
}, 120_000);

afterAll(() => fixture.cleanUp());

describe('which secret leaves, on the wire to the embedded Gateway (R11-R21)', () => {
  it.each(credentialRows)('$rule ($setup, $command)', async (row) => {
    expect.hasAssertions();
    await checkRow(row, world);
  });
});
