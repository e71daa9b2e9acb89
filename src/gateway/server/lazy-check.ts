import { Build, Errors } from 'typebox/schema';

type CheckError = ReturnType<typeof Errors>[1][number];

/** What the build puts in place of each validator of the published package: its schema as JSON text, read when first needed. */
export function lazyCheck(json: string): ((data: unknown) => boolean) & { errors: CheckError[] | null } {
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
    { errors: null as CheckError[] | null },
  );
  return validate;
}
