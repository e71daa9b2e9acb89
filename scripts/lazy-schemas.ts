import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import * as zod from 'zod';
import { inSource } from './in-source.ts';

const ID = '\0lazy-schemas';

/** Whose schemas are in the page. */
const folders = ['renderer', 'shared'];

/** What is called on `z` there: the build leaves the rest of zod out. */
function usedMembers(): string[] {
  const files = folders.flatMap((folder) => {
    const names = readdirSync(inSource(folder), { recursive: true, encoding: 'utf8' });
    return names.filter((name) => /\.tsx?$/.test(name)).map((name) => join(inSource(folder), name));
  });
  const called = new Set(
    files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bz\s*\.(\w+)[.(]/g)].map(([, name]) => name),
    ),
  );
  return Object.keys(zod).filter((name) => called.has(name));
}

/** The page makes a schema when the first value is checked with it, not all of them at its start. */
export function lazySchemas(): Plugin {
  return {
    name: 'lazy-schemas',
    enforce: 'pre',
    resolveId(source, importer) {
      const isOurs = importer !== undefined && importer !== ID && !importer.includes('/node_modules/');
      return source === 'zod' && isOurs ? ID : null;
    },
    load(id) {
      if (id !== ID) return null;
      const members = usedMembers().map((name) => `${name}: zod.${name}`);
      return `import * as zod from 'zod';
        import { lazyZod } from ${JSON.stringify(inSource('shared/lazy-zod.ts'))};
        export { config } from 'zod';
        export const z = /* @__PURE__ */ lazyZod(() => ({ ${members.join(', ')} }));`;
    },
  };
}
