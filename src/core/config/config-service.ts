import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { configDiff } from '../../shared/config/config-diff.ts';
import { type ConfigPath, formatConfigPath } from '../../shared/config/config-path.ts';
import { type ConfigEdit, EMPTY_DOCUMENT, editJson5 } from '../../shared/config/edit-json5.ts';
import { parseJson5 } from '../../shared/config/json5-document.ts';
import { isSameValue, valueAt } from '../../shared/config/json5-value.ts';
import { checkKnownKeys, issuesAround } from '../../shared/config/known-keys.ts';
import { redactValue } from '../../shared/config/redact-json5.ts';
import { type AppError, appError, toAppError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { brokenError } from './broken-config.ts';
import { readOwnFile, type WriteFs, writeCarefully } from './careful-write.ts';
import type { ConfigLocation, Env } from './discovery.ts';
import { type ConfigPosition, hasInclude, includesOnTheWay, locateValue } from './locate.ts';
import { type OpenclawFile, readConfigAt } from './openclaw-file.ts';
import { type ConfigReport, validateConfig } from './validate.ts';

/** What would be written, to be shown before it is. The texts hold secrets and stay in this process; `diff` does not. */
export type ConfigPlan = {
  readonly file: string;
  /** Null for an undo, which restores a whole text. */
  readonly edits: readonly ConfigEdit[] | null;
  /** Null: there is no file yet. */
  readonly before: string | null;
  readonly after: string;
  /** Unified, secrets masked; empty where nothing would change. */
  readonly diff: string;
  /** Names this very change; a screen gives it back with its consent. */
  readonly id: string;
};

/** `rebased`: somebody else had changed other parts of the file since the plan; both changes are in it now. */
export type AppliedConfig = {
  readonly written: boolean;
  readonly rebased: boolean;
  readonly backup: string | null;
};

export type ConfigService = {
  readonly location: ConfigLocation;
  read(): Promise<OpenclawFile>;
  /** The value as it is written (includes merged, `${NAME}` left), secrets masked; undefined where it is not set. */
  get(path: ConfigPath): Promise<Result<{ value: unknown }>>;
  locate(path: ConfigPath): Promise<ConfigPosition | null>;
  /** Several edits are one change: all or none. */
  plan(edits: readonly ConfigEdit[]): Promise<Result<ConfigPlan>>;
  /** Back to what the last write replaced; an undo of the undo is possible. CONFIG_NO_BACKUP. */
  planUndo(): Promise<Result<ConfigPlan>>;
  /**
   * Writes what was planned. Where the file has changed since, the edits are made on what is there now, unless one of their
   * own values has changed (or it is an undo): then CONFIG_CONFLICT, and nothing is written.
   */
  apply(plan: ConfigPlan): Promise<Result<AppliedConfig>>;
  validate(): Promise<ConfigReport>;
};

/** Reads and changes one `openclaw.json`. Holds nothing: every call looks at the disk. */
export function createConfigService(location: ConfigLocation, env: Env, fs?: WriteFs): ConfigService {
  const { file } = location;

  /** Null for no file; a file that is not ours may still be read, only not be written. */
  async function readText(): Promise<string | null> {
    return readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return null;
      throw thrown;
    });
  }

  function planned(before: string | null, after: string, edits: readonly ConfigEdit[] | null): ConfigPlan {
    const id = createHash('sha256')
      .update(JSON.stringify([file, before, after]))
      .digest('hex');
    return { file, edits, before, after, diff: configDiff(file, before, after), id };
  }

  return {
    location,
    read: () => readConfigAt(location, env),
    async get(path) {
      const { authored, problem } = await readConfigAt(location, env);
      return problem ? err(problem) : ok({ value: redactValue(valueAt(authored, path), path) });
    },
    locate: (path) => locateValue(file, path),
    async plan(edits) {
      const refusal = readOnly(location);
      if (refusal) return err(refusal);
      try {
        const before = await readText();
        const after = edited(file, before, edits);
        return after.ok ? ok(planned(before, after.value, edits)) : after;
      } catch (thrown) {
        return err(unreadable(file, thrown));
      }
    },
    async planUndo() {
      const refusal = readOnly(location);
      if (refusal) return err(refusal);
      try {
        const kept = await readOwnFile(`${file}.bak`, fs);
        if (kept === null) return err(appError('CONFIG_NO_BACKUP', 'no backup', { details: { file } }));
        return ok(planned(await readText(), kept, null));
      } catch (thrown) {
        return err(unreadable(file, thrown));
      }
    },
    async apply(plan) {
      const refusal = readOnly(location);
      if (refusal) return err(refusal);
      let rebased = false;
      let hadFile = false;
      const done = await writeCarefully(
        file,
        (current) => {
          hadFile = current !== null;
          rebased = current !== plan.before && current !== plan.after;
          return textToWrite(plan, current);
        },
        fs,
      );
      if (!done.ok) return done;
      const { written } = done.value;
      return ok({ written, rebased, backup: written && hadFile ? `${file}.bak` : null });
    },
    validate: () => validateConfig(location, env),
  };
}

function textToWrite(plan: ConfigPlan, current: string | null): Result<string> {
  if (current === plan.before) return ok(plan.after);
  if (current === plan.after) return ok(plan.after);
  const { file, edits } = plan;
  const conflict = (paths: readonly ConfigPath[]) =>
    err(
      appError('CONFIG_CONFLICT', 'changed meanwhile', {
        details: { file, paths: paths.map(formatConfigPath) },
      }),
    );
  if (edits === null) return conflict([]);
  const [then, now] = [parseJson5(plan.before ?? EMPTY_DOCUMENT), parseJson5(current ?? EMPTY_DOCUMENT)];
  if (!then.ok || !now.ok) return conflict([]);
  const moved = edits
    .map(({ path }) => path)
    .filter((path) => !isSameValue(valueAt(then.document.value, path), valueAt(now.document.value, path)));
  return moved.length > 0 ? conflict(moved) : edited(file, current, edits);
}

/** The text with the edits in it, or why they cannot be made. */
function edited(file: string, before: string | null, edits: readonly ConfigEdit[]): Result<string> {
  const text = before ?? EMPTY_DOCUMENT;
  const parsed = parseJson5(text);
  if (!parsed.ok) return err(brokenError(file, parsed.problem));
  for (const { tag, path } of edits) {
    const owners = includesOnTheWay(file, parsed.document, path);
    if (owners.length > 0) return err(included(path, owners));
    if (tag === 'set' && hasInclude(parsed.document, path)) return err(included(path, [file]));
  }
  const after = editJson5(text, edits);
  if (!after.ok) return err({ ...after.error, details: { ...after.error.details, file } });
  const reread = parseJson5(after.value);
  const issues = reread.ok ? checkKnownKeys(reread.document.value) : [];
  for (const { path } of edits) {
    const [issue] = issuesAround(issues, path);
    if (issue) return err(invalidValue(issue.path, issue.expected));
  }
  return after.value === text && before !== null ? ok(before) : after;
}

function invalidValue(path: ConfigPath, cause: string): AppError {
  return appError('CONFIG_VALUE_INVALID', `expected: ${cause}`, {
    details: { path: formatConfigPath(path), cause },
  });
}

function included(path: ConfigPath, files: readonly string[]): AppError {
  const details = { path: formatConfigPath(path), file: files.join(', ') };
  return appError('CONFIG_INCLUDED', 'the value belongs to an included file', { details });
}

function readOnly({ readOnlyBy: variable, file }: ConfigLocation): AppError | null {
  return variable && appError('CONFIG_READ_ONLY', variable, { details: { variable, file } });
}

function unreadable(file: string, thrown: unknown): AppError {
  const code = (thrown as NodeJS.ErrnoException).code;
  return code === undefined ? toAppError(thrown) : brokenError(file, { line: 1, column: 1, reason: code });
}
