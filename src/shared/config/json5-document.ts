import { type Comment, type Expression, type ObjectExpression, parseExpressionAt } from 'acorn';
import JSON5 from 'json5';
import type { ConfigPath } from './config-path.ts';
import { type Json5Problem, problemOf } from './json5-problem.ts';

/** Offsets are UTF-16 indices into the text; `end` is exclusive. */
type Span = { readonly start: number; readonly end: number };

type Json5Member = { readonly key: string; readonly keySpan: Span; readonly value: Json5Node };

export type Json5Node = Span &
  (
    | { readonly tag: 'object'; readonly members: readonly Json5Member[] }
    | { readonly tag: 'array'; readonly items: readonly Json5Node[] }
    | { readonly tag: 'scalar' }
  );

export type Json5Document = {
  readonly text: string;
  /** As `json5` reads it: of a key that stands twice, the last one counts. */
  readonly value: unknown;
  readonly root: Json5Node;
  readonly comments: readonly Span[];
};

/**
 * Reads JSON5 without losing where things stand. `json5` alone decides what is valid and what it means; since JSON5
 * is a subset of JavaScript's expressions, a JavaScript parser then tells the positions.
 */
export function parseJson5(
  text: string,
):
  | { readonly ok: true; readonly document: Json5Document }
  | { readonly ok: false; readonly problem: Json5Problem } {
  const comments: Comment[] = [];
  try {
    const value: unknown = JSON5.parse(text);
    const root = parseExpressionAt(text, 0, { ecmaVersion: 2022, onComment: comments });
    // Only what stands between the values is seen before the closing brace; the rest is of no concern to an edit.
    return { ok: true, document: { text, value, root: nodeOf(root), comments } };
  } catch (thrown) {
    return { ok: false, problem: problemOf(text, thrown) };
  }
}

/** The node at a path, or null. Of a key that stands twice the last one, as `json5` reads it. */
export function findNode(root: Json5Node, path: ConfigPath): Json5Node | null {
  let node: Json5Node = root;
  for (const segment of path) {
    const next: Json5Node | undefined =
      node.tag === 'object'
        ? node.members.findLast(({ key }) => key === String(segment))?.value
        : node.tag === 'array'
          ? node.items[indexOf(segment)]
          : undefined;
    if (!next) return null;
    node = next;
  }
  return node;
}

/** An array's index as a path writes it; -1 where the segment is none. */
export function indexOf(segment: string | number): number {
  if (typeof segment === 'number') return segment;
  return /^\d{1,9}$/.test(segment) ? Number(segment) : -1;
}

function nodeOf(expression: Expression): Json5Node {
  const { start, end } = expression;
  if (expression.type === 'ObjectExpression') {
    return { tag: 'object', start, end, members: membersOf(expression) };
  }
  if (expression.type === 'ArrayExpression') {
    const items = expression.elements.flatMap((item) =>
      item && item.type !== 'SpreadElement' ? [nodeOf(item)] : [],
    );
    return { tag: 'array', start, end, items };
  }
  return { tag: 'scalar', start, end };
}

function membersOf(object: ObjectExpression): Json5Member[] {
  return object.properties.flatMap((property) => {
    if (property.type !== 'Property') return [];
    const { key, value } = property;
    const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : null;
    return name === null
      ? []
      : [{ key: name, keySpan: { start: key.start, end: key.end }, value: nodeOf(value) }];
  });
}
