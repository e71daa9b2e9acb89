import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startModelServer } from '../../e2e/fixtures/model-server.ts';
import { startGateway } from '../gateway/index.ts';
import { describeCalls } from './calls-spec.ts';

describeCalls('the embedded Gateway', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'chela-calls-gateway-'));
  const model = await startModelServer();
  const token = `token-${crypto.randomUUID()}`;
  const gateway = await startGateway({
    port: 0,
    stateDir,
    auth: { mode: 'token', token },
    model: { providerId: 'fake', modelId: 'fake-1', baseUrl: `http://127.0.0.1:${model.port}/v1` },
    locale: 'en',
    version: '0.1.0',
    discoverModelServers: false,
  });
  return {
    port: Number(new URL(gateway.url).port),
    token,
    async stop() {
      await gateway.stop();
      await model.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
});
