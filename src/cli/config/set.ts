import { type ConfigPath, parseConfigPath } from '../../shared/config/config-path.ts';
import { parseConfigValue } from '../../shared/config/config-value.ts';
import { isSecretPath } from '../../shared/config/redact-json5.ts';
import { appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { CliContext } from '../frame/context.ts';
import { inputError, readTextFile, readTextStdin } from '../gateway/read-input.ts';
import { configServiceOf } from './service.ts';
import { type WriteOptions, writePlan } from './write.ts';

export type SetOptions = WriteOptions & {
  readonly stdin?: boolean;
  readonly file?: string;
  readonly strictJson?: boolean;
};

const VALUE_BYTES = 64 * 1024;

/** `chela config set <key> [value]`. A secret on the command line is taken, with a remark: others can read it there. */
export async function setValue(
  context: CliContext,
  options: SetOptions,
  key: string,
  value: string | undefined,
): Promise<number> {
  const { out, t } = context;
  const path = parseConfigPath(key);
  if (!path.ok) return out.fail(path.error);
  if (value !== undefined && isSecretPath(path.value)) out.note(t('config.secretOnArgv'));
  const text = await readValue(context, options, value);
  if (!text.ok) return out.fail(text.error);
  const parsed = valueFor(path.value, text.value, options.strictJson ?? false);
  if (!parsed.ok) return out.fail({ ...parsed.error, details: { ...parsed.error.details, path: key } });
  const service = configServiceOf(context);
  const planned = await service.plan([{ tag: 'set', path: path.value, value: parsed.value }]);
  return writePlan(context, service, planned, options);
}

/** `chela config unset <key>`. */
export async function unsetValue(context: CliContext, options: WriteOptions, key: string): Promise<number> {
  const path = parseConfigPath(key);
  if (!path.ok) return context.out.fail(path.error);
  const service = configServiceOf(context);
  return writePlan(context, service, await service.plan([{ tag: 'unset', path: path.value }]), options);
}

/** `chela config undo`: back to what the last write replaced. */
export async function undo(context: CliContext, options: WriteOptions): Promise<number> {
  const service = configServiceOf(context);
  return writePlan(context, service, await service.planUndo(), options);
}

/** A token of digits stays the text that it is; an object is a reference to a secret. */
function valueFor(path: ConfigPath, text: string, strict: boolean): Result<unknown> {
  if (strict || !isSecretPath(path) || text.trimStart().startsWith('{')) {
    return parseConfigValue(text, { strict });
  }
  return ok(text);
}

async function readValue(
  { stdin, signal, t }: CliContext,
  { stdin: isStdin = false, file }: SetOptions,
  value: string | undefined,
): Promise<Result<string>> {
  const given = [value !== undefined, isStdin, file !== undefined].filter(Boolean).length;
  if (given !== 1) {
    const details = { reason: t('config.oneValue'), help: 'chela config set --help' };
    return err(appError('CLI_USAGE', 'one value', { details }));
  }
  if (value !== undefined) return ok(value);
  const name = isStdin ? '--stdin' : `--file ${file}`;
  const read = isStdin
    ? await readTextStdin(stdin, name, VALUE_BYTES, signal)
    : await readTextFile(file ?? '', name, VALUE_BYTES, signal);
  if (!read.ok) return read;
  // The line's end is the file's, not the value's.
  const text = (typeof read.value === 'string' ? read.value : read.value.text).replace(/\r?\n$/, '');
  return text.trim() === '' ? err(inputError(name, 'empty')) : ok(text);
}
