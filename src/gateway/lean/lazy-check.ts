import { Build, Errors } from 'typebox/schema';

export type LeanCheck = ((data: unknown) => boolean) & { errors: ReturnType<typeof Errors>[1] | null };

/** For a schema whose code can't stand alone: its JSON text, read and compiled when first needed. */
export function lazyCheck(json: string): LeanCheck {
  let compiled: { schema: object; check: (data: unknown) => boolean } | null = null;
  const compile = () => {
    const schema = JSON.parse(json) as object;
    const evaluated = Build(schema).Evaluate();
    return { schema, check: (data: unknown) => evaluated.Check(data) };
  };
  const validate = Object.assign(
    (data: unknown) => {
      compiled ??= compile();
      const isValid = compiled.check(data);
      validate.errors = isValid ? null : Errors(compiled.schema, data)[1];
      return isValid;
    },
    { errors: null as LeanCheck['errors'] },
  );
  return validate;
}
