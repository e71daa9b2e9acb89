import { createHmac } from 'node:crypto';
import JSON5 from 'json5';
import { type ConfigPath, formatConfigPath } from '../../shared/config/config-path.ts';
import { type ConfigEdit, EMPTY_DOCUMENT, editJson5 } from '../../shared/config/edit-json5.ts';
import { isSameValue, valueAt } from '../../shared/config/json5-value.ts';
import { checkKnownKeys } from '../../shared/config/known-keys.ts';
import { redactJson5 } from '../../shared/config/redact-json5.ts';
import { AppErrorException } from '../../shared/errors.ts';
import { isRecord } from '../../shared/is-record.ts';
import type { CommandLists } from '../nodes/command-policy.ts';
import type { PublishingRules } from '../nodes/node-registry.ts';
import type { GatewayConfig } from '../options.ts';
import type { ConfigFile } from './config-file.ts';
import { REDACTED, redacted, redactedPaths } from './redacted.ts';

type ConfigIssue = { readonly path: string; readonly message: string };

/** Sentences as a real Gateway says them. */
type ConfigFault = { readonly message: string; readonly issues?: readonly ConfigIssue[] };

type ConfigChange = {
  readonly hash: string;
  readonly config: unknown;
  readonly changedPaths: string[];
};

type Written =
  | { readonly ok: true; readonly change: ConfigChange }
  | { readonly ok: false; readonly fault: ConfigFault };

/** Reads and changes `openclaw.json`; no secret leaves it, and nobody overwrites what they have not seen. */
export type ConfigStore = {
  /** The answer of `config.get`. */
  describe(): object;
  /** Merges: `null` removes, an object goes into the one that is there. */
  patch(raw: string, options: { baseHash?: string; replacePaths?: readonly string[] }): Promise<Written>;
  /** Replaces the whole text. */
  set(raw: string, baseHash: string | undefined): Promise<Written>;
  commandLists(): CommandLists;
  publishing(): PublishingRules;
};

/**
 * `startNodes`: `gateway.nodes` as it was at the start, included files and all; it counts where the file itself leaves a
 * rule to an `$include`.
 */
export function createConfigStore(deps: {
  file: ConfigFile;
  hashKey: string;
  startNodes: NonNullable<GatewayConfig['nodes']>;
}): ConfigStore {
  const { file } = deps;
  const hashOf = (text: string | null) =>
    `hmac-sha256:v1:${createHmac('sha256', deps.hashKey)
      .update(text ?? '')
      .digest('base64url')}`;

  const write = async (before: string | null, after: string, hash: string | undefined): Promise<Written> => {
    const was = parsed(before ?? EMPTY_DOCUMENT).value;
    const { value } = parsed(after);
    if (!isRecord(value)) return fault('invalid config: expected an object');
    const changed = changes(was, value);
    const included = includesOf(was).find((owner) =>
      changed.some((path) => isWithin(path, owner) || isWithin(owner, path)),
    );
    if (included !== undefined) {
      const what = included.length === 0 ? 'the configuration' : formatConfigPath(included);
      return fault(`config not written: ${what} is made of other files ($include); change it there`);
    }
    const known = new Set(issuesOf(was).map(({ path }) => path));
    const issues = issuesOf(value).filter(({ path }) => !known.has(path));
    if (issues.length > 0) {
      const list = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
      return { ok: false, fault: { message: `invalid config: ${list}`, issues } };
    }
    const changedPaths = changed.map(formatConfigPath);
    if (before !== null && hash === undefined) {
      const what = changedPaths.length === 0 ? '' : ` for ${changedPaths.join(', ')}`;
      return fault(`config base hash required${what}; re-run config.get and retry with baseHash`);
    }
    const isCurrent = before === null || hash === hashOf(before);
    try {
      if (!isCurrent || (after !== before && !(await file.write(after, before)))) {
        return fault('config changed since last load; re-run config.get and retry');
      }
    } catch (thrown) {
      if (!(thrown instanceof AppErrorException)) throw thrown;
      const { code, message } = thrown.error;
      return fault(`config not written: ${code}: ${message}`);
    }
    return { ok: true, change: { hash: hashOf(after), config: redacted(value), changedPaths } };
  };

  return {
    describe() {
      const text = file.read();
      const { value, problem } = parsed(text ?? EMPTY_DOCUMENT);
      const shown = problem === null ? redacted(value) : {};
      const issues = problem === null ? issuesOf(value) : [{ path: '', message: problem }];
      const hash = hashOf(text);
      return {
        path: file.path,
        includedPaths: includesOf(value).flatMap((owner) => {
          const names = valueAt(value, [...owner, INCLUDE]);
          return [names].flat().filter((name) => typeof name === 'string');
        }),
        exists: text !== null,
        raw: text === null ? null : problem === null ? JSON.stringify(shown, null, 2) : redactJson5(text),
        parsed: shown,
        sourceConfig: shown,
        resolved: shown,
        runtimeConfig: shown,
        config: shown,
        valid: issues.length === 0,
        hash,
        configRevisionHash: hash,
        appliedConfigHash: hash,
        issues,
        warnings: [],
        legacyIssues: [],
      };
    },
    async patch(raw, { baseHash, replacePaths = [] }) {
      const { value: wish, problem } = parsed(raw);
      if (problem !== null) return fault(problem);
      if (!isRecord(wish)) return fault('invalid config: expected an object');
      const before = file.read();
      const current = parsed(before ?? EMPTY_DOCUMENT);
      if (current.problem !== null) return fault(`invalid config: ${current.problem}`);
      const edits = editsFor(wish, current.value, new Set(replacePaths), []);
      const after = editJson5(before ?? EMPTY_DOCUMENT, edits);
      if (!after.ok) return fault(`invalid config: ${after.error.message}`);
      // A list is replaced whole, and what was not there is new: both may hold placeholders.
      const whole = withSecrets(after.value, parsed(after.value).value, current.value);
      return whole.ok ? write(before, whole.text, baseHash) : fault(whole.problem);
    },
    async set(raw, baseHash) {
      const { value, problem } = parsed(raw);
      if (problem !== null) return fault(problem);
      const before = file.read();
      const current = parsed(before ?? EMPTY_DOCUMENT).value;
      const whole = withSecrets(raw, value, current);
      return whole.ok ? write(before, whole.text, baseHash) : fault(whole.problem);
    },
    commandLists() {
      const { value } = parsed(file.read() ?? EMPTY_DOCUMENT);
      const isIncluded = leavesToInclude(value, [...nodesPath, 'commands']);
      const names = (list: 'allow' | 'deny') => {
        if (isIncluded) return deps.startNodes.commands?.[list] ?? [];
        const found = valueAt(value, [...nodesPath, 'commands', list]);
        return Array.isArray(found) ? found.filter((name) => typeof name === 'string') : [];
      };
      return { allow: names('allow'), deny: names('deny') };
    },
    publishing() {
      const { value } = parsed(file.read() ?? EMPTY_DOCUMENT);
      const { allowSkills = true, pluginTools = true } = deps.startNodes;
      const rule = (path: string[], atStart: boolean) => {
        if (leavesToInclude(value, [...nodesPath, ...path])) return atStart;
        const found = valueAt(value, [...nodesPath, ...path]);
        return found === undefined || found === true;
      };
      return {
        skills: rule(['allowSkills'], allowSkills),
        tools: rule(['pluginTools', 'enabled'], pluginTools),
      };
    },
  };
}

const INCLUDE = '$include';
const nodesPath = ['gateway', 'nodes'];

/** Where objects take what is in them from other files. */
function includesOf(value: unknown, path: ConfigPath = []): ConfigPath[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => includesOf(item, [...path, index]));
  if (!isRecord(value)) return [];
  if (Object.hasOwn(value, INCLUDE)) return [path];
  return Object.entries(value).flatMap(([key, item]) => includesOf(item, [...path, key]));
}

const leavesToInclude = (value: unknown, path: ConfigPath) =>
  includesOf(value).some((owner) => isWithin(path, owner));

const isWithin = (path: ConfigPath, outer: ConfigPath) => outer.every((step, index) => path[index] === step);

/** The text with what stands in `current` in place of each placeholder of `value`, which is the text's. */
function withSecrets(
  text: string,
  value: unknown,
  current: unknown,
): { ok: true; text: string } | { ok: false; problem: string } {
  const edits = redactedPaths(value).map((path) => ({
    tag: 'set' as const,
    path,
    value: valueAt(current, path),
  }));
  const lost = edits.find((edit) => edit.value === undefined);
  if (lost !== undefined) {
    return { ok: false, problem: `invalid config: ${formatConfigPath(lost.path)}: nothing to keep there` };
  }
  const after = editJson5(text, edits);
  return after.ok
    ? { ok: true, text: after.value }
    : { ok: false, problem: `invalid config: ${after.error.message}` };
}

const fault = (message: string): Written => ({ ok: false, fault: { message } });

function parsed(text: string): { value: unknown; problem: string | null } {
  try {
    return { value: JSON5.parse(text), problem: null };
  } catch (thrown) {
    return { value: {}, problem: String(thrown) };
  }
}

const issuesOf = (value: unknown): ConfigIssue[] =>
  checkKnownKeys(value).map(({ path, expected }) => ({
    path: formatConfigPath(path),
    message: `Invalid input: expected ${expected}`,
  }));

/** What a merge means for the text: only what differs is touched, and placeholders leave their secret alone. */
function editsFor(
  wish: unknown,
  current: unknown,
  replaced: ReadonlySet<string>,
  path: ConfigPath,
): ConfigEdit[] {
  if (isRecord(wish) && isRecord(current) && !replaced.has(formatConfigPath(path))) {
    return Object.entries(wish).flatMap(([key, value]) =>
      editsFor(value, current[key], replaced, [...path, key]),
    );
  }
  if (wish === REDACTED || isSameValue(wish, current)) return [];
  if (wish === null) return current === undefined ? [] : [{ tag: 'unset', path }];
  return [{ tag: 'set', path, value: withoutNulls(wish) }];
}

function withoutNulls(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}

/** The highest places where two configurations differ. */
function changes(before: unknown, after: unknown, path: ConfigPath = []): ConfigPath[] {
  if (isSameValue(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => changes(before[key], after[key], [...path, key]));
}
