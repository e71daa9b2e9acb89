import { startOriginProxy } from '../fixtures/origin-proxy.ts';
import {
  answers,
  backToChat,
  expect,
  expectConnected,
  fillRemote,
  save,
  send,
  test,
  trustHost,
} from './world.ts';

test('R8: where the Gateway refuses the page’s origin, the chat goes through the engine', async ({
  launch,
  remote,
}) => {
  const proxy = await startOriginProxy(remote.gateway.port);
  try {
    const { page, localPort } = await launch();
    await fillRemote(page, {
      target: remote.target,
      gatewayPort: proxy.port,
      identityFile: remote.sshd.clientKey,
      token: remote.gateway.token,
      localPort,
    });
    await save(page);
    await trustHost(page, remote.sshd);
    await expectConnected(page);
    await backToChat(page);
    await send(page, 'echo through the relay');
    await expect(answers(page).last()).toContainText('through the relay', { timeout: 30_000 });
    expect(proxy.seen.withOrigin).toBe(1);
    // The engine's own link, and the relay; on a busy computer either may have come again.
    expect(proxy.seen.withoutOrigin).toBeGreaterThanOrEqual(2);
  } finally {
    await proxy.stop();
  }
});
