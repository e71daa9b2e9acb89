import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainOptionsCheck } from '../../../scripts/plain-options.ts';
import { gatewayConfigSchema } from '../options.ts';

const isPlain: (options: unknown) => boolean = new Function(`return ${plainOptionsCheck()}`)();

const model = {
  providerId: 'fake',
  modelId: 'fake-1',
  baseUrl: 'http://127.0.0.1:4711/v1',
  apiKey: 'not-a-key',
  cost: { input: 1, output: 2.5, cacheRead: 0, cacheWrite: 0 },
};
const options = {
  port: 18_789,
  bind: 'loopback',
  stateDir: '/somewhere/gateway',
  auth: { mode: 'token', token: 'a-token' },
  model,
  agent: {
    models: [model],
    mcpServers: { one: { command: 'x', args: ['y'], env: { A: 'b' } } },
    exec: 'ask',
  },
  locale: 'en',
  version: '0.1.0',
  rateLimit: { maxAttempts: 3 },
  identityScopes: { ann: ['operator.read'] },
  discoverModelServers: [11_434],
};

const proxied = { mode: 'trusted-proxy', trustedProxy: { userHeader: 'x-user' } };
const odd = [
  null,
  undefined,
  {},
  [],
  '',
  ' ',
  0,
  -1,
  1.5,
  65_536,
  Number.NaN,
  2 ** 60,
  true,
  'none',
  'ask',
  'é',
  '👪'.repeat(200),
  'x'.repeat(300),
  'a/b',
  'http://127.0.0.1:99999/',
  'http://999.1.1.1/v1',
  'http://a..b/',
  'http://xn--a.com',
  'ftp://a.com',
  'http://Example.com',
  ' http://a.com',
  'https://api.example.com/v1',
  'http://localhost:1/v1',
  'https://user:pw@a.com',
  proxied,
  {
    ...proxied,
    trustedProxy: { ...proxied.trustedProxy, requiredHeaders: [], allowUsers: [], allowLoopback: true },
  },
  { mode: 'none' },
  { mode: 'none', token: 'x' },
  { mode: 'password', password: '' },
  [1, 2],
  ['x'],
  { a: 1 },
];

const pathsOf = (value: unknown, path: string[] = []): string[][] =>
  typeof value !== 'object' || value === null
    ? [path]
    : [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];

function changed(value: unknown, [key, ...rest]: string[], put: unknown): unknown {
  if (key === undefined) return put;
  if (Array.isArray(value))
    return value.map((item, at) => (String(at) === key ? changed(item, rest, put) : item));
  return { ...Object(value), [key]: changed(Object(value)[key], rest, put) };
}

it('R16: the plain check of the built Gateway takes usual options', () => {
  expect(isPlain(options)).toBe(true);
  expect(isPlain({ ...options, model: null, agent: undefined })).toBe(true);
});

it('R16: whatever it takes, the schema takes unchanged', () => {
  const paths = pathsOf(options).flatMap((path) => [path, [...path, 'extra']]);
  const strings = fc.oneof(fc.string({ unit: 'grapheme' }), fc.webUrl(), fc.constantFrom(...odd));
  let taken = 0;
  const check = (given: unknown) => {
    if (!isPlain(given)) return;
    taken += 1;
    expect(gatewayConfigSchema.safeParse(given)).toEqual({ success: true, data: given });
  };
  for (const path of paths) for (const value of odd) check(changed(options, path, value));
  fc.assert(
    fc.property(fc.constantFrom(...paths), strings, (path, value) => check(changed(options, path, value))),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(50);
});
