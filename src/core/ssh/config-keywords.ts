/** Values by lower-case keyword, in their order; a keyword that holds one value has a list of one. */
export type SshKeywords = ReadonlyMap<string, readonly string[]>;

/** Keywords whose one line holds several paths. */
const pathLists = new Set(['userknownhostsfile', 'globalknownhostsfile']);

/** Reads what `ssh -G` prints: one `keyword value` per line, values without quotes. */
export function parseSshDump(text: string): SshKeywords {
  const keywords = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space === -1) continue;
    const name = line.slice(0, space).toLowerCase();
    const value = line.slice(space + 1).replace(/\r$/, '');
    const list = keywords.get(name) ?? [];
    list.push(...(pathLists.has(name) ? splitPaths(value) : [value]));
    keywords.set(name, list);
  }
  return keywords;
}

/** `ssh -G` does not quote, so a space parts two paths only where a new path can begin after it. */
function splitPaths(text: string): string[] {
  return text.split(/ (?=[/~]|[A-Za-z]:[\\/]|none$|%|\$\{)/);
}
