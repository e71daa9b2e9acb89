import { describe, expect, it } from 'vitest';
import { redactJson5, redactOutput, redactValue } from './redact-json5.ts';

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

describe('what a program wrote holds no secret (R36)', () => {
  it.each([
    `debug1: Executing proxy command: exec nc --proxy-auth-token ${CANARY} -x proxy 1080`,
    `exec ncat --proxy proxy:1080 --proxy-auth ann:${CANARY} studio 22`,
    `CONNECT failed, header Proxy-Authorization: Basic ${CANARY}`,
    `curl: --password="${CANARY} and more"`,
    `GET https://ann:${CANARY}@proxy.example/?token=${CANARY}`,
    `cookie=${CANARY}; sent with Bearer ${CANARY}-and-more`,
  ])('%s', (line) => {
    expect(redactOutput(line)).not.toContain(CANARY);
    expect(redactOutput(line)).toContain('••••');
  });

  it.each([
    'ann@studio: Permission denied (publickey,password).',
    "ann@studio's password:\nHost key verification failed.",
    'Enter passphrase for key /home/ann/.ssh/id_ed25519',
    'channel 2: open failed: connect failed: Connection refused',
    'Basic authentication failed',
  ])('and says the rest: %j', (text) => expect(redactOutput(text)).toBe(text));
});
