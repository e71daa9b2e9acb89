import type { Json5Document, Json5Node } from './json5-document.ts';

/** How a document is written, so that what is added looks like what is there. */
export type Json5Style = {
  readonly newline: string;
  /** One step of indentation. */
  readonly indent: string;
  readonly quote: '"' | "'";
  readonly bareKeys: boolean;
  readonly isMultiline: boolean;
};

const BARE_KEY = /^[A-Za-z_$][\w$]*$/;

/** Learns from the first members; an empty document is taken for JSON in two-space steps. */
export function styleOf({ text, root }: Json5Document): Json5Style {
  const keys: string[] = [];
  const strings: string[] = [];
  visit(root, (node) => {
    if (node.tag === 'scalar') strings.push(text.charAt(node.start));
    if (node.tag === 'object') keys.push(...node.members.map(({ keySpan }) => text.charAt(keySpan.start)));
  });
  const quotes = [...strings, ...keys].filter((first) => first === '"' || first === "'");
  const first = root.tag === 'object' ? root.members[0] : undefined;
  const inner = first && lineIndent(text, first.keySpan.start);
  const outer = lineIndent(text, root.start) ?? '';
  return {
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    indent: inner?.startsWith(outer) && inner.length > outer.length ? inner.slice(outer.length) : '  ',
    quote: quotes[0] === "'" ? "'" : '"',
    bareKeys: keys.some((first) => first !== '"' && first !== "'"),
    isMultiline: keys.length === 0 || /[\r\n]/.test(text.slice(root.start, root.end)),
  };
}

/** The white space before an offset, when nothing else stands before it on its line; else null. */
export function lineIndent(text: string, offset: number): string | null {
  return /(?:^\uFEFF?|[\r\n])([^\S\r\n]*)$/.exec(text.slice(0, offset))?.[1] ?? null;
}

/** The indentation of the line an offset is on, whatever else stands there. */
export function indentOfLine(text: string, offset: number): string {
  const line =
    text
      .slice(0, offset)
      .split(/[\r\n]/)
      .at(-1) ?? '';
  return /^\uFEFF?([^\S\r\n]*)/.exec(line)?.[1] ?? '';
}

/** Writes a value for a place whose line is indented by `indent`. Arrays of a few plain values stay on one line. */
export function renderValue(value: unknown, style: Json5Style, indent: string): string {
  if (typeof value === 'string') return renderString(value, style.quote);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value === null || typeof value !== 'object') return String(value);
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? ['[', ']'] : ['{', '}'];
  const deeper = indent + style.indent;
  const parts = isArray
    ? value.map((item: unknown) => renderValue(item, style, deeper))
    : Object.entries(value).map(([key, item]) => renderMember(key, item, style, deeper));
  if (parts.length === 0) return open + close;
  const isShort = isArray && parts.every((part) => !/^[[{]/.test(part)) && parts.join(', ').length < 80;
  if (isShort || !style.isMultiline) {
    const gap = isArray ? '' : ' ';
    return open + gap + parts.join(', ') + gap + close;
  }
  const { newline } = style;
  return open + newline + parts.map((part) => deeper + part).join(`,${newline}`) + newline + indent + close;
}

export function renderMember(key: string, value: unknown, style: Json5Style, indent: string): string {
  const name = style.bareKeys && BARE_KEY.test(key) ? key : renderString(key, style.quote);
  return `${name}: ${renderValue(value, style, indent)}`;
}

function renderString(text: string, quote: '"' | "'"): string {
  const json = JSON.stringify(text).replace(
    /[\u2028\u2029\uFEFF]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (quote === '"') return json;
  return `'${json.slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'")}'`;
}

function visit(node: Json5Node, see: (node: Json5Node) => void): void {
  see(node);
  if (node.tag === 'object') for (const { value } of node.members) visit(value, see);
  if (node.tag === 'array') for (const item of node.items) visit(item, see);
}
