import { createHash, createPublicKey, verify } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Result } from '../../shared/result.ts';
import { loadDeviceIdentity } from './device-identity.ts';
import { createMemoryDeviceTokens, openDeviceTokens } from './device-tokens.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'chela-device-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}
const modeOf = (file: string) => statSync(file).mode & 0o777;
const onUnix = test.skipIf(process.platform === 'win32');

describe('device identity', () => {
  const file = () => join(dataDir, 'device-identity.json');

  test('is made once and then stays', async () => {
    const first = value(await loadDeviceIdentity(dataDir)).identity;
    const second = value(await loadDeviceIdentity(dataDir)).identity;
    expect(second.deviceId).toBe(first.deviceId);
    expect(readdirSync(dataDir)).toEqual(['device-identity.json']);
  });

  test('signs so that the public key it names verifies, and its id is that key’s hash', async () => {
    const { identity } = value(await loadDeviceIdentity(dataDir));
    const raw = Buffer.from(identity.publicKey, 'base64url');
    expect(identity.deviceId).toBe(createHash('sha256').update(raw).digest('hex'));
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: identity.publicKey },
      format: 'jwk',
    });
    const signature = Buffer.from(identity.sign('v3|häuser'), 'base64url');
    expect(verify(null, Buffer.from('v3|häuser'), key, signature)).toBe(true);
  });

  onUnix('is for the owner only, also after somebody widened it', async () => {
    await loadDeviceIdentity(join(dataDir, 'new'));
    expect(modeOf(join(dataDir, 'new'))).toBe(0o700);
    expect(modeOf(join(dataDir, 'new', 'device-identity.json'))).toBe(0o600);
    const text = readFileSync(join(dataDir, 'new', 'device-identity.json'), 'utf8');
    writeFileSync(file(), text, { mode: 0o644 });
    await loadDeviceIdentity(dataDir);
    expect(modeOf(file())).toBe(0o600);
  });

  test('a damaged file is kept beside the new one', async () => {
    const before = value(await loadDeviceIdentity(dataDir)).identity;
    const damaged = readFileSync(file(), 'utf8').replace(before.deviceId, 'f'.repeat(64));
    writeFileSync(file(), damaged);
    const { identity, notice } = value(await loadDeviceIdentity(dataDir, () => 1234));
    expect(identity.deviceId).not.toBe(before.deviceId);
    expect(readFileSync(`${file()}.broken-1234`, 'utf8')).toBe(damaged);
    expect(notice).toMatchObject({ code: 'DEVICE_FILE_BROKEN', details: { file: `${file()}.broken-1234` } });
  });

  onUnix('a symbolic link is refused and its target left alone', async () => {
    const target = join(dataDir, 'elsewhere.json');
    writeFileSync(target, 'precious');
    symlinkSync(target, file());
    expect(await loadDeviceIdentity(dataDir)).toMatchObject({ ok: false, error: { code: 'FILE_NOT_OURS' } });
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });

  test('two processes that start together end up as one device', async () => {
    const loaded = await Promise.all(Array.from({ length: 8 }, () => loadDeviceIdentity(dataDir)));
    const ids = new Set(loaded.map((result) => value(result).identity.deviceId));
    expect(ids.size).toBe(1);
    expect(readdirSync(dataDir)).toEqual(['device-identity.json']);
  });
});

describe('device tokens', () => {
  const file = () => join(dataDir, 'device-tokens.json');
  const open = async (deviceId = 'device-a') => value(await openDeviceTokens({ dataDir, deviceId }));

  test('are kept per Gateway and role, for the owner only', async () => {
    const tokens = await open();
    tokens.set('ssh:home', 'operator', { token: 'one', scopes: ['operator.read'] });
    tokens.set('local', 'operator', { token: 'two', scopes: [] });
    tokens.set('local', 'node', { token: 'three', scopes: [] });
    tokens.forget('local', 'operator');
    expect(await tokens.flush()).toEqual({ ok: true, value: undefined });

    const again = await open();
    expect(again.get('ssh:home', 'operator')).toEqual({ token: 'one', scopes: ['operator.read'] });
    expect(again.get('local', 'operator')).toBeNull();
    expect(again.get('local', 'node')?.token).toBe('three');
    if (process.platform !== 'win32') expect(modeOf(file())).toBe(0o600);
  });

  test('belong to the identity they were given to', async () => {
    const tokens = await open('device-a');
    tokens.set('local', 'operator', { token: 'one', scopes: [] });
    await tokens.flush();
    expect((await open('device-b')).get('local', 'operator')).toBeNull();
    expect((await open('device-a')).get('local', 'operator')?.token).toBe('one');
  });

  test('a damaged file is set aside', async () => {
    writeFileSync(file(), '{"version":1,"gateways":[]}');
    const tokens = value(await openDeviceTokens({ dataDir, deviceId: 'device-a', now: () => 77 }));
    expect(tokens.get('local', 'operator')).toBeNull();
    expect(readFileSync(`${file()}.broken-77`, 'utf8')).toContain('gateways');
  });

  onUnix('a file that became a link is not written through', async () => {
    const problems: string[] = [];
    const tokens = value(
      await openDeviceTokens({ dataDir, deviceId: 'a', onProblem: (error) => problems.push(error.code) }),
    );
    writeFileSync(join(dataDir, 'elsewhere'), 'precious');
    symlinkSync(join(dataDir, 'elsewhere'), file());
    tokens.set('local', 'operator', { token: 'one', scopes: [] });
    expect(await tokens.flush()).toMatchObject({ ok: false, error: { code: 'FILE_NOT_OURS' } });
    expect(problems).toEqual(['FILE_NOT_OURS']);
    expect(readFileSync(join(dataDir, 'elsewhere'), 'utf8')).toBe('precious');
    expect(tokens.get('local', 'operator')?.token).toBe('one');
  });

  test('in memory nothing is kept', () => {
    const tokens = createMemoryDeviceTokens();
    tokens.set('local', 'operator', { token: 'one', scopes: [] });
    expect(tokens.get('local', 'operator')?.token).toBe('one');
    expect(createMemoryDeviceTokens().get('local', 'operator')).toBeNull();
  });
});
