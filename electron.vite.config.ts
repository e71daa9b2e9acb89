import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin, Rolldown } from 'vite';
import { lazySchemas } from './scripts/lazy-schemas.ts';

const root = import.meta.dirname;
const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { version: string };

const link = (attrs: Record<string, string>) => ({
  tag: 'link',
  attrs: { crossorigin: true, ...attrs },
  injectTo: 'head' as const,
});

/** Scripts that the page runs before a conversation is shown: the entry, its parts, and what these import. */
function startScripts(bundle: Rolldown.OutputBundle): Rolldown.OutputChunk[] {
  const chunks = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [file] : []));
  const entry = chunks.find(({ isEntry, name }) => isEntry && name === 'index');
  if (entry === undefined) throw new Error('the page has no entry');
  const named = new Set([entry.fileName, ...entry.dynamicImports]);
  for (const name of named) {
    for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? [])
      named.add(imported);
  }
  return chunks.filter(({ fileName }) => named.has(fileName));
}

/**
 * V8 compiles all of such a script on another thread while it is fetched, instead of each function when it is
 * first called (https://v8.dev/blog/explicit-compile-hints).
 */
const compileAhead: Plugin = {
  name: 'compile-ahead',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      for (const script of startScripts(bundle)) script.code = `//# allFunctionsCalledOnLoad\n${script.code}`;
    },
  },
};

/** The screens are fetched while the engine's side of the page runs; the page itself would ask for them only after it. */
const preloadScreens: Plugin = {
  name: 'preload-screens',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle, filename }) {
      // The development server has none.
      if (bundle === undefined || !filename.endsWith('index.html')) return [];
      const preloaded = startScripts(bundle).filter(({ fileName }) => !html.includes(fileName));
      const styles = preloaded.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]);
      return [
        ...preloaded.map(({ fileName }) => link({ rel: 'modulepreload', href: `./${fileName}` })),
        ...styles.map((file) => link({ rel: 'preload', as: 'style', href: `./${file}` })),
      ];
    },
  },
};

export default defineConfig({
  main: {
    define: { __CHELA_VERSION__: JSON.stringify(version) },
    build: {
      outDir: 'out/main',
      rolldownOptions: {
        input: {
          index: resolve(root, 'src/main/index.ts'),
          web: resolve(root, 'src/web/index.ts'),
        },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      // A sandboxed preload must be one CommonJS file.
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: resolve(root, 'src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src/renderer'),
    plugins: [react(), lazySchemas(), compileAhead, preloadScreens],
    // The highlighter reads its languages one by one.
    worker: { format: 'es' },
    build: {
      minify: true,
      // The page's policy takes fonts from files only.
      assetsInlineLimit: 0,
      // One page for all windows; it comes from this computer.
      chunkSizeWarningLimit: 1200,
      outDir: resolve(root, 'out/renderer'),
      rolldownOptions: {
        input: {
          index: resolve(root, 'src/renderer/index.html'),
          'hand-over': resolve(root, 'src/renderer/hand-over.html'),
        },
        output: {
          // A few scripts rather than dozens; and what sets zod up runs before any that makes a schema. Of them only
          // the parts have styles, of things of their own: their order does not matter.
          codeSplitting: {
            groups: [
              { name: 'zod', test: /node_modules[\\/]zod[\\/]|zod-setup|lazy-(zod|schemas)/ },
              { name: 'start', test: /preload-helper|rolldown-runtime/ },
              { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|zustand)[\\/]/ },
              { name: 'widgets', test: /node_modules[\\/](@base-ui|@floating-ui|lucide-react)[\\/]/ },
              { name: 'words-en', test: /src[\\/]shared[\\/]i18n[\\/]en[\\/]/ },
              { name: 'words-zh-hant', test: /src[\\/]shared[\\/]i18n[\\/]zh-hant[\\/]/ },
              { name: 'words', test: /node_modules[\\/]i18next[\\/]|src[\\/]shared[\\/]i18n[\\/]/ },
              { name: 'contract', test: /src[\\/]shared[\\/]/ },
              // What several screens share; the small page that hands messages over shares only the database.
              {
                name: 'parts',
                test: /src[\\/]renderer[\\/](?!stores[\\/]chat[\\/]chat-database)/,
                minShareCount: 2,
              },
            ],
          },
        },
      },
    },
  },
});
