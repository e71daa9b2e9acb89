import { link, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../shared/errors.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { closedGuard, createPosixGuard, type PathGuard } from './path-guard.ts';
import { resolveSecret } from './resolve-secret.ts';
import { secretAt } from './secret-ref.ts';
import { answering, put, putResolver, scratch } from './test-bench.ts';

const SECRET = 'canary-5e1f9d';
const t = createTranslator('en');
/** `${NAME}`, as a configuration writes it. */
const braced = (name: string) => `\${${name}}`;

type Case = {
  token: unknown;
  secrets?: unknown;
  env?: Record<string, string>;
  homeDir?: string;
  guard?: PathGuard;
};

/** The value, or `CODE cause` of the failure; every failure has sentences without a hole and without the secret. */
async function resolved({ token, secrets, env = {}, homeDir = '/nobody', guard }: Case): Promise<string> {
  const authored = { gateway: { remote: { token } }, secrets };
  const written = secretAt(authored, ['gateway', 'remote', 'token']);
  if (written.tag === 'absent') return 'absent';
  const place = { key: 'gateway.remote.token', file: '/c/openclaw.json:3' };
  const found = await resolveSecret(written, authored, place, { env, homeDir, guard });
  if (found.ok) return found.value;
  const { title, body, fix } = describeError(found.error, t);
  const said = `${title}\n${body}\n${fix}`;
  expect(said).toContain('gateway.remote.token');
  expect(said).not.toMatch(/{{|causes\.|errors\./);
  expect(JSON.stringify(found.error)).not.toContain(SECRET);
  return [found.error.code, found.error.details?.cause].filter((part) => part !== undefined).join(' ');
}

describe('what is written at a key (R21)', () => {
  it.each<[unknown, string]>([
    [undefined, 'absent'],
    [null, 'absent'],
    ['  ', 'absent'],
    ['plain', 'plain'],
    [' padded ', 'padded'],
    [7, 'SECRET_REF_INVALID shape'],
    [[], 'SECRET_REF_INVALID shape'],
    [{ source: 'env', id: 'NAME' }, 'SECRET_REF_INVALID shape'],
    [{ source: 'vault', provider: 'default', id: 'x' }, 'SECRET_REF_INVALID source'],
    [{ source: 'env', provider: 'Default', id: 'NAME' }, 'SECRET_REF_INVALID provider'],
    [{ source: 'env', provider: 'default', id: 'name' }, 'SECRET_REF_INVALID variable'],
    [{ source: 'file', provider: 'f', id: 'a/b' }, 'SECRET_REF_INVALID pointer'],
    [{ source: 'file', provider: 'f', id: '/a~2b' }, 'SECRET_REF_INVALID pointer'],
    [{ source: 'exec', provider: 'e', id: 'a/../b' }, 'SECRET_REF_INVALID command'],
    [{ source: 'exec', provider: 'e', id: '-x' }, 'SECRET_REF_INVALID command'],
    [{ source: 'store', provider: 'default', id: 'NAME' }, 'SECRET_ONLY_GATEWAY store'],
    [{ source: 'store', provider: 'other', id: 'NAME' }, 'SECRET_PROVIDER_MISSING'],
    ['__OPENCLAW_REDACTED__', 'SECRET_VALUE_UNUSABLE placeholder'],
    ['one\ntwo', 'SECRET_VALUE_UNUSABLE control'],
    ['x'.repeat(4097), 'SECRET_VALUE_UNUSABLE long'],
  ])('%j → %s', async (token, expected) => {
    expect(await resolved({ token })).toBe(expected);
  });
});

describe('env', () => {
  const env = { NAME: SECRET, BLANK: ' ' };
  const allow = (allowlist: string[]) => ({ providers: { default: { source: 'env', allowlist } } });

  it.each<[string, unknown, unknown, string]>([
    ['braced', braced('NAME'), undefined, SECRET],
    ['$NAME', '$NAME', undefined, SECRET],
    ['inside a text', `pre-${braced('NAME')}`, undefined, `pre-${SECRET}`],
    ['inside a text, not set', `pre-${braced('OTHER')}`, undefined, 'SECRET_ENV_MISSING'],
    ['escaped', `$${braced('NAME')}`, undefined, braced('NAME')],
    ['an object', { source: 'env', provider: 'default', id: 'NAME' }, undefined, SECRET],
    ['not set', braced('OTHER'), undefined, 'SECRET_ENV_MISSING'],
    ['blank', '$BLANK', undefined, 'SECRET_ENV_MISSING'],
    ['allowed', '$NAME', allow(['NAME']), SECRET],
    ['not allowed', '$NAME', allow([]), 'SECRET_ENV_NOT_ALLOWED'],
    ['another default alias', '$NAME', { defaults: { env: 'shell' } }, SECRET],
    [
      'the old alias after an override',
      { source: 'env', provider: 'default', id: 'NAME' },
      { defaults: { env: 'shell' } },
      'SECRET_PROVIDER_MISSING',
    ],
    [
      'a default alias that another source uses too',
      '$NAME',
      { providers: { default: { source: 'file', path: '/x' } } },
      SECRET,
    ],
    [
      'broken settings',
      '$NAME',
      { providers: { default: { source: 'env', allowlist: 'NAME' } } },
      'SECRET_PROVIDER_INVALID shape',
    ],
  ])('%s', async (_what, token, secrets, expected) => {
    expect(await resolved({ token, secrets, env })).toBe(expected);
  });
});

describe('file', () => {
  const file = (path: string, more = {}) => ({ providers: { f: { source: 'file', path, ...more } } });
  const at = (id: string) => ({ source: 'file', provider: 'f', id });

  it.each<[string, string, unknown, string]>([
    ['/gateway/token', SECRET, undefined, SECRET],
    ['/a~1b/~0', '', { 'a/b': { '~': SECRET } }, SECRET],
    ['/list/1', '', { list: ['x', SECRET] }, SECRET],
    ['/list/01', '', { list: ['x', SECRET] }, 'SECRET_FILE_CONTENT noValue'],
    ['/__proto__/x', '', {}, 'SECRET_FILE_CONTENT noValue'],
    ['/none', SECRET, undefined, 'SECRET_FILE_CONTENT noValue'],
    ['/gateway', SECRET, undefined, 'SECRET_FILE_CONTENT notText'],
    ['/gateway/token', ' ', undefined, 'SECRET_FILE_CONTENT empty'],
    ['value', SECRET, undefined, 'SECRET_FILE_CONTENT noValue'],
    ['/0', '', [SECRET], 'SECRET_FILE_CONTENT notJson'],
  ])('json: %s', async (id, token, content, expected) => {
    const path = await put(
      join(await scratch(), 's.json'),
      JSON.stringify(content ?? { gateway: { token } }),
    );
    expect(await resolved({ token: at(id), secrets: file(path) })).toBe(expected);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['one newline', `${SECRET}\n`, SECRET],
    ['CRLF', `${SECRET}\r\n`, SECRET],
    ['two lines', `${SECRET}\nmore`, 'SECRET_VALUE_UNUSABLE control'],
    ['empty', '\n', 'SECRET_FILE_CONTENT empty'],
    ['binary', new Uint8Array([0xff, 0xfe, 0x00]), 'SECRET_FILE_UNUSABLE binary'],
    ['a NUL', 'a\0b', 'SECRET_FILE_UNUSABLE binary'],
    ['huge', 'x'.repeat(65), 'SECRET_FILE_UNUSABLE tooLarge'],
  ])('single value: %s', async (_what, content, expected) => {
    const path = await put(join(await scratch(), 's'), content);
    const secrets = file(path, { mode: 'singleValue', maxBytes: 64 });
    expect(await resolved({ token: at('value'), secrets })).toBe(expected);
  });

  it('a broken JSON file is not quoted', async () => {
    const path = await put(join(await scratch(), 's.json'), `{"token": ${SECRET}`);
    expect(await resolved({ token: at('/token'), secrets: file(path) })).toBe('SECRET_FILE_CONTENT notJson');
  });

  it('has one id in singleValue mode, and `~` and variables in its path', async () => {
    const dir = await scratch();
    await put(join(dir, 's'), SECRET);
    const single = { mode: 'singleValue' };
    expect(await resolved({ token: at('/x'), secrets: file(join(dir, 's'), single) })).toBe(
      'SECRET_FILE_CONTENT singleValue',
    );
    expect(await resolved({ token: at('value'), secrets: file('~/s', single), homeDir: dir })).toBe(SECRET);
    expect(
      await resolved({ token: at('value'), secrets: file(`${braced('DIR')}/s`, single), env: { DIR: dir } }),
    ).toBe(SECRET);
    expect(await resolved({ token: at('value'), secrets: file(`${braced('NONE')}/s`, single) })).toBe(
      'SECRET_PROVIDER_INVALID path',
    );
    expect(await resolved({ token: at('value'), secrets: file('s', single) })).toBe(
      'SECRET_FILE_UNUSABLE relative',
    );
    expect(await resolved({ token: at('value'), secrets: { providers: { f: { source: 'env' } } } })).toBe(
      'SECRET_PROVIDER_MISSING',
    );
  });

  it('has to be private, plain and this user’s own', async () => {
    const dir = await scratch();
    const single = { mode: 'singleValue' };
    const outcome = (path: string, guard?: PathGuard) =>
      resolved({ token: at('value'), secrets: file(path, single), ...(guard && { guard }) });
    const path = await put(join(dir, 's'), SECRET);
    expect(await outcome(path)).toBe(SECRET);
    expect(await outcome(join(dir, 'none'))).toBe('SECRET_FILE_UNUSABLE absent');
    expect(await outcome(dir)).toBe('SECRET_FILE_UNUSABLE notAFile');
    for (const mode of [0o640, 0o604, 0o620, 0o602]) {
      expect(await outcome(await put(join(dir, `open-${mode}`), SECRET, mode))).toBe(
        'SECRET_FILE_UNUSABLE open',
      );
    }
    await symlink(path, join(dir, 'link'));
    expect(await outcome(join(dir, 'link'))).toBe('SECRET_FILE_UNUSABLE link');
    expect(await outcome(path, createPosixGuard((process.getuid?.() ?? 0) + 1))).toBe(
      'SECRET_FILE_UNUSABLE foreign',
    );
    expect(await outcome(path, closedGuard)).toBe('SECRET_FILE_UNUSABLE unverifiable');
    await link(path, join(dir, 'other-name'));
    expect(await outcome(path)).toBe('SECRET_FILE_UNUSABLE hardlinked');
  });

  it('a device or a pipe is never waited for', async () => {
    expect(await resolved({ token: at('value'), secrets: file('/dev/zero', { mode: 'singleValue' }) })).toBe(
      'SECRET_FILE_UNUSABLE notAFile',
    );
  });
});

describe('exec', () => {
  const exec = (command: unknown, more = {}) => ({
    providers: { vault: { source: 'exec', command, ...more } },
  });
  const token = { source: 'exec', provider: 'vault', id: 'gateway/token#value' };
  const value = `{ protocolVersion: 1, values: { [request.ids[0]]: '${SECRET}' } }`;

  it.each<[string, string, object, string]>([
    ['protocol 1', answering(value), {}, SECRET],
    [
      'the request names protocol, provider and id',
      answering('{ protocolVersion: 1, values: { [request.ids[0]]: JSON.stringify(request) } }'),
      {},
      '{"protocolVersion":1,"provider":"vault","ids":["gateway/token#value"]}',
    ],
    ['plain text needs jsonOnly: false', `console.log('${SECRET}')`, {}, 'SECRET_COMMAND_FAILED notJson'],
    ['plain text', `console.log('${SECRET}')`, { jsonOnly: false }, SECRET],
    ['digits are plain text too', "console.log('12345')", { jsonOnly: false }, '12345'],
    [
      'an object of its own kind',
      `console.log('{"token":"${SECRET}"}')`,
      { jsonOnly: false },
      'SECRET_COMMAND_FAILED protocol',
    ],
    [
      'another protocol',
      answering(`{ protocolVersion: 2, values: { [request.ids[0]]: '${SECRET}' } }`),
      {},
      'SECRET_COMMAND_FAILED protocol',
    ],
    [
      'another id',
      answering(`{ protocolVersion: 1, values: { other: '${SECRET}' } }`),
      {},
      'SECRET_COMMAND_FAILED noValue',
    ],
    [
      'no text',
      answering('{ protocolVersion: 1, values: { [request.ids[0]]: 7 } }'),
      {},
      'SECRET_COMMAND_FAILED notText',
    ],
    [
      'an empty value',
      answering("{ protocolVersion: 1, values: { [request.ids[0]]: '' } }"),
      {},
      'SECRET_COMMAND_FAILED empty',
    ],
    ['nothing', '', {}, 'SECRET_COMMAND_FAILED empty'],
    [
      'NOT_FOUND',
      answering("{ protocolVersion: 1, values: {}, errors: { [request.ids[0]]: { code: 'NOT_FOUND' } } }"),
      {},
      'SECRET_COMMAND_FAILED notFound',
    ],
    [
      'a duplicate',
      answering(
        "{ protocolVersion: 1, values: {}, errors: { [request.ids[0]]: { code: 'AMBIGUOUS_DUPLICATE_KEY' } } }",
      ),
      {},
      'SECRET_COMMAND_FAILED duplicate',
    ],
    [
      'an error with free text is not repeated',
      answering(
        `{ protocolVersion: 1, values: {}, errors: { [request.ids[0]]: { code: '${SECRET}', message: '${SECRET}' } } }`,
      ),
      {},
      'SECRET_COMMAND_FAILED refused',
    ],
    ['a status', `console.error('${SECRET}'); process.exit(3)`, {}, 'SECRET_COMMAND_FAILED exit'],
    [
      'a signal',
      "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)",
      {},
      'SECRET_COMMAND_FAILED signal',
    ],
    [
      'bytes that are no text',
      'process.stdout.write(Buffer.from([255, 254]))',
      {},
      'SECRET_COMMAND_FAILED binary',
    ],
    [
      'too much',
      "process.stdout.write('x'.repeat(300)); setInterval(() => {}, 1000)",
      { maxOutputBytes: 200 },
      'SECRET_COMMAND_FAILED tooMuch',
    ],
    [
      'too slow',
      "setInterval(() => process.stdout.write('x'), 20)",
      { timeoutMs: 400 },
      'SECRET_COMMAND_FAILED slow',
    ],
    ['silent', 'setInterval(() => {}, 1000)', { noOutputTimeoutMs: 300 }, 'SECRET_COMMAND_FAILED silent'],
    [
      'does not read its input',
      `process.stdin.destroy(); console.log('${SECRET}')`,
      { jsonOnly: false },
      SECRET,
    ],
  ])('%s', async (_what, script, more, expected) => {
    const command = await putResolver(join(await scratch(), 'resolve'), script);
    expect(await resolved({ token, secrets: exec(command, { timeoutMs: 20_000, ...more }) })).toBe(expected);
  });

  it('sees nothing of our environment but passEnv, and its own env', async () => {
    const script = answering(
      '{ protocolVersion: 1, values: { [request.ids[0]]: Object.keys(process.env).sort().map((k) => k + "=" + process.env[k]).join(",") } }',
    );
    const command = await putResolver(join(await scratch(), 'resolve'), script);
    const env = { PASSED: '1', HIDDEN: SECRET, OPENCLAW_GATEWAY_TOKEN: SECRET };
    const secrets = exec(command, { passEnv: ['PASSED', 'UNSET'], env: { OWN: '2' }, timeoutMs: 20_000 });
    const seen = (await resolved({ token, secrets, env })).split(',');
    expect(seen.filter((one) => !one.startsWith('__CF_USER_TEXT_ENCODING'))).toEqual(['OWN=2', 'PASSED=1']);
  });

  it('gets its arguments without a shell', async () => {
    const script = 'console.log(process.argv.slice(2).join("|"))';
    const command = await putResolver(join(await scratch(), 'resolve'), script);
    const secrets = exec(command, { args: ['$(id)', 'a b'], jsonOnly: false, timeoutMs: 20_000 });
    expect(await resolved({ token, secrets })).toBe('$(id)|a b');
  });

  it('has to be an absolute, plain file that nobody else can change', async () => {
    const dir = await scratch();
    const command = await putResolver(join(dir, 'resolve'), answering(value));
    const outcome = (path: string, more: object = {}, guard?: PathGuard) =>
      resolved({ token, secrets: exec(path, { timeoutMs: 20_000, ...more }), ...(guard && { guard }) });
    expect(await outcome('resolve')).toBe('SECRET_COMMAND_UNTRUSTED relative');
    expect(await outcome(join(dir, 'none'))).toBe('SECRET_COMMAND_UNTRUSTED absent');
    expect(await outcome(dir)).toBe('SECRET_COMMAND_UNTRUSTED notAFile');
    await symlink(command, join(dir, 'link'));
    expect(await outcome(join(dir, 'link'))).toBe('SECRET_COMMAND_UNTRUSTED link');
    for (const mode of [0o720, 0o702]) {
      expect(await outcome(await put(join(dir, `open-${mode}`), '', mode))).toBe(
        'SECRET_COMMAND_UNTRUSTED open',
      );
    }
    expect(await outcome(command, {}, createPosixGuard((process.getuid?.() ?? 0) + 1))).toBe(
      'SECRET_COMMAND_UNTRUSTED foreign',
    );
    expect(await outcome(command, {}, closedGuard)).toBe('SECRET_COMMAND_UNTRUSTED unverifiable');
    expect(await outcome(command, { trustedDirs: [dir] })).toBe(SECRET);
    expect(await outcome(command, { trustedDirs: [`${dir}-other`, join(dir, 'below')] })).toBe(
      'SECRET_COMMAND_UNTRUSTED dir',
    );
    expect(await outcome(await put(join(dir, 'not-executable'), '#!/bin/sh', 0o600))).toBe(
      'SECRET_COMMAND_FAILED spawn',
    );
  });

  it('needs settings; those of a plugin are the Gateway’s', async () => {
    expect(await resolved({ token })).toBe('SECRET_PROVIDER_MISSING');
    expect(await resolved({ token, secrets: exec(undefined) })).toBe('SECRET_PROVIDER_INVALID command');
    expect(await resolved({ token, secrets: exec('/x', { args: 'x' }) })).toBe(
      'SECRET_PROVIDER_INVALID shape',
    );
    const pluginIntegration = { pluginId: 'onepassword', integrationId: 'onepassword' };
    const plugin = { providers: { vault: { source: 'exec', pluginIntegration } } };
    expect(await resolved({ token, secrets: plugin })).toBe('SECRET_ONLY_GATEWAY plugin');
  });
});
