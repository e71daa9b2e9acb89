import { refSources, type SecretRef } from '../../shared/credentials/candidates.ts';

/** What stands at a key for a secret, before anything is looked up. */
export type WrittenSecret =
  | { readonly tag: 'absent' }
  | { readonly tag: 'text'; readonly text: string }
  | { readonly tag: 'ref'; readonly ref: SecretRef }
  /** `cause` is a key of `causes.SECRET_REF_INVALID`. */
  | { readonly tag: 'invalid'; readonly cause: string };

const VARIABLE = /^[A-Z][A-Z0-9_]{0,127}$/;
const PROVIDER = /^[a-z][a-z0-9_-]{0,63}$/;
const COMMAND_ID = /^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,255}$/;
const POINTER = /^\/(?:[^~]|~[01])*$/;
const SHORTHAND = /^\$(?:\{([A-Z][A-Z0-9_]{0,127})\}|([A-Z][A-Z0-9_]{0,127}))$/;

/**
 * Reads a secret's key as it is written: a text, `${NAME}` or `$NAME` for a variable, or `{source, provider, id}`. The
 * grammars are upstream's (docs/gateway/secrets/secretref-contract). Pure; looks nothing up.
 */
function readWrittenSecret(value: unknown, defaultEnvProvider: string): WrittenSecret {
  if (value === undefined || value === null) return { tag: 'absent' };
  if (typeof value === 'string') {
    const text = value.trim();
    if (text === '') return { tag: 'absent' };
    const shorthand = SHORTHAND.exec(text);
    const variable = shorthand?.[1] ?? shorthand?.[2];
    if (variable === undefined) return { tag: 'text', text };
    return { tag: 'ref', ref: { source: 'env', provider: defaultEnvProvider, id: variable } };
  }
  if (typeof value !== 'object' || Array.isArray(value)) return { tag: 'invalid', cause: 'shape' };
  return readRef(value as Record<string, unknown>);
}

function readRef({ source: named, provider, id }: Record<string, unknown>): WrittenSecret {
  if (typeof named !== 'string' || typeof provider !== 'string' || typeof id !== 'string') {
    return { tag: 'invalid', cause: 'shape' };
  }
  const source = refSources.find((known) => known === named);
  if (source === undefined) return { tag: 'invalid', cause: 'source' };
  if (!PROVIDER.test(provider)) return { tag: 'invalid', cause: 'provider' };
  const cause = idProblem(source, id);
  return cause === null ? { tag: 'ref', ref: { source, provider, id } } : { tag: 'invalid', cause };
}

function idProblem(source: SecretRef['source'], id: string): string | null {
  switch (source) {
    case 'env':
    case 'store':
      return VARIABLE.test(id) ? null : 'variable';
    case 'file':
      return id === 'value' || POINTER.test(id) ? null : 'pointer';
    case 'exec':
      return COMMAND_ID.test(id) && !id.split('/').some((part) => part === '.' || part === '..')
        ? null
        : 'command';
  }
}

/** For sentences: `env:default:NAME`. An id names a secret; it is none. */
export function formatRef({ source, provider, id }: SecretRef): string {
  return `${source}:${provider}:${id}`;
}

/**
 * `${NAME}` inside a text, as upstream substitutes it everywhere in the file; `$${NAME}` stands for itself. `missing`
 * names the first variable that is not set.
 */
export function expandText(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly missing: string } {
  let missing: string | null = null;
  const expanded = text.replace(/(\$?)\$\{([A-Z_][A-Z0-9_]*)\}/g, (_all, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    const value = env[name];
    if (!value) missing ??= name;
    return value ?? '';
  });
  return missing === null ? { ok: true, text: expanded } : { ok: false, missing };
}

/** What stands at a key of `openclaw.json`, which is given as it is written. */
export function secretAt(authored: unknown, path: readonly string[]): WrittenSecret {
  const value = path.reduce<unknown>(property, authored);
  return readWrittenSecret(value, defaultProvider(property(authored, 'secrets'), 'env'));
}

/** The alias that needs no entry: `secrets.defaults.<source>`, else `default`. */
export function defaultProvider(secrets: unknown, source: SecretRef['source']): string {
  const chosen = property(property(secrets, 'defaults'), source);
  return typeof chosen === 'string' && chosen !== '' ? chosen : 'default';
}

/** An own property of an object, or undefined for anything else. */
export function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
