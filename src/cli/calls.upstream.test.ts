import { startModelServer } from '../../e2e/fixtures/model-server.ts';
import { startUpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import { describeCalls } from './calls-spec.ts';

describeCalls('the real OpenClaw Gateway', async () => {
  const model = await startModelServer();
  const token = `token-${crypto.randomUUID()}`;
  const gateway = await startUpstreamGateway({ modelPort: model.port, token });
  return {
    port: gateway.port,
    token,
    async stop() {
      await gateway.stop();
      await model.stop();
    },
  };
});
