import { existsSync } from 'node:fs';
import type { ConfigPosition } from '../../core/config/locate.ts';
import { parseConfigPath } from '../../shared/config/config-path.ts';
import { appError } from '../../shared/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import { breachLines } from './breaches.ts';
import { configServiceOf } from './service.ts';

/** `chela config path`: the file, whether it is there or not. */
export async function showPath(context: CliContext): Promise<number> {
  const { file, readOnlyBy } = configServiceOf(context).location;
  context.out.answer({ ok: true, file, exists: existsSync(file), readOnlyBy }, () => [file]);
  return exitCodes.ok;
}

/** `chela config get <key>`: the value as it is written, secrets masked. 1 where it is not set. */
export async function showValue(context: CliContext, _options: object, key: string): Promise<number> {
  const { out } = context;
  const path = parseConfigPath(key);
  if (!path.ok) return out.fail(path.error);
  const service = configServiceOf(context);
  const got = await service.get(path.value);
  if (!got.ok) return out.fail(got.error);
  const { value } = got.value;
  if (value === undefined) {
    const { file } = service.location;
    return out.fail(appError('CONFIG_PATH_ABSENT', 'not set', { details: { path: key, file } }));
  }
  out.answer({ ok: true, key, value, at: await service.locate(path.value) }, () => [
    typeof value === 'string' ? value : JSON.stringify(value, null, 2),
  ]);
  return exitCodes.ok;
}

/** `chela config validate`: 0 when OpenClaw's known keys hold what they should, else 78. */
export async function showProblems(context: CliContext): Promise<number> {
  const { out, t } = context;
  const report = await configServiceOf(context).validate();
  const { file, exists, problem, issues, breaches, unknownKeys } = report;
  if (problem) return out.fail(problem, { file });
  const at = ({ file: where, line, column }: ConfigPosition) => `${where}:${line}:${column}`;
  const isValid = issues.length === 0 && breaches.length === 0;
  out.answer({ ok: isValid, file, exists, issues, breaches, unknownKeys }, () => [
    ...issues.map((issue) => {
      const expected = t(`causes.CONFIG_VALUE_INVALID.${issue.expected}`);
      return `${out.paint('red', '■')} ${t('config.issue', { at: at(issue), key: issue.path, expected })}`;
    }),
    ...breaches.flatMap((breach) => breachLines({ ...breach, at: at(breach) }, context)),
    ...unknownKeys.map(
      (found) => `${out.paint('yellow', '▲')} ${t('config.unknownKey', { at: at(found), key: found.path })}`,
    ),
    ...(isValid
      ? [`${out.paint('green', '●')} ${t(exists ? 'config.valid' : 'config.noFile', { file })}`]
      : []),
  ]);
  return isValid ? exitCodes.ok : exitCodes.configuration;
}
