import { afterEach, describe, expect, it } from 'vitest';
import { createFixture, TOKEN } from '../test-support/fixture.ts';
import { handshake, newDevice } from '../test-support/wire-client.ts';
import { createRateLimit, suspectOf } from './rate-limit.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const policy = { maxAttempts: 3, windowMs: 1_000, lockoutMs: 5_000 };
const from = (address: string) => suspectOf({ kind: 'proxied', address, proxy: '10.0.0.1' }, undefined);

describe('counting wrong credentials', () => {
  it('locks out after too many within the window, for a while, that address only', () => {
    let now = 0;
    const limit = createRateLimit(policy, () => now);
    const attacker = from('203.0.113.7');
    for (let count = 0; count < 3; count += 1) limit.failed(attacker, 'shared');
    expect(limit.lockedForMs(attacker, 'shared')).toBe(5_000);
    expect(limit.lockedForMs(attacker, 'device')).toBe(0);
    expect(limit.lockedForMs(from('203.0.113.8'), 'shared')).toBe(0);
    now = 5_000;
    expect(limit.lockedForMs(attacker, 'shared')).toBe(0);
  });

  it('forgets failures outside the window, and on success', () => {
    let now = 0;
    const limit = createRateLimit(policy, () => now);
    const person = from('203.0.113.7');
    limit.failed(person, 'shared');
    limit.failed(person, 'shared');
    now = 1_001;
    limit.failed(person, 'shared');
    limit.failed(person, 'shared');
    limit.succeeded(person, 'shared');
    limit.failed(person, 'shared');
    limit.failed(person, 'shared');
    expect(limit.lockedForMs(person, 'shared')).toBe(0);
  });

  it('this computer waits longer and longer, and is never locked out', () => {
    const limit = createRateLimit(policy, () => 0);
    const local = suspectOf({ kind: 'direct', address: '127.0.0.1', isLoopback: true }, undefined);
    const delays = Array.from({ length: 50 }, () => limit.failed(local, 'shared'));
    expect(delays.slice(0, 3)).toEqual([0, 25, 50]);
    expect(delays.at(-1)).toBe(500);
    expect(limit.lockedForMs(local, 'shared')).toBe(0);
  });

  it('a flood of addresses neither fills the memory nor frees who is locked out', () => {
    const limit = createRateLimit(policy, () => 0);
    const attacker = from('203.0.113.7');
    for (let count = 0; count < 3; count += 1) limit.failed(attacker, 'shared');
    for (let index = 0; index < 12_000; index += 1) {
      limit.failed(from(`198.${18 + (index >> 14)}.${(index >> 8) & 255}.${index & 255}`), 'shared');
    }
    expect(limit.lockedForMs(attacker, 'shared')).toBe(5_000);
  });

  it('the addresses of one IPv6 subscriber are one', () => {
    expect(from('2001:db8::1').key).toBe(from('2001:db8::ffff:1').key);
    expect(from('2001:db8::1').key).not.toBe(from('2001:db8:0:1::1').key);
  });

  it('pages on this computer are counted by their origin', () => {
    const ingress = { kind: 'direct', address: '127.0.0.1', isLoopback: true } as const;
    expect(suspectOf(ingress, 'http://localhost:1')).toEqual({
      key: 'origin http://localhost:1',
      isExempt: false,
    });
  });
});

describe('at the door', () => {
  const proxied = (address: string) => ({ 'x-forwarded-for': address });
  const app = { id: 'openclaw-linux', mode: 'ui' };

  it('an attacker behind a proxy locks out himself and nobody else', async () => {
    const gateway = await fixture.start({ trustedProxies: ['127.0.0.1'], rateLimit: policy });
    const attempt = async (address: string, options: object) => {
      const { client, response } = await handshake({
        url: gateway.url,
        headers: proxied(address),
        ...options,
      });
      fixture.defer(() => client.socket.terminate());
      return response;
    };
    const guess = { id: 'cli', mode: 'cli', auth: { token: 'wrong' } };
    for (let count = 0; count < 3; count += 1) await attempt('203.0.113.7', guess);
    const locked = await attempt('203.0.113.7', { ...guess, auth: { token: TOKEN } });
    expect(locked.error).toMatchObject({
      code: 'INVALID_REQUEST',
      retryable: true,
      retryAfterMs: expect.any(Number),
      details: {
        code: 'AUTH_RATE_LIMITED',
        authReason: 'rate_limited',
        recommendedNextStep: 'wait_then_retry',
      },
    });
    expect((await attempt('203.0.113.8', { ...guess, auth: { token: TOKEN } })).ok).toBe(true);

    const http = (address: string) =>
      fetch(`http://127.0.0.1:${gateway.port}/tools/invoke`, {
        method: 'POST',
        headers: { ...proxied(address), authorization: `Bearer ${TOKEN}` },
        body: '{}',
      });
    const answer = await http('203.0.113.7');
    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await http('203.0.113.8')).status).toBe(400);
  });

  it('a paired device at the same address still gets in with its own token, in either field', async () => {
    const gateway = await fixture.start({ trustedProxies: ['127.0.0.1'], rateLimit: policy });
    const device = newDevice();
    const paired = await handshake({ url: gateway.url, ...app, device, auth: { token: TOKEN } });
    paired.client.socket.terminate();
    const { deviceToken } = (paired.response.payload as { auth: { deviceToken: string } }).auth;
    const headers = proxied('203.0.113.7');
    for (let count = 0; count < 3; count += 1) {
      await handshake({ url: gateway.url, id: 'cli', mode: 'cli', auth: { token: 'wrong' }, headers });
    }
    for (const auth of [{ deviceToken }, { token: deviceToken }]) {
      const { client, response } = await handshake({ url: gateway.url, ...app, device, auth, headers });
      client.socket.terminate();
      expect(response.error).toBeUndefined();
    }
  });
});
