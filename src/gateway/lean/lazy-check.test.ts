import * as protocol from '@openclaw/gateway-protocol';
import { describe, expect, it } from 'vitest';
import { checkExpression } from '../../../scripts/lean-gateway.ts';
import { lazyCheck } from './lazy-check.ts';
import { precompiledCheck } from './precompiled-check.ts';

/** What the build writes into the module of validators. */
const builtCheck = (schema: object): typeof lazyCheck extends (json: string) => infer Check ? Check : never =>
  new Function('lazyCheck', 'precompiledCheck', `return ${checkExpression(schema)}`)(
    lazyCheck,
    precompiledCheck,
  );

type Published = ((data: unknown) => boolean) & { schema: object; errors: unknown };

/** The ones that methods and frames of this Gateway use, by what they check. */
const validators = Object.entries(protocol).filter(
  (entry): entry is [string, Published] =>
    /^validate(?!Worker)[A-Z]/.test(entry[0]) && 'schema' in Object(entry[1]),
);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** A value that such a schema asks for; good enough for most, and the comparison does not care. */
function sampleOf(schema: unknown): unknown {
  if (!isRecord(schema)) return null;
  if ('const' in schema) return schema.const;
  const [first] = [schema.anyOf, schema.oneOf, schema.enum].filter(Array.isArray).flat();
  if (first !== undefined) return isRecord(first) ? sampleOf(first) : first;
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(isRecord(schema.properties) ? schema.properties : {}).map(([key, value]) => [
          key,
          sampleOf(value),
        ]),
      );
    case 'array':
      return [sampleOf(schema.items)];
    case 'string':
      return 'some-text';
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return null;
  }
}

/** The sample, and the sample with each of its fields left out, wrong and too long; a field too many; no object. */
function variantsOf(schema: object): unknown[] {
  const sample = sampleOf(schema);
  if (!isRecord(sample)) return [sample, {}, []];
  const broken = Object.keys(sample).flatMap((key) => {
    const { [key]: _, ...without } = sample;
    return [
      without,
      ...[null, {}, -1.5, '', 'x'.repeat(70_000), [7]].map((value) => ({ ...sample, [key]: value })),
    ];
  });
  return [sample, {}, { ...sample, tooMany: 1 }, null, 7, 'text', [], ...broken];
}

describe('validators in the built Gateway', () => {
  it('say what the published ones say, word for word (R16)', () => {
    expect(validators.length).toBeGreaterThan(100);
    let accepted = 0;
    let precompiled = 0;
    for (const [name, published] of validators) {
      const lean = builtCheck(published.schema);
      if (checkExpression(published.schema).includes('precompiledCheck')) precompiled += 1;
      for (const value of variantsOf(published.schema)) {
        const isValid = published(value);
        if (isValid) accepted += 1;
        expect([name, lean(value), lean.errors]).toEqual([name, isValid, published.errors]);
      }
    }
    expect(accepted).toBeGreaterThan(100);
    expect(precompiled / validators.length).toBeGreaterThan(0.9);
  }, 60_000);
});
