import { type ConfigPath, formatConfigPath } from '../../shared/config/config-path.ts';
import { findNode, parseJson5 } from '../../shared/config/json5-document.ts';
import { positionAt } from '../../shared/config/json5-problem.ts';
import { checkKnownKeys, type Expected, unknownTopLevelKeys } from '../../shared/config/known-keys.ts';
import { type OpenclawConfig, openclawConfigSchema } from '../../shared/config/openclaw.ts';
import { type RuleBreach, ruleBreaches } from '../../shared/config/rule-breaches.ts';
import { type SecretInput, setSecret } from '../../shared/credentials/candidates.ts';
import { serverAuth } from '../../shared/credentials/server-auth.ts';
import type { AppError } from '../../shared/errors.ts';
import { configSecrets } from '../credentials/config-secrets.ts';
import type { ConfigLocation, Env } from './discovery.ts';
import { type ConfigPosition, locateValue } from './locate.ts';
import { readConfigAt } from './openclaw-file.ts';
import { substituteVariables } from './read-authored.ts';

export type ConfigReport = {
  readonly file: string;
  readonly exists: boolean;
  /** Where the file cannot be read at all; then there are no issues. */
  readonly problem: AppError | null;
  /** Known keys whose value has another type than `expected` (a name of `causes.CONFIG_VALUE_INVALID`). */
  readonly issues: readonly (ConfigPosition & { readonly path: string; readonly expected: Expected })[];
  /** Values that a rule refuses when they are used (R24, R25). */
  readonly breaches: readonly (ConfigPosition & Omit<RuleBreach, 'path'> & { readonly path: string })[];
  /** Hints only: OpenClaw may have learned a key that is not known here. */
  readonly unknownKeys: readonly (ConfigPosition & { readonly path: string })[];
};

/** Looks at the active `openclaw.json` and its included files. Never rejects, runs nothing, writes nothing. */
export async function validateConfig(location: ConfigLocation, env: Env): Promise<ConfigReport> {
  const { file } = location;
  const { path, authored, config, problem } = await readConfigAt(location, env);
  const report = { file, exists: path !== null, problem, issues: [], breaches: [], unknownKeys: [] };
  if (path === null || problem || config === null) return report;
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
    breaches: await Promise.all(
      breachesOf(config, authored, env).map(async ({ path: at, ...breach }) => ({
        ...(await where(at)),
        ...breach,
      })),
    ),
    unknownKeys: await Promise.all(unknownTopLevelKeys(authored).map((key) => where([key]))),
  };
}

/** What R24 and R25 will say; whether a secret is there counts, and none is looked up. */
function breachesOf(config: OpenclawConfig, authored: unknown, env: Env): RuleBreach[] {
  const given = configSecrets({ file: null, authored }, { env, homeDir: '' }).configured();
  const isThere = (input: SecretInput): SecretInput =>
    input.state === 'unresolved' ? setSecret('given', input.origin) : input;
  const auth = { token: isThere(given.auth.token), password: isThere(given.auth.password) };
  return ruleBreaches(config, serverAuth(env, { ...given, auth }), env);
}

/** The same for a text that is to be written, its `$include`s left aside. */
export function breachesIn(text: string, env: Env): (RuleBreach & { line: number; column: number })[] {
  const parsed = parseJson5(text);
  if (!parsed.ok) return [];
  const { document } = parsed;
  const config = openclawConfigSchema.safeParse(substituteVariables(document.value, env));
  if (!config.success) return [];
  return breachesOf(config.data, document.value, env).map((breach) => ({
    ...breach,
    ...positionAt(document.text, findNode(document.root, breach.path)?.start ?? 0),
  }));
}
