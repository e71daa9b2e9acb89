import { appError } from '../errors.ts';
import { isRecord } from '../is-record.ts';
import { err, ok, type Result } from '../result.ts';
import { type ConfigPath, formatConfigPath, type PathSegment } from './config-path.ts';
import { indexOf, type Json5Document, type Json5Node, parseJson5 } from './json5-document.ts';
import { insertInto, removeFrom, type Splice, splice } from './json5-splices.ts';
import { indentOfLine, renderValue, styleOf } from './json5-style.ts';
import { isSameValue, valueAt } from './json5-value.ts';

export type ConfigEdit =
  | { readonly tag: 'set'; readonly path: ConfigPath; readonly value: unknown }
  | { readonly tag: 'unset'; readonly path: ConfigPath };

/** What a file that is not there yet starts as. */
export const EMPTY_DOCUMENT = '{}\n';

/**
 * The text with the edits in it, in their order. Only what an edit names changes: comments, unknown keys, line ends
 * and the style of the rest stay byte for byte; an edit that changes nothing leaves the text as it is.
 * CONFIG_PATH_ABSENT (unset of what is not there), CONFIG_PATH_BLOCKED (the way leads through something that has no
 * such member), CONFIG_NOT_OBJECT, OPENCLAW_CONFIG_BROKEN without a file.
 */
export function editJson5(text: string, edits: readonly ConfigEdit[]): Result<string> {
  let current = text;
  for (const edit of edits) {
    const edited = applyOne(current, edit);
    if (!edited.ok) return edited;
    current = edited.value;
  }
  return ok(current);
}

function applyOne(text: string, edit: ConfigEdit): Result<string> {
  const parsed = parseJson5(text);
  if (!parsed.ok) {
    return err(appError('OPENCLAW_CONFIG_BROKEN', parsed.problem.reason, { details: parsed.problem }));
  }
  const { document } = parsed;
  if (document.root.tag !== 'object') return err(appError('CONFIG_NOT_OBJECT', 'an object is expected'));
  const splices = edit.tag === 'set' ? setSplices(document, edit) : unsetSplices(document, edit.path);
  if (!splices.ok) return splices;
  const after = splice(text, splices.value);
  return isAsMeant(document, after, edit)
    ? ok(after)
    : err(appError('INTERNAL', 'an edit would not read back'));
}

/** The last guard before anything is written: what comes out has to read as what was asked for. */
function isAsMeant({ value, text }: Json5Document, after: string, edit: ConfigEdit): boolean {
  const reread = parseJson5(after);
  if (!reread.ok) return false;
  const found = valueAt(reread.document.value, edit.path);
  if (edit.tag === 'set') return isSameValue(found, edit.value);
  const parent = valueAt(value, edit.path.slice(0, -1));
  return after !== text && (Array.isArray(parent) || found === undefined);
}

function setSplices(document: Json5Document, { path, value }: ConfigEdit & { tag: 'set' }): Result<Splice[]> {
  let node = document.root;
  for (const [depth, segment] of path.entries()) {
    const next = childOf(node, segment);
    if (!next) return addSplices(document, node, path, depth, value);
    node = next;
  }
  return ok(replaceSplices(document, node, valueAt(document.value, path), value));
}

/** Two objects are brought in line member by member, so that the comments of members that stay survive. */
function replaceSplices(document: Json5Document, node: Json5Node, before: unknown, after: unknown): Splice[] {
  if (isSameValue(before, after)) return [];
  if (node.tag === 'object' && isRecord(before) && isRecord(after) && Object.keys(after).length > 0) {
    const stays = Object.keys(before).filter((key) => Object.hasOwn(after, key));
    const isRenamed = stays.length < Object.keys(before).length;
    const added = Object.entries(after).filter(([key]) => !Object.hasOwn(before, key));
    // With members that go, one splice may touch another's comma: then the object is written anew.
    if (!isRenamed) {
      return [
        ...stays.flatMap((key) => {
          const child = childOf(node, key);
          return child ? replaceSplices(document, child, before[key], after[key]) : [];
        }),
        ...insertInto(document, node, added),
      ];
    }
  }
  const style = styleOf(document);
  const text = renderValue(after, style, indentOfLine(document.text, node.start));
  return [{ start: node.start, end: node.end, text }];
}

function addSplices(
  document: Json5Document,
  node: Json5Node,
  path: ConfigPath,
  depth: number,
  value: unknown,
): Result<Splice[]> {
  const segment = path[depth] ?? '';
  const wrapped = wrap(path.slice(depth + 1), value);
  if (wrapped === null) return err(blocked(path));
  if (node.tag === 'object') return ok(insertInto(document, node, [[String(segment), wrapped.value]]));
  if (node.tag === 'array' && indexOf(segment) === node.items.length) {
    return ok(insertInto(document, node, [[null, wrapped.value]]));
  }
  return err(blocked(path.slice(0, depth + 1)));
}

/** The objects and arrays that a path needs and that are not there yet. Null where an array would start at another index than 0. */
function wrap(path: ConfigPath, value: unknown): { value: unknown } | null {
  let wrapped = value;
  for (const segment of [...path].reverse()) {
    if (typeof segment === 'number' && segment !== 0) return null;
    wrapped = typeof segment === 'number' ? [wrapped] : { [segment]: wrapped };
  }
  return { value: wrapped };
}

function unsetSplices(document: Json5Document, path: ConfigPath): Result<Splice[]> {
  let node = document.root;
  for (const segment of path.slice(0, -1)) {
    const next = childOf(node, segment);
    if (!next) return err(absent(path));
    node = next;
  }
  const last = path.at(-1) ?? '';
  if (childOf(node, last) === null || node.tag === 'scalar') return err(absent(path));
  return ok(removeFrom(document, node, last));
}

function childOf(node: Json5Node, segment: PathSegment): Json5Node | null {
  if (node.tag === 'object')
    return node.members.findLast(({ key }) => key === String(segment))?.value ?? null;
  return node.tag === 'array' ? (node.items[indexOf(segment)] ?? null) : null;
}

function absent(path: ConfigPath) {
  const details = { path: formatConfigPath(path) };
  return appError('CONFIG_PATH_ABSENT', 'not set', { details });
}

function blocked(path: ConfigPath) {
  const details = { path: formatConfigPath(path) };
  return appError('CONFIG_PATH_BLOCKED', 'no such member can be added', { details });
}
