import JSON5 from 'json5';
import type { ConfigPath } from './config-path.ts';
import { type Json5Document, type Json5Node, parseJson5 } from './json5-document.ts';
import { type Splice, splice } from './json5-splices.ts';
import { isSameValue, valueAt } from './json5-value.ts';
import { MASK, redactUrl } from './redact-url.ts';

/** Stands for a secret that differs from the one before, so that a diff shows that it changes. */
const NEW_MASK = '•••• (new)';

const SECRET_NAME =
  'tokens?|password|passwd|passphrase|secrets?|api[-_]?keys?|private[-_]?key|access[-_]?key|signing[-_]?key|credentials?|authorization|cookie|bearer|webhook[-_]?url';
const SECRET_KEY = new RegExp(`(?:${SECRET_NAME})$`, 'i');
const IN_COMMENT = new RegExp(
  `((?:${SECRET_NAME})["']?\\s*[:=]\\s*(?:(?:Bearer|Basic)\\s+)?)("[^"\\n]*"|'[^'\\n]*'|[^\\s,}\\]]+)`,
  'gi',
);
/** An option of a command whose value is a secret: `--api-key`. */
const SECRET_OPTION = new RegExp(`^--?[\\w-]*(?:${SECRET_NAME})$`, 'i');
/** The same in a line; of a proxy's the name is in it. */
const OPTION_THEN_VALUE = new RegExp(
  `((?:^|\\s)--?[\\w-]*(?:${SECRET_NAME}|proxy-auth|proxy-user)[ =]\\s*)("[^"\\n]*"|'[^'\\n]*'|\\S+)`,
  'gi',
);
const OPTION_WITH_VALUE = new RegExp(`^(["']?--?[\\w-]*(?:${SECRET_NAME})=)[^"']+`, 'i');
/** A whole `${NAME}` or `$NAME` is a reference, not a secret. */
const REFERENCE = /^\$(?:\{[A-Z_][A-Z0-9_]*\}|[A-Z_][A-Z0-9_]*)$/;

/**
 * The text with every secret masked: values of keys that name one, whatever stands below them except a SecretRef,
 * environment values and headers wherever they stand, options of commands, passwords and tokens in URLs, and the same in comments. With `before`, secrets that differ from it are
 * marked as new. Of a text that is no JSON5 every quoted value is masked.
 */
export function redactJson5(text: string, before?: unknown): string {
  const parsed = parseJson5(text);
  if (!parsed.ok) return redactBroken(text);
  const splices: Splice[] = [];
  collect(parsed.document, parsed.document.root, [], false, before, splices);
  for (const { start, end } of parsed.document.comments) {
    splices.push({ start, end, text: redactComment(text.slice(start, end)) });
  }
  return splice(text, splices);
}

/** Whether the value at a path is a secret that nobody gets to see. */
export function isSecretPath(path: ConfigPath): boolean {
  const keys = path.filter((segment) => typeof segment === 'string' && !/^\d+$/.test(segment)).map(String);
  const above = keys.slice(0, -1);
  const isEnvironment = above.includes('env') && !(keys[0] === 'env' && keys[1] === 'shellEnv');
  const isHeader = above.some((key) => /headers$/i.test(key));
  return isEnvironment || isHeader || SECRET_KEY.test(keys.at(-1) ?? '');
}

/** A value to show: the same masks as {@link redactJson5}, on the parsed value at `path`. */
export function redactValue(value: unknown, path: ConfigPath): unknown {
  return redact(value, path, isSecretPath(path));
}

/**
 * What a program wrote, or lines of somebody's configuration, with what could be a secret masked: what follows the name of one, in options,
 * headers and URLs. A secret that nothing names is not known as one.
 */
export function redactOutput(text: string): string {
  return text.replace(/[^\n]+/g, (line) =>
    redactUrl(
      line
        .replace(OPTION_THEN_VALUE, `$1${MASK}`)
        .replace(IN_COMMENT, `$1${MASK}`)
        .replace(/\b(Bearer\s+)[\w.~+/=-]{16,}/gi, `$1${MASK}`),
    ),
  );
}

function redact(value: unknown, path: ConfigPath, isSecret: boolean): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      redact(item, [...path, index], isSecret || isSecretOption(value[index - 1])),
    );
  }
  if (typeof value === 'object' && value !== null) {
    const hides = isSecret && !isSecretRef(value);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const below = [...path, key];
        return [key, redact(item, below, !isSecretRef(value) && (hides || isSecretPath(below)))];
      }),
    );
  }
  if (typeof value === 'string') return isSecret && !REFERENCE.test(value) ? MASK : redactText(value);
  return isSecret && typeof value === 'number' ? MASK : value;
}

function collect(
  document: Json5Document,
  node: Json5Node,
  path: ConfigPath,
  isSecret: boolean,
  before: unknown,
  splices: Splice[],
): void {
  const raw = document.text.slice(node.start, node.end);
  if (node.tag === 'array') {
    const values = JSON5.parse<unknown[]>(raw);
    for (const [index, item] of node.items.entries()) {
      const hides = isSecret || isSecretOption(values[index - 1]);
      collect(document, item, [...path, index], hides, before, splices);
    }
  } else if (node.tag === 'object') {
    const isReference = isSecretRef(JSON5.parse(raw));
    for (const { key, value } of node.members) {
      const below = [...path, key];
      collect(document, value, below, !isReference && (isSecret || isSecretPath(below)), before, splices);
    }
  } else {
    const value: unknown = JSON5.parse(raw);
    const hides =
      isSecret && (typeof value === 'string' ? !REFERENCE.test(value) : typeof value === 'number');
    if (!hides) {
      const shown = typeof value === 'string' ? redactText(raw) : raw;
      if (shown !== raw) splices.push({ start: node.start, end: node.end, text: shown });
      return;
    }
    const old = valueAt(before, path);
    const isNew = old !== undefined && !isSameValue(old, value);
    splices.push({ start: node.start, end: node.end, text: JSON.stringify(isNew ? NEW_MASK : MASK) });
  }
}

/** The documented shape: `{source, provider, id}`; nothing in it is secret itself. */
function isSecretRef(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { source, id } = value as { source?: unknown; id?: unknown };
  const known = new Set(['source', 'provider', 'id']);
  return (
    typeof source === 'string' && typeof id === 'string' && Object.keys(value).every((key) => known.has(key))
  );
}

function isSecretOption(value: unknown): boolean {
  return typeof value === 'string' && SECRET_OPTION.test(value);
}

function redactText(text: string): string {
  return redactUrl(text.replace(OPTION_WITH_VALUE, `$1${MASK}`));
}

function redactComment(text: string): string {
  return redactUrl(text.replace(IN_COMMENT, `$1"${MASK}"`));
}

function redactBroken(text: string): string {
  return redactComment(text.replace(/([:[,]\s*)("[^"\n]*"?|'[^'\n]*'?)(?!\s*:)/g, `$1"${MASK}"`));
}
