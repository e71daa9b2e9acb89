import { GatewayProtocolRequestTimeoutError } from '@openclaw/gateway-client/browser';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../../shared/errors.ts';
import { createTranslator } from '../../../shared/i18n/index.ts';
import { requestError } from './refusal.ts';

const timeout = { method: 'sessions.patch', timeoutMs: 30_000, requestSent: true };

describe('a request that came to nothing (R8)', () => {
  it.each([
    ['gateway not connected', 'GATEWAY_NOT_CONNECTED'],
    ['gateway closed (1006): ', 'GATEWAY_NOT_CONNECTED'],
    ['gateway client stopped', 'GATEWAY_NOT_CONNECTED'],
    ['no such session', 'GATEWAY_REQUEST_FAILED'],
  ])('is told from a refusal: %s', (message, code) => {
    expect(requestError(new Error(message), 'sessions.patch').code).toBe(code);
  });

  it('says how long it waited for an answer', () => {
    const error = requestError(new GatewayProtocolRequestTimeoutError(timeout), 'sessions.patch');
    expect(error).toMatchObject({ code: 'GATEWAY_REQUEST_TIMEOUT', details: { seconds: 30 } });
  });

  it('speaks the language of the page', () => {
    const error = requestError(new Error('gateway not connected'), 'sessions.patch');
    const text = describeError(error, createTranslator('zh-Hant'));
    expect(`${text.title}${text.body}${text.fix}`).not.toContain('not connected');
  });
});
