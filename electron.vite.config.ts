import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin, Rolldown } from 'vite';
import { lazySchemas } from './scripts/lazy-schemas.ts';

const root = import.meta.dirname;
const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { version: string };

/** Scripts that the page runs before a conversation is shown, each after what it imports: the entry, then its parts. */
function startScripts(bundle: Rolldown.OutputBundle): Rolldown.OutputChunk[] {
  const chunks = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [file] : []));
  const entry = chunks.find(({ isEntry, name }) => isEntry && name === 'index');
  if (entry === undefined) throw new Error('the page has no entry');
  const seen = new Set<string>();
  const ordered: Rolldown.OutputChunk[] = [];
  const add = (name: string) => {
    const chunk = chunks.find(({ fileName }) => fileName === name);
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    for (const imported of chunk.imports) add(imported);
    ordered.push(chunk);
  };
  for (const name of [entry.fileName, ...entry.dynamicImports]) add(name);
  return ordered;
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

/**
 * Each script of the start is a tag of its own: it is run as soon as it and what it imports are there, while the rest
 * still comes, and in a task of its own. As imports alone they would all run at the end, in one long task.
 */
const startInParts: Plugin = {
  name: 'start-in-parts',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle, filename }) {
      // The development server has none.
      if (bundle === undefined || !filename.endsWith('index.html')) return html;
      const scripts = startScripts(bundle);
      const styles = scripts
        .flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])])
        .filter((file) => !html.includes(file));
      return {
        html: html.replaceAll(/ *<(link rel="modulepreload"|script type="module")[^>]*>(<\/script>)?\n/g, ''),
        tags: [
          ...styles.map((file) => ({
            tag: 'link',
            attrs: { crossorigin: true, rel: 'preload', as: 'style', href: `./${file}` },
            injectTo: 'head' as const,
          })),
          // Below what they draw into, which is there by then.
          ...scripts.map(({ fileName }) => ({
            tag: 'script',
            attrs: { type: 'module', async: true, crossorigin: true, src: `./${fileName}` },
            injectTo: 'body' as const,
          })),
        ],
      };
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
    plugins: [react(), lazySchemas(), compileAhead, startInParts],
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
              // Run before any of the large ones, none of which it needs.
              {
                name: 'first',
                test: /renderer[\\/](first|ui[\\/](first|ime)|.*(route-address|join-drafts))|i18n[\\/](first|locale)/,
              },
              { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|zustand)[\\/]/ },
              { name: 'widgets', test: /node_modules[\\/](@base-ui|@floating-ui|lucide-react)[\\/]/ },
              // The languages are read one at a time.
              { name: 'words', test: /node_modules[\\/]i18next[\\/]|src[\\/]shared[\\/]i18n[\\/][^\\/]+$/ },
              // Run before any of the large ones; the small page that hands messages over has no other.
              { name: 'chat-opened', test: /chat-(opened|database)|node_modules[\\/]idb[\\/]/ },
              { name: 'contract', test: /src[\\/]shared[\\/](?!i18n)/ },
              // What several screens share.
              { name: 'parts', test: /src[\\/]renderer[\\/]/, minShareCount: 2 },
            ],
          },
        },
      },
    },
  },
});
