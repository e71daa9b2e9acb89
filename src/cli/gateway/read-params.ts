import { err, ok, type Result } from '../../shared/result.ts';
import type { CliContext } from '../frame/context.ts';
import { inputError, readTextFile, readTextStdin } from './read-input.ts';

/** What a Gateway takes in one frame. */
const PARAMS_BYTES = 25 * 1024 * 1024;

/** `--params`: JSON as it stands, `@file`, or `-` for standard input; `{}` when absent. An object. Never rejects. */
export async function readParams(
  given: string | undefined,
  { stdin, signal }: Pick<CliContext, 'stdin' | 'signal'>,
): Promise<Result<Record<string, unknown>>> {
  if (given === undefined) return ok({});
  if (given === '-') {
    const source = '--params -';
    const text = await readTextStdin(stdin, source, PARAMS_BYTES, signal);
    return text.ok ? parse(text.value, source) : text;
  }
  if (given.startsWith('@')) {
    const source = `--params ${given}`;
    const read = await readTextFile(given.slice(1), source, PARAMS_BYTES, signal);
    return read.ok ? parse(read.value.text, source) : read;
  }
  return parse(given, '--params');
}

function parse(text: string, source: string): Result<Record<string, unknown>> {
  if (text.trim() === '') return err(inputError(source, 'empty'));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Node's message quotes the text, and that may be a secret.
    return err(inputError(source, 'notJson'));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err(inputError(source, 'notObject'));
  }
  return ok(value as Record<string, unknown>);
}
