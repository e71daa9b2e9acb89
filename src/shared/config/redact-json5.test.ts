import { describe, expect, it } from 'vitest';
import { redactJson5, redactValue } from './redact-json5.ts';

const CANARY = 'canary-4711';

/** Both ways in which a configuration is shown: as a text (diffs), and as a value (`config get`, `config.get`). */
const shown = (value: unknown) => [
  redactJson5(JSON.stringify(value)),
  JSON.stringify(redactValue(value, [])),
];

describe('what is shown of a configuration holds no secret', () => {
  it.each([
    ['the environment of an MCP server', { mcp: { servers: { gh: { env: { GH_PAT: CANARY } } } } }],
    [
      'the environment of a secret provider',
      { secrets: { providers: { vault: { env: { VAULT: CANARY } } } } },
    ],
    ['the environment of the file', { env: { ANY_NAME: CANARY, vars: { OTHER: CANARY } } }],
    ['the value after an option', { mcp: { servers: { x: { args: ['-v', '--api-key', CANARY] } } } }],
    ['an option with its value', { mcp: { servers: { x: { args: [`--access-token=${CANARY}`] } } } }],
    [
      'a query of a URL',
      { mcp: { servers: { x: { url: `https://x.test/mcp?access_token=${CANARY}&a=1` } } } },
    ],
    ['a name that is a token', { models: { providers: { x: { baseUrl: `https://${CANARY}@x.test/v1` } } } }],
    ['a password in a URL', { models: { providers: { x: { baseUrl: `https://me:${CANARY}@x.test` } } } }],
    ['a header', { mcp: { servers: { x: { headers: { 'X-Anything': CANARY } } } } }],
  ])('%s', (_what, value) => {
    for (const text of shown(value)) {
      expect(text).not.toContain(CANARY);
      expect(text).toContain('••••');
    }
  });

  it.each([
    [
      'options that hold none',
      { mcp: { servers: { x: { args: ['--token-file', '/run/t', '--port', '1', '-y'] } } } },
    ],
    ['what reads the shell', { env: { shellEnv: { enabled: true, timeoutMs: 15000 } } }],
  ])('shows %s', (_what, value) => {
    for (const text of shown(value)) expect(JSON.parse(text)).toEqual(value);
  });
});
