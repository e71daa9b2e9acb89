import promises from 'node:fs/promises';
import type { Plugin } from 'vite';
import { inSource } from './in-source.ts';
import { plainOptionsCheck } from './plain-options.ts';

/** What each file holds that is loaded later, beside the Gateway's own. */
const laterFiles = {
  acorn: 'acorn',
  i18n: inSource('shared/i18n/index.ts'),
  json5: 'json5',
  'typebox-guard': 'typebox/guard',
  'typebox-schema': 'typebox/schema',
  'typebox-system': 'typebox/system',
  'write-file-atomic': 'write-file-atomic',
  zod: 'zod',
} as const;

const fileOf = (name: string) => `gateway-${name}`;
const load = (name: keyof typeof laterFiles) => `require('./${fileOf(name)}.cjs')`;

/** Further entries of the build; {@link deferredModules} loads them by name. */
export const laterEntries = Object.fromEntries(
  Object.entries(laterFiles).map(([name, source]) => [fileOf(name), source]),
);

/** `node:fs/promises`, read at every call, because Node makes what is behind it at the first. */
const laterPromises = [
  `const fs = process.getBuiltinModule('node:fs');`,
  'export const { constants } = fs;',
  ...Object.keys(promises)
    .filter((name) => name !== 'constants')
    .map((name) => `export const ${name} = (...args) => fs.promises.${name}(...args);`),
].join('\n');

const I18N = laterFiles.i18n;
const OPTIONS = inSource('gateway/check-options.ts');

/**
 * What the Gateway seldom needs, or not before somebody talks to it, and what stands in its place until then. Loading all
 * of them takes as long as the rest of a start, and as much memory.
 */
const standIns: Readonly<Record<string, string>> = {
  acorn: `export const parseExpressionAt = (...args) => ${load('acorn')}.parseExpressionAt(...args);`,
  json5: `export default { parse: (...args) => ${load('json5')}.default.parse(...args) };`,
  'typebox/guard': `const guard = (name) => (...args) => ${load('typebox-guard')}.Guard[name](...args);
    export const Guard = { IsMinLength: guard('IsMinLength'), IsMaxLength: guard('IsMaxLength') };`,
  'typebox/schema': `export const Build = (...args) => ${load('typebox-schema')}.Build(...args);
    export const Errors = (...args) => ${load('typebox-schema')}.Errors(...args);`,
  'typebox/system': `export const Hashing = { Hash: (value) => ${load('typebox-system')}.Hashing.Hash(value) };`,
  'write-file-atomic': `export default (...args) => ${load('write-file-atomic')}(...args);`,
  zod: `import { lazyZod } from ${JSON.stringify(inSource('shared/lazy-zod.ts'))};
    export const z = /* @__PURE__ */ lazyZod(() => ${load('zod')}.z);`,
  'node:fs/promises': laterPromises,
  [I18N]: `export const createTranslator = (locale) => {
      let t;
      return (...args) => (t ??= ${load('i18n')}.createTranslator(locale))(...args);
    };`,
  [OPTIONS]: `import { checkedOptions as check } from ${JSON.stringify(OPTIONS)};
    const isPlain = ${plainOptionsCheck()};
    export const checkedOptions = (given) => isPlain(given) ? given : check(given);`,
};

const PREFIX = '\0deferred:';
/** What `ws` needs to be a client, and to compress. */
const CLIENT_BUILTIN = /const (https|tls|zlib) = require\('\1'\);/g;
const WHEN_USED = `const $1 = new Proxy({}, { get: (_, name) => process.getBuiltinModule('node:$1')[name] });`;

/** Our modules get the stand-ins, packages among each other the real thing. */
export function deferredModules(): Plugin {
  return {
    name: 'deferred-modules',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (/^\.\/gateway-[\w-]+\.cjs$/.test(source)) return { id: source, external: true };
      if (importer === undefined || importer.startsWith(PREFIX) || importer.includes('/node_modules/'))
        return null;
      if (Object.hasOwn(standIns, source)) return PREFIX + source;
      if (!/\/(i18n\/index|check-options)\.ts$/.test(source)) return null;
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
      return resolved && Object.hasOwn(standIns, resolved.id) ? PREFIX + resolved.id : null;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return null;
      return standIns[id.slice(PREFIX.length)] ?? null;
    },
    transform(code, id) {
      return id.includes('/node_modules/ws/lib/')
        ? { code: code.replace(CLIENT_BUILTIN, WHEN_USED), map: null }
        : null;
    },
  };
}
