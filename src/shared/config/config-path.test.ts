import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatConfigPath, parseConfigPath } from './config-path.ts';

describe('paths of openclaw.json (R12)', () => {
  it.each([
    ['gateway.port', ['gateway', 'port']],
    ['list[0].id', ['list', 0, 'id']],
    ['list.0', ['list', '0']],
    ['models["a/b.c"].alias', ['models', 'a/b.c', 'alias']],
    [`models['it\\'s']`, ['models', "it's"]],
    ['guilds[ab-c]', ['guilds', 'ab-c']],
    ['a\\.b.c', ['a.b', 'c']],
    ['$include', ['$include']],
    ['[0][1]', [0, 1]],
    ['["a"].b', ['a', 'b']],
    [' gateway.mode ', ['gateway', 'mode']],
    ['中文.鍵', ['中文', '鍵']],
  ])('reads %s', (text, path) => {
    expect(parseConfigPath(text)).toEqual({ ok: true, value: path });
  });

  it.each([
    '',
    ' ',
    '.',
    'a.',
    '.a',
    'a..b',
    'a[',
    'a[]',
    'a]',
    'a["b]',
    'a[0]b',
    'a.__proto__.b',
    'constructor',
  ])('refuses %j', (text) => {
    expect(parseConfigPath(text)).toMatchObject({ ok: false, error: { code: 'CONFIG_PATH_INVALID' } });
  });

  it('writes what it reads', () => {
    const segment = fc.oneof(
      fc.nat(99),
      fc.string({ minLength: 1 }),
      fc.constantFrom('a', 'b-c', '0', ' x ', '"'),
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (path) => {
        fc.pre(!path.some((part) => ['__proto__', 'prototype', 'constructor'].includes(String(part))));
        expect(parseConfigPath(formatConfigPath(path))).toEqual({ ok: true, value: path });
      }),
    );
  });
});
