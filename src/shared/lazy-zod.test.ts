import { expect, it } from 'vitest';
import { z as realZod } from 'zod';
import { lazyZod } from './lazy-zod.ts';

const deferred = () => {
  let loads = 0;
  const z = lazyZod(() => {
    loads += 1;
    return realZod;
  });
  return { z, loads: () => loads };
};

it('R16: a schema of the built Gateway loads zod at the first value, and judges as zod does', () => {
  const { z, loads } = deferred();
  const shape = { name: z.string().trim().min(1), port: z.number().int().max(65_535).default(1) };
  const inner = z.discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('token'), token: z.string().optional() }),
    z.strictObject({ mode: z.enum(['none', 'off']) }),
  ]);
  const schema = z
    .strictObject({ ...shape, auth: inner, more: z.record(z.string(), z.array(shape.name)).nullish() })
    .transform(({ name, ...rest }) => ({ ...rest, called: name }));
  expect(loads()).toBe(0);

  expect(schema.parse({ name: ' a ', auth: { mode: 'token' }, more: { x: ['y'] } })).toEqual({
    called: 'a',
    port: 1,
    auth: { mode: 'token' },
    more: { x: ['y'] },
  });
  const refused = schema.safeParse({ name: '', port: 70_000, auth: { mode: 'else' }, extra: 1 });
  expect(refused.error?.issues.map(({ path, code }) => [path.join('.'), code])).toEqual([
    ['name', 'too_small'],
    ['port', 'too_big'],
    ['auth.mode', 'invalid_union'],
    ['', 'unrecognized_keys'],
  ]);
  expect(schema.safeParse({ name: 'b', auth: { mode: 'off' } }).success).toBe(true);
  expect(loads()).toBe(1);
});

it('R16: a regular expression, a fallback and a URL come through', () => {
  const { z } = deferred();
  expect(z.array(z.string().regex(/^a/)).safeParse(['b']).success).toBe(false);
  expect(z.string().optional().catch(undefined).parse(7)).toBeUndefined();
  expect(z.url({ protocol: /^https?$/ }).safeParse('ftp://a.example').success).toBe(false);
});
