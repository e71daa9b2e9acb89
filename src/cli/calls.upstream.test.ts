import { afterAll, beforeAll } from 'vitest';
import { itHasControls } from '../../e2e/fixtures/chat-controls.ts';
import { describeChatFaults } from '../../e2e/fixtures/chat-faults.ts';
import { startGatewayTunnel } from '../../e2e/fixtures/gateway-tunnel.ts';
import { type ModelServer, startModelServer } from '../../e2e/fixtures/model-server.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import { describeCalls } from './calls-spec.ts';

// One start of the real Gateway serves both: the chats talk in `main`, the calls in conversations of their own.
let model: ModelServer;
let gateway: UpstreamGateway;
beforeAll(async () => {
  model = await startModelServer();
  gateway = await startUpstreamGateway({ modelPort: model.port, token: `token-${crypto.randomUUID()}` });
});
afterAll(async () => {
  await gateway?.stop();
  await model?.stop();
});

describeChatFaults(
  'the OpenClaw Gateway',
  async () => ({ port: gateway.port, token: gateway.token, hearsWhatCrossed: false, stop: async () => {} }),
  // Its answers take long, and these wait for many: in long runs only.
  process.env.CHELA_SOAK === '1' ? itHasControls : undefined,
);

describeCalls('the real OpenClaw Gateway, over a real SSH tunnel', async () => {
  const tunnel = await startGatewayTunnel(gateway.port);
  return { port: tunnel.port, token: gateway.token, stop: tunnel.stop };
});
