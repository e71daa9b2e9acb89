import { type ConfigPath, formatConfigPath } from '../../shared/config/config-path.ts';
import { checkKnownKeys, type Expected, unknownTopLevelKeys } from '../../shared/config/known-keys.ts';
import type { AppError } from '../../shared/errors.ts';
import type { ConfigLocation, Env } from './discovery.ts';
import { type ConfigPosition, locateValue } from './locate.ts';
import { readConfigAt } from './openclaw-file.ts';

export type ConfigReport = {
  readonly file: string;
  readonly exists: boolean;
  /** Where the file cannot be read at all; then there are no issues. */
  readonly problem: AppError | null;
  /** Known keys whose value has another type than `expected` (a name of `causes.CONFIG_VALUE_INVALID`). */
  readonly issues: readonly (ConfigPosition & { readonly path: string; readonly expected: Expected })[];
  /** Hints only: OpenClaw may have learned a key that is not known here. */
  readonly unknownKeys: readonly (ConfigPosition & { readonly path: string })[];
};

/** Looks at the active `openclaw.json` and its included files. Never rejects, runs nothing, writes nothing. */
export async function validateConfig(location: ConfigLocation, env: Env): Promise<ConfigReport> {
  const { file } = location;
  const { path, authored, problem } = await readConfigAt(location, env);
  const report = { file, exists: path !== null, problem, issues: [], unknownKeys: [] };
  if (path === null || problem) return report;
  const where = async (at: ConfigPath) => ({
    path: formatConfigPath(at),
    ...((await locateValue(file, at)) ?? { file, line: 1, column: 1 }),
  });
  return {
    ...report,
    issues: await Promise.all(
      checkKnownKeys(authored).map(async (issue) => ({
        ...(await where(issue.path)),
        expected: issue.expected,
      })),
    ),
    unknownKeys: await Promise.all(unknownTopLevelKeys(authored).map((key) => where([key]))),
  };
}
