import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';

const root = import.meta.dirname;
const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { version: string };

const link = (attrs: Record<string, string>) => ({
  tag: 'link',
  attrs: { crossorigin: true, ...attrs },
  injectTo: 'head' as const,
});

/** The screens are fetched while the engine's side of the page runs; the page itself would ask for them only after it. */
const preloadScreens: Plugin = {
  name: 'preload-screens',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle }) {
      // The development server has none.
      if (bundle === undefined) return [];
      const chunks = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? [file] : []));
      const screens = chunks.find(({ name, isDynamicEntry }) => name === 'app' && isDynamicEntry);
      if (screens === undefined) throw new Error('there are no screens to preload');
      const preloaded = [screens.fileName, ...screens.imports].filter((file) => !html.includes(file));
      const styles = preloaded.flatMap((file) => {
        const chunk = bundle[file];
        return chunk?.type === 'chunk' ? [...(chunk.viteMetadata?.importedCss ?? [])] : [];
      });
      return [
        ...preloaded.map((file) => link({ rel: 'modulepreload', href: `./${file}` })),
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
    plugins: [react(), preloadScreens],
    // The highlighter reads its languages one by one.
    worker: { format: 'es' },
    build: {
      minify: true,
      // The page's policy takes fonts from files only.
      assetsInlineLimit: 0,
      // One page for all windows; it comes from this computer.
      chunkSizeWarningLimit: 1200,
      outDir: resolve(root, 'out/renderer'),
      rolldownOptions: { input: resolve(root, 'src/renderer/index.html') },
    },
  },
});
