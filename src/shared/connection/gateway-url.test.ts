import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGatewayUrl } from './gateway-url.ts';

const read = (text: string) => {
  const parsed = parseGatewayUrl(text);
  return parsed.ok ? parsed.value : parsed.error.details?.cause;
};

describe('parseGatewayUrl (R24)', () => {
  it.each([
    ['wss://studio.example:18789', 'wss://studio.example:18789/', 'studio.example', 18789],
    ['https://studio.example', 'wss://studio.example/', 'studio.example', 443],
    ['http://127.0.0.1:18789', 'ws://127.0.0.1:18789/', '127.0.0.1', 18789],
    ['  WS://LocalHost  ', 'ws://localhost/', 'localhost', 80],
    ['ws://localhost.:1', 'ws://localhost:1/', 'localhost', 1],
    ['wss://studio.example/gateway/?a=1', 'wss://studio.example/gateway/?a=1', 'studio.example', 443],
    ['wss://studio.example/#overview', 'wss://studio.example/', 'studio.example', 443],
    ['ws://2130706433:1', 'ws://127.0.0.1:1/', '127.0.0.1', 1],
    ['ws://0x7f.1:1', 'ws://127.0.0.1:1/', '127.0.0.1', 1],
    ['ws://0177.0.0.1:1', 'ws://127.0.0.1:1/', '127.0.0.1', 1],
    ['ws://127.0.0.1.:1', 'ws://127.0.0.1:1/', '127.0.0.1', 1],
    ['ws://１２７.0.0.1:1', 'ws://127.0.0.1:1/', '127.0.0.1', 1],
    ['ws://0x08080808:1', 'ws://8.8.8.8:1/', '8.8.8.8', 1],
    ['ws://[::ffff:8.8.8.8]:1', 'ws://[::ffff:808:808]:1/', '::ffff:808:808', 1],
    ['ws://[0:0:0:0:0:0:0:1]:1', 'ws://[::1]:1/', '::1', 1],
    ['wss://bücher.example', 'wss://xn--bcher-kva.example/', 'xn--bcher-kva.example', 443],
  ])('%s → %s', (text, href, host, port) => {
    expect(read(text)).toEqual({ href, host, port, secure: href.startsWith('wss') });
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['studio.example:18789', 'scheme'],
    ['ftp://studio.example', 'scheme'],
    ['wss:/studio.example', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['wss://', 'shape'],
    ['wss://studio example', 'shape'],
    ['wss://studio.example:99999', 'shape'],
    ['wss://studio.example:0', 'shape'],
    ['ws://localhost..:1', 'shape'],
    ['ws://1.2.3.4.5:1', 'shape'],
    ['ws://[::1', 'shape'],
    ['ws://ada:canary@127.0.0.1:1', 'credentials'],
    ['ws://canary@127.0.0.1:1', 'credentials'],
    ['wss://studio.example/?token=canary', 'credentials'],
    ['wss://studio.example/?a=1&gatewayPassword=canary', 'credentials'],
    ['http://127.0.0.1:18789/#token=canary', 'credentials'],
  ])('refuses %s: %s, without repeating it', (text, cause) => {
    const parsed = parseGatewayUrl(text);
    expect(parsed).toMatchObject({ ok: false, error: { code: 'GATEWAY_URL_INVALID', details: { cause } } });
    expect(JSON.stringify(parsed)).not.toContain('canary');
  });

  it('reads its own spelling again as the same, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()), (text) => {
        const first = parseGatewayUrl(text);
        if (first.ok) expect(parseGatewayUrl(first.value.href)).toEqual(first);
      }),
    );
  });
});
