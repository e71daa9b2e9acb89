import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const root = resolve(import.meta.dirname, 'src/renderer/diagram');

/**
 * The frame that draws diagrams, apart from the page: it has no origin, and the page server lets only this folder be
 * read from there. Built after the page, whose folder it lies in.
 */
export default defineConfig({
  root,
  base: './',
  publicDir: false,
  build: {
    outDir: resolve(import.meta.dirname, 'out/renderer/diagram'),
    emptyOutDir: true,
    minify: true,
    modulePreload: false,
    reportCompressedSize: false,
    // Each kind of diagram is a piece that is loaded when one comes.
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: resolve(root, 'index.html') },
  },
});
