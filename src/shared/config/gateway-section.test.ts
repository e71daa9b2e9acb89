import { describe, expect, it } from 'vitest';
import type { ServerAuth } from '../credentials/server-auth.ts';
import { appError } from '../errors.ts';
import { gatewayAccessSchema } from './gateway-access.ts';
import { serverAccess } from './gateway-section.ts';
import { openclawConfigSchema } from './openclaw.ts';

const sectionOf = (gateway: unknown) => openclawConfigSchema.parse({ gateway }).gateway;
const token: ServerAuth = {
  tag: 'secret',
  kind: 'token',
  value: 'the-token',
  name: 'gateway.auth.token',
  trail: [],
};
const access = (gateway: unknown, auth: ServerAuth = token) => {
  const result = serverAccess(sectionOf(gateway), auth, 'made-up');
  if (!result.ok) return result.error.code;
  // What comes out is what a Gateway takes.
  expect(gatewayAccessSchema.safeParse(result.value).error).toBeUndefined();
  return result.value;
};

describe('who gets in, from openclaw.json', () => {
  it('nothing configured: loopback, local devices, no HTTP chat', () => {
    expect(access(undefined)).toEqual({
      auth: { mode: 'token', token: 'the-token' },
      http: { chatCompletions: false },
      controlUi: { allowedOrigins: [] },
      nodes: { pairing: { autoApproveLocal: true } },
    });
  });

  it('reads every key', () => {
    const gateway = {
      bind: 'custom',
      customBindHost: '192.0.2.1',
      trustedProxies: ['10.0.0.0/8'],
      allowRealIpFallback: true,
      tailscale: { mode: 'serve' },
      http: { endpoints: { chatCompletions: { enabled: true } } },
      controlUi: { allowedOrigins: ['https://chat.example'] },
      auth: {
        allowTailscale: false,
        identityScopes: { 'ann@example.com': ['operator.admin'] },
        rateLimit: { maxAttempts: 3 },
      },
      nodes: { pairing: { autoApproveLocal: false } },
      tools: { deny: ['sessions_history'] },
    };
    expect(access(gateway)).toEqual({
      tools: { deny: ['sessions_history'] },
      auth: { mode: 'token', token: 'the-token' },
      bind: 'custom',
      customBindHost: '192.0.2.1',
      trustedProxies: ['10.0.0.0/8'],
      allowRealIpFallback: true,
      tailscale: { mode: 'serve' },
      http: { chatCompletions: true },
      controlUi: { allowedOrigins: ['https://chat.example'] },
      allowTailscale: false,
      identityScopes: { 'ann@example.com': ['operator.admin'] },
      rateLimit: { maxAttempts: 3 },
      nodes: { pairing: { autoApproveLocal: false } },
    });
  });

  it('denies every tool over HTTP where the list cannot be read', () => {
    expect(access({ tools: { deny: 'exec' } })).toMatchObject({ tools: { deny: ['*'] } });
  });

  it('what cannot be read never opens a door', () => {
    const gateway = {
      bind: 'everywhere',
      trustedProxies: '0.0.0.0/0',
      allowRealIpFallback: 'yes',
      auth: { allowTailscale: 'no' },
      nodes: { pairing: { autoApproveLocal: 'no' } },
      controlUi: { allowedOrigins: '*' },
    };
    expect(access(gateway)).toEqual({
      auth: { mode: 'token', token: 'the-token' },
      allowTailscale: false,
      http: { chatCompletions: false },
      controlUi: { allowedOrigins: [] },
      nodes: { pairing: { autoApproveLocal: false } },
    });
  });

  it('a made-up token is marked, so that it opens loopback only (R25)', () => {
    expect(access({}, { tag: 'generate', kind: 'token', trail: [] })).toMatchObject({
      auth: { mode: 'token', token: 'made-up', generated: true },
    });
  });

  it('a reference that cannot be resolved refuses to start (R21)', () => {
    const error = appError('INTERNAL', 'unresolved');
    const auth = { tag: 'refused', error, by: null, trail: [] } as ServerAuth;
    expect(access({}, auth)).toBe('INTERNAL');
  });

  it('trusted-proxy needs a user header, and lists that can be read (R28)', () => {
    const auth: ServerAuth = { tag: 'trusted-proxy', password: null, trail: [] };
    expect(access({ auth: { trustedProxy: {} } }, auth)).toBe('SERVER_PROXY_INCOMPLETE');
    const odd = { auth: { trustedProxy: { userHeader: 'x-user', allowUsers: 'ann' } } };
    expect(access(odd, auth)).toBe('SERVER_PROXY_INCOMPLETE');
    expect(access({ auth: { trustedProxy: { userHeader: 'x-user' } } }, auth)).toMatchObject({
      auth: {
        mode: 'trusted-proxy',
        trustedProxy: { userHeader: 'x-user', requiredHeaders: [], allowUsers: [], allowLoopback: false },
      },
    });
  });
});
