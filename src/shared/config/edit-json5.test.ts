import { describe, expect, it } from 'vitest';
import { parseConfigPath } from './config-path.ts';
import { type ConfigEdit, EMPTY_DOCUMENT, editJson5 } from './edit-json5.ts';

function path(text: string) {
  const parsed = parseConfigPath(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}
const set = (where: string, value: unknown): ConfigEdit => ({ tag: 'set', path: path(where), value });
const unset = (where: string): ConfigEdit => ({ tag: 'unset', path: path(where) });

function edited(text: string, ...edits: ConfigEdit[]): string {
  const result = editJson5(text, edits);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}
function refusal(text: string, ...edits: ConfigEdit[]): unknown {
  const result = editJson5(text, edits);
  return result.ok ? null : result.error.code;
}

const COMMENTED = `// mine
{
  /* the gateway */
  gateway: {
    mode: 'local', // for now
    port: 0x4965,
  },
  other: [1, 2, 3], // unknown to us
}
// end
`;

describe('set', () => {
  it('changes a value and nothing else (R12)', () => {
    expect(edited(COMMENTED, set('gateway.mode', 'remote'))).toBe(COMMENTED.replace("'local'", "'remote'"));
    expect(edited(COMMENTED, set('other[1]', { a: true }))).toBe(
      COMMENTED.replace('[1, 2, 3]', '[1, {\n    a: true\n  }, 3]'),
    );
  });

  it('adds members in the style of their neighbours', () => {
    expect(edited(COMMENTED, set('gateway.remote.sshTarget', 'ada@studio'))).toBe(
      COMMENTED.replace('0x4965,\n', "0x4965,\n    remote: {\n      sshTarget: 'ada@studio'\n    },\n"),
    );
    expect(edited('{\r\n\t"a": 1 // one\r\n}', set('b', 'x'))).toBe(
      '{\r\n\t"a": 1, // one\r\n\t"b": "x"\r\n}',
    );
    expect(edited('{ "a": 1 }', set('b', [1]))).toBe('{ "a": 1, "b": [1] }');
    expect(edited('{a:1,}', set('b', 2))).toBe('{a:1, b: 2,}');
    expect(edited('{"a":{}}', set('a.b', 2))).toBe('{"a":{ "b": 2 }}');
    expect(edited('{\n  a: {},\n}', set('a.b', 2))).toBe('{\n  a: {\n    b: 2\n  },\n}');
    expect(edited('{\n  // nothing yet\n}\n', set('a', 1))).toBe('{\n  // nothing yet\n  "a": 1\n}\n');
    expect(edited('{ /* nothing */ }', set('a', 1))).toBe('{ /* nothing */\n  "a": 1\n}');
    expect(edited(EMPTY_DOCUMENT, set('gateway.mode', 'remote'))).toBe(
      '{\n  "gateway": {\n    "mode": "remote"\n  }\n}\n',
    );
  });

  it('appends to an array, and only at its end', () => {
    expect(edited('{a:[1]}', set('a[1]', 2))).toBe('{a:[1, 2]}');
    expect(edited('{}', set('a[0]', 'x'))).toBe('{\n  "a": ["x"]\n}');
    expect(refusal('{a:[1]}', set('a[3]', 2))).toBe('CONFIG_PATH_BLOCKED');
    expect(refusal('{}', set('a[1]', 2))).toBe('CONFIG_PATH_BLOCKED');
  });

  it('keeps the comments of members that stay when an object is set', () => {
    expect(edited(COMMENTED, set('gateway', { mode: 'remote', port: 18789, bind: 'lan' }))).toBe(
      COMMENTED.replace("'local'", "'remote'").replace('0x4965,\n', "0x4965,\n    bind: 'lan',\n"),
    );
  });

  it('leaves the text as it is when nothing changes', () => {
    expect(edited(COMMENTED, set('gateway.port', 18789), set('other', [1, 2, 3]))).toBe(COMMENTED);
  });

  it('keeps a byte-order mark, and a file without a last line end', () => {
    expect(edited('\uFEFF{"a":1}', set('a', 2))).toBe('\uFEFF{"a":2}');
  });

  it('sets the key that counts where one stands twice', () => {
    expect(edited('{a:1,a:2}', set('a', 3))).toBe('{a:1,a:3}');
  });

  it('refuses what is too deeply nested to be read', () => {
    expect(refusal(`{a:${'['.repeat(50_000)}${']'.repeat(50_000)}}`, set('b', 1))).toBe(
      'OPENCLAW_CONFIG_BROKEN',
    );
  });

  it.each([
    ['{gateway:1}', 'gateway.port', 'CONFIG_PATH_BLOCKED'],
    ['[]', 'a', 'CONFIG_NOT_OBJECT'],
    ['{', 'a', 'OPENCLAW_CONFIG_BROKEN'],
    ['', 'a', 'OPENCLAW_CONFIG_BROKEN'],
  ])('refuses %j %s', (text, where, code) => {
    expect(refusal(text, set(where, 1))).toBe(code);
  });
});

describe('unset', () => {
  it('takes the line, and leaves every comment', () => {
    expect(edited(COMMENTED, unset('gateway.port'))).toBe(COMMENTED.replace('    port: 0x4965,\n', ''));
    expect(edited(COMMENTED, unset('gateway.mode'))).toBe(COMMENTED.replace("mode: 'local', //", '//'));
    expect(edited(COMMENTED, unset('other'))).toBe(COMMENTED.replace('other: [1, 2, 3], //', '//'));
  });

  it.each([
    ['{ a: 1, b: 2 }', 'b', '{ a: 1 }'],
    ['{ a: 1, b: 2 }', 'a', '{ b: 2 }'],
    ['{a:1}', 'a', '{}'],
    ['{a:1,}', 'a', '{}'],
    ['{a:[1, 2, 3]}', 'a[1]', '{a:[1, 3]}'],
    ['{a:[1, 2, 3]}', 'a.2', '{a:[1, 2]}'],
    ['{a:1,b:2,a:3}', 'a', '{b:2}'],
    ['{a:1 /* , */, b:2}', 'b', '{a:1 /* , */}'],
    ['{\n  "a": 1,\n  "b": 2\n}', 'b', '{\n  "a": 1\n}'],
    ['{\n  a: 1,\n  b: 2,\n}', 'b', '{\n  a: 1,\n}'],
  ])('%j without %s', (text, where, after) => {
    expect(edited(text, unset(where))).toBe(after);
  });

  it('says when there is nothing to take', () => {
    expect(refusal('{a:{}}', unset('a.b'))).toBe('CONFIG_PATH_ABSENT');
    expect(refusal('{a:1}', unset('a.b.c'))).toBe('CONFIG_PATH_ABSENT');
    expect(refusal('{a:1}', set('b', 1), unset('c'))).toBe('CONFIG_PATH_ABSENT');
  });
});
