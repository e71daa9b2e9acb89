import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from '@playwright/test';
import { remoteScene, startScreenFixture } from '../../e2e/fixtures/screen-fixture.ts';
import type { UpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import { loadDeviceIdentity } from '../../src/core/device/device-identity.ts';
import { createMemoryDeviceTokens } from '../../src/core/device/device-tokens.ts';
import { buildWebchatConnectParams } from '../../src/core/link/webchat-connect.ts';
import { ok } from '../../src/shared/result.ts';
import { openClient } from '../gateway/client.ts';
import { openBenchPage, percentile, typeFor } from './pages.ts';
import { messageText } from './stress.ts';

/** One of the two pages, on one session of the real Gateway. */
export type ChatPage = {
  /** Opens it once. */
  link(): string;
  stop(): Promise<void>;
};

export type Typing = { readonly inputP99Ms: number; readonly streamPercent: number };

const wordsPerSecond = 100;

/** A session of the real Gateway with so many messages in it. */
export async function makeSession(gateway: UpstreamGateway, key: string, messages: number): Promise<void> {
  const client = await openClient(gateway);
  await client.request('sessions.create', { key, label: key });
  for (let at = 0; at < messages; at++) {
    await client.request('chat.inject', { sessionKey: key, message: messageText(at) });
  }
  client.close();
}

/** Our page, signed in as the engine signs it in, with nothing between it and the Gateway. */
export async function ourPage(gateway: UpstreamGateway, sessionKey: string): Promise<ChatPage> {
  const dataDir = mkdtempSync(join(tmpdir(), 'chela-bench-'));
  const loaded = await loadDeviceIdentity(dataDir);
  if (!loaded.ok) throw new Error(`no identity: ${loaded.error.code}`);
  const device = loaded.value.identity;
  const deviceTokens = createMemoryDeviceTokens();
  const fixture = await startScreenFixture({
    ...remoteScene,
    endpoint: { url: gateway.url, generation: 1 },
    gateway: { version: '2026.9.6', kind: 'openclaw', mainSessionKey: sessionKey },
  });
  fixture.answer = (method, params) => {
    if (method !== 'webchat.connectParams') return null;
    const { nonce, ts } = params as { nonce: string; ts: number };
    const connectParams = buildWebchatConnectParams({
      transport: 'direct',
      nonce,
      ts,
      locale: 'en',
      credentials: { token: gateway.token },
      device,
      deviceTokens,
      gatewayKey: 'bench',
      version: '0.1.0',
    });
    return Promise.resolve(ok({ connectParams }));
  };
  return {
    link: fixture.link,
    async stop() {
      await fixture.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The real Gateway's own page. It takes the token from the address (openclaw 2026.9.6, docs/web/dashboard.md). */
export function controlUi(gateway: UpstreamGateway, sessionKey: string): ChatPage {
  const session = encodeURIComponent(sessionKey);
  return {
    link: () => `http://127.0.0.1:${gateway.port}/chat?session=${session}#token=${gateway.token}`,
    stop: async () => undefined,
  };
}

/** Somebody types while the Gateway's model answers at 100 words a second. */
export async function measureTyping(browser: Browser, chat: ChatPage, ms: number): Promise<Typing> {
  const bench = await openBenchPage(browser);
  const { page } = bench;
  try {
    await page.goto(chat.link());
    const field = page.getByPlaceholder(/^Message /);
    await field.click({ timeout: 300_000 });
    // A page may take text before it takes messages.
    await page.waitForTimeout(3000);
    // Longer than it is measured, because it begins later.
    await page.keyboard.type(`slow ${((ms + 3000) * wordsPerSecond) / 1000} at ${wordsPerSecond}`);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.body.textContent?.includes('1 2 3 4 5'), null, {
      timeout: 300_000,
    });
    await bench.takeKeyDelays();
    const streamPercent = await bench.busyDuring(() => typeFor(page, ms));
    return { inputP99Ms: percentile(await bench.takeKeyDelays(), 0.99), streamPercent };
  } finally {
    await bench.close();
  }
}
