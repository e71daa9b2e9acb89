import { startGatewayTunnel } from '../../e2e/fixtures/gateway-tunnel.ts';
import { startModelServer } from '../../e2e/fixtures/model-server.ts';
import { startUpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import { describeCalls } from './calls-spec.ts';

describeCalls('the real OpenClaw Gateway, over a real SSH tunnel', async () => {
  const model = await startModelServer();
  const token = `token-${crypto.randomUUID()}`;
  const gateway = await startUpstreamGateway({ modelPort: model.port, token });
  const tunnel = await startGatewayTunnel(gateway.port);
  return {
    port: tunnel.port,
    token,
    async stop() {
      await tunnel.stop();
      await gateway.stop();
      await model.stop();
    },
  };
});
