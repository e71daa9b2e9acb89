const SNIPPET_CHARACTERS = 160;

/** Pure. The words around the first place where the query stands, on one line; `…` where there are more. */
export function snippetOf(text: string, query: string): string {
  const at = Math.max(0, text.toLowerCase().indexOf(query.toLowerCase()));
  const from = Math.max(0, at - SNIPPET_CHARACTERS / 4);
  const to = from + SNIPPET_CHARACTERS;
  const part = text.slice(from, to).replace(/\s+/g, ' ').trim();
  return `${from > 0 ? '…' : ''}${part}${to < text.length ? '…' : ''}`;
}
