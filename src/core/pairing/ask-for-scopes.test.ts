import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createFixture, TOKEN } from '../../gateway/test-support/fixture.ts';
import { systemClock } from '../clock.ts';
import { loadDeviceIdentity } from '../device/device-identity.ts';
import { createMemoryDeviceTokens } from '../device/device-tokens.ts';
import { OPERATOR_ROLE, OPERATOR_SCOPES } from '../link/operator.ts';
import { askForScopes } from './ask-for-scopes.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

async function ask(token: string) {
  const gateway = await fixture.start();
  const dir = mkdtempSync(join(tmpdir(), 'chela-scopes-'));
  fixture.defer(() => rmSync(dir, { recursive: true, force: true }));
  const loaded = await loadDeviceIdentity(dir);
  if (!loaded.ok) throw new Error(loaded.error.code);
  const deviceTokens = createMemoryDeviceTokens();
  deviceTokens.set('here', OPERATOR_ROLE, { token: 'of old', scopes: ['operator.read'] });
  const asked = await askForScopes({
    url: gateway.url,
    env: {},
    gatewayKey: 'here',
    credentials: { token },
    device: loaded.value.identity,
    deviceTokens,
    version: '0.1.0',
    clock: systemClock,
  });
  return { asked, kept: deviceTokens.get('here', OPERATOR_ROLE) };
}

test('keeps the device token that grants everything', async () => {
  const { asked, kept } = await ask(TOKEN);
  expect(asked).toMatchObject({ ok: true });
  expect(kept?.scopes).toEqual(OPERATOR_SCOPES);
});

test('a refusal leaves what worked before', async () => {
  const { asked, kept } = await ask('wrong');
  expect(asked).toMatchObject({ ok: false, error: { code: 'GATEWAY_TOKEN_MISMATCH' } });
  expect(kept).toEqual({ token: 'of old', scopes: ['operator.read'] });
});
