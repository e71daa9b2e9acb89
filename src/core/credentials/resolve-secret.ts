import { assertNever } from '../../shared/assert-never.ts';
import type { SecretRef } from '../../shared/credentials/candidates.ts';
import { appError, type ErrorCode, type ErrorDetails } from '../../shared/errors.ts';
import { hasControl } from '../../shared/printable.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { type Clock, systemClock } from '../clock.ts';
import { askCommand } from './exec-provider.ts';
import { expandHome } from './expand-home.ts';
import { readFileSecret } from './file-provider.ts';
import { type PathGuard, systemGuard } from './path-guard.ts';
import { findProvider } from './providers.ts';
import { expandText, formatRef, property, type WrittenSecret } from './secret-ref.ts';

export type ResolverOptions = {
  /** Of the process that resolves; also what `${NAME}` comes from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly clock?: Clock | undefined;
  /** The system's own when absent. */
  readonly guard?: PathGuard | undefined;
};

/** Where a secret stands: dotted key, and file with line for the sentences. */
export type SecretPlace = { readonly key: string; readonly file: string };

/** Upstream writes this where it has hidden a secret. Never a value. */
const PLACEHOLDER = '__OPENCLAW_REDACTED__';
const MAX_LENGTH = 4096;

/**
 * The value of a secret that is set. Each way in which it can fail has an error of its own, with the key, the file
 * and what to do; no error and no log holds a value, or anything that a file or a command said. Never rejects.
 */
export async function resolveSecret(
  written: Exclude<WrittenSecret, { tag: 'absent' }>,
  authored: unknown,
  place: SecretPlace,
  options: ResolverOptions,
): Promise<Result<string>> {
  switch (written.tag) {
    case 'text': {
      const expanded = expandText(written.text, options.env);
      if (expanded.ok) return usable(expanded.text, place);
      return failure('SECRET_ENV_MISSING', place, { variable: expanded.missing });
    }
    case 'invalid':
      return failure('SECRET_REF_INVALID', place, { cause: written.cause });
    case 'ref': {
      const found = await lookUp(written.ref, authored, place, options);
      return found.ok ? usable(found.value, place) : found;
    }
    default:
      return assertNever(written);
  }
}

async function lookUp(
  ref: SecretRef,
  authored: unknown,
  place: SecretPlace,
  { env, homeDir, clock = systemClock, guard = systemGuard() }: ResolverOptions,
): Promise<Result<string>> {
  const { provider: alias, id } = ref;
  const provider = findProvider(property(authored, 'secrets'), ref, env);
  switch (provider.source) {
    case 'missing':
      return failure('SECRET_PROVIDER_MISSING', place, {
        provider: alias,
        source: ref.source,
        ref: formatRef(ref),
      });
    case 'invalid':
      return failure('SECRET_PROVIDER_INVALID', place, { provider: alias, cause: provider.cause });
    case 'store':
    case 'plugin':
      return failure('SECRET_ONLY_GATEWAY', place, { ref: formatRef(ref), cause: provider.source });
    case 'env': {
      if (provider.allowlist && !provider.allowlist.includes(id)) {
        return failure('SECRET_ENV_NOT_ALLOWED', place, { variable: id, provider: alias });
      }
      const value = env[id];
      return value?.trim() ? ok(value) : failure('SECRET_ENV_MISSING', place, { variable: id });
    }
    case 'file': {
      const found = await readFileSecret(provider, id, { guard, clock, homeDir });
      if (found.ok) return ok(found.text);
      const secretFile = expandHome(provider.path, homeDir);
      return failure(found.code, place, { secretFile, id, cause: found.cause, ...found.details });
    }
    case 'exec': {
      const found = await askCommand(provider, alias, id, { guard, clock, homeDir, env });
      if (found.ok) return ok(found.text);
      const command = expandHome(provider.command, homeDir);
      return failure(found.code, place, { command, id, cause: found.cause, ...found.details });
    }
    default:
      return assertNever(provider);
  }
}

function usable(text: string, place: SecretPlace): Result<string> {
  const value = text.trim();
  const refused = (cause: string, details: ErrorDetails = {}) =>
    failure('SECRET_VALUE_UNUSABLE', place, { cause, ...details });
  if (value.includes(PLACEHOLDER)) return refused('placeholder');
  if (value.length > MAX_LENGTH) return refused('long', { limit: MAX_LENGTH });
  if (hasControl(value)) return refused('control');
  return ok(value);
}

function failure(code: ErrorCode, place: SecretPlace, details: ErrorDetails): Result<never> {
  const { key, file } = place;
  const why = details.cause === undefined ? '' : `: ${details.cause}`;
  return err(appError(code, `${key}${why}`, { details: { key, file, ...details } }));
}
