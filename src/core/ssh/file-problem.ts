/** A file that is not what it should be. `problem` is a key of the catalogue `causes.<CODE>`. */
export class FileProblem extends Error {
  readonly problem: string;
  readonly keyType: string | undefined;
  constructor(problem: string, keyType?: string) {
    super(keyType === undefined ? problem : `${problem}: ${keyType}`);
    this.problem = problem;
    this.keyType = keyType;
  }
}

/** `ENOENT` and its like; empty for an error that does not come from the system. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
