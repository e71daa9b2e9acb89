import fc from 'fast-check';
import JSON5 from 'json5';
import { describe, expect, it } from 'vitest';
import type { ConfigPath } from './config-path.ts';
import { type ConfigEdit, editJson5 } from './edit-json5.ts';
import { parseJson5 } from './json5-document.ts';
import { positionAt } from './json5-problem.ts';
import { isSameValue, valueAt } from './json5-value.ts';

/** Text that may stand anywhere between two tokens; the markers tell whether every comment survived. */
const gap = fc
  .array(fc.constantFrom(' ', '\n', '\r\n', '\t', '\u00a0', '/* c1, } */', '// c2 ] ,\n', '/*\n c3 */'), {
    maxLength: 3,
  })
  .map((parts) => parts.join(''));

const scalar = fc.oneof(
  fc.constantFrom(
    'true',
    'null',
    '0x1F',
    '+.5',
    '-Infinity',
    'NaN',
    '5.',
    '-0',
    '1e3',
    `'it\\'s'`,
    '"a\\x41\\\n"',
  ),
  fc.constantFrom("'// no comment'", '"/* none */"', '"\\u00e9"', "','"),
  fc.integer().map(String),
  fc.string().map((text) => JSON.stringify(text)),
);
const key = fc.constantFrom(
  'a',
  'b',
  'c',
  '"a"',
  "'b'",
  'null',
  '$_',
  '\\u0061b',
  '"x y"',
  'ünï',
  '"__proto__"',
);

/** JSON5 as people write it: comments, trailing commas, both quotes, keys that stand twice. */
const { node } = fc.letrec<{ node: string }>((tie) => {
  const list = (item: fc.Arbitrary<string>, open: string, close: string) =>
    fc
      .tuple(fc.array(fc.tuple(gap, item, gap), { maxLength: 4 }), fc.boolean(), gap)
      .map(([items, trailing, end]) => {
        const inner = items.map((parts) => parts.join('')).join(',');
        return open + inner + (trailing && items.length > 0 ? ',' : '') + end + close;
      });
  const member = fc
    .tuple(key, gap, gap, tie('node'))
    .map(([name, before, after, value]) => `${name}${before}:${after}${value}`);
  return {
    node: fc.oneof({ maxDepth: 3 }, scalar, list(tie('node'), '[', ']'), list(member, '{', '}')),
  };
});
const document = fc
  .tuple(
    fc.constantFrom('', '\uFEFF'),
    gap,
    fc.array(fc.tuple(gap, key, node), { maxLength: 4 }),
    fc.boolean(),
    gap,
  )
  .map(([mark, start, members, trailing, end]) => {
    const inner = members.map(([space, name, value]) => `${space}${name}: ${value}`).join(',');
    return `${mark}${start}{${inner}${trailing && members.length > 0 ? ',' : ''}${end}}${end}`;
  })
  .filter((text) => parseJson5(text).ok);

const segment = fc.constantFrom('a', 'b', 'c', 'null', 'ab', 'x y', 'new', 0, 1, '0', '$_');
const edit: fc.Arbitrary<ConfigEdit> = fc.oneof(
  fc.record({
    tag: fc.constant('set' as const),
    path: fc.array(segment, { minLength: 1, maxLength: 4 }),
    value: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
  }),
  fc.record({ tag: fc.constant('unset' as const), path: fc.array(segment, { minLength: 1, maxLength: 4 }) }),
);

/** The same edit on plain values, written without any of the code under test. */
function expected(value: unknown, { path, ...what }: ConfigEdit): unknown {
  const copy: unknown = structuredClone(value);
  let parent = copy as Record<PropertyKey, unknown>;
  for (const [depth, name] of path.slice(0, -1).entries()) {
    if (!Object.hasOwn(parent, name)) parent[name] = typeof path[depth + 1] === 'number' ? [] : {};
    parent = parent[name] as Record<PropertyKey, unknown>;
  }
  const last = path.at(-1) ?? '';
  if (what.tag === 'set') parent[last] = what.value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

const commentsOf = (text: string) => {
  const parsed = parseJson5(text);
  if (!parsed.ok) throw new Error(parsed.problem.reason);
  return parsed.document.comments.map(({ start, end }) => text.slice(start, end));
};

describe('edits of random JSON5 (R12)', () => {
  it('read back as meant, and change nothing outside', () => {
    fc.assert(
      fc.property(document, edit, (text, change) => {
        const before: unknown = JSON5.parse(text);
        const result = editJson5(text, [change]);
        if (!result.ok) {
          expect(['CONFIG_PATH_ABSENT', 'CONFIG_PATH_BLOCKED']).toContain(result.error.code);
          return;
        }
        const after: unknown = JSON5.parse(result.value);
        expect(isSameValue(after, expected(before, change))).toBe(true);
        if (isSameValue(before, after) && change.tag === 'set') expect(result.value).toBe(text);
        expectOutsideUntouched(text, result.value, change.path);
      }),
      { numRuns: 3000 },
    );
  });

  it('may be undone by setting the old value again', () => {
    fc.assert(
      fc.property(document, edit, (text, change) => {
        const before: unknown = JSON5.parse(text);
        const old = valueAt(before, change.path);
        if (change.tag !== 'set' || old === undefined) return;
        const there = editJson5(text, [change]);
        if (!there.ok) return;
        const back = editJson5(there.value, [{ ...change, value: old }]);
        expect(back.ok && isSameValue(JSON5.parse(back.value), before)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('never change an edit that comes in parts: two members at once or one by one', () => {
    fc.assert(
      fc.property(document, edit, edit, (text, one, two) => {
        const together = editJson5(text, [one, two]);
        const first = editJson5(text, [one]);
        const second = first.ok ? editJson5(first.value, [two]) : first;
        expect(together).toEqual(second);
      }),
      { numRuns: 500 },
    );
  });
});

/** Every other top-level member stands there as it did, and every comment outside the edited one survived. */
function expectOutsideUntouched(before: string, after: string, path: ConfigPath) {
  const [old, now] = [parseJson5(before), parseJson5(after)];
  if (!old.ok || !now.ok) throw new Error('unreadable');
  const { root } = old.document;
  if (root.tag !== 'object') return;
  for (const { key: name, value } of root.members) {
    if (name === String(path[0])) continue;
    expect(after).toContain(before.slice(value.start, value.end));
  }
  const inside = root.members
    .filter(({ key: name }) => name === String(path[0]))
    .flatMap(({ keySpan, value }) => commentsOf(`{${before.slice(keySpan.start, value.end)}}`)).length;
  expect(commentsOf(after).length).toBeGreaterThanOrEqual(commentsOf(before).length - inside);
  const firstComma = before.indexOf('{');
  expect(after.slice(0, firstComma)).toBe(before.slice(0, firstComma));
}

describe('positions', () => {
  it('are those of the text, for every path of a random document', () => {
    fc.assert(
      fc.property(document, (text) => {
        const parsed = parseJson5(text);
        if (!parsed.ok || parsed.document.root.tag !== 'object') throw new Error('unreadable');
        for (const { keySpan, value } of parsed.document.root.members) {
          expect(text.slice(keySpan.start, keySpan.end)).toMatch(/^(["'].*["']|[\w$\\ü].*)$/s);
          expect(isSameValue(JSON5.parse(`[${text.slice(value.start, value.end)}]`), undefined)).toBe(false);
          const { line, column } = positionAt(text, keySpan.start);
          const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
          expect(lines[line - 1]?.slice(column - 1)).toMatch(/^["'\w$\\ü]/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['{', 1, 2],
    ['{\n  a: oops\n}', 2, 6],
    ['{"a": 1 "b"}', 1, 9],
    ['', 1, 1],
  ])('of a fault: %j', (text, line, column) => {
    expect(parseJson5(text)).toMatchObject({ ok: false, problem: { line, column } });
  });
});
