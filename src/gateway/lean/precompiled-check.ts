import { Guard } from 'typebox/guard';
import { Errors } from 'typebox/schema';
import { Hashing } from 'typebox/system';
import type { LeanCheck } from './lazy-check.ts';

/** What generated code calls. */
type CheckTools = {
  readonly Guard: Pick<typeof Guard, 'IsMinLength' | 'IsMaxLength'>;
  readonly Hashing: Pick<typeof Hashing, 'Hash'>;
};

/** Lengths count what a reader sees as one character, so most are known without counting; so are most hashes. */
const tools: CheckTools = {
  Guard: {
    IsMinLength: (text, least) => (least <= 1 ? text.length >= least : Guard.IsMinLength(text, least)),
    IsMaxLength: (text, most) => text.length <= most || Guard.IsMaxLength(text, most),
  },
  Hashing: { Hash: (value) => (typeof value === 'string' ? `text ${value}` : Hashing.Hash(value)) },
};

/**
 * What the build puts in place of a validator of the published package: the code that its schema compiles to. The schema,
 * as JSON text, is read only to say what is wrong with a value.
 */
export function precompiledCheck(
  json: string,
  make: (tools: CheckTools) => (data: unknown) => boolean,
): LeanCheck {
  let check: ((data: unknown) => boolean) | null = null;
  const validate = Object.assign(
    (data: unknown) => {
      check ??= make(tools);
      const isValid = check(data);
      validate.errors = isValid ? null : Errors(JSON.parse(json) as object, data)[1];
      return isValid;
    },
    { errors: null as LeanCheck['errors'] },
  );
  return validate;
}
