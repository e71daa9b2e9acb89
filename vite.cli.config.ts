import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { leanGateway } from './scripts/lean-gateway.ts';

const root = import.meta.dirname;
const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { version: string };

/**
 * The command `chela`: `out/main/cli.js` and `out/main/cli/`, on any plain Node, small and in few files, because a command's
 * start is most of its time. Built after the rest, which empties `out/main`.
 */
export default defineConfig({
  // A package for CommonJS names its drafts after its own file, which has no such name in a module.
  define: { __CHELA_VERSION__: JSON.stringify(version), __filename: 'import.meta.filename' },
  publicDir: false,
  ssr: {
    noExternal: true,
    // They load a native file that lies beside them.
    external: ['ssh2', '@napi-rs/keyring'],
  },
  plugins: [
    leanGateway(),
    {
      name: 'entry',
      closeBundle() {
        const entry = resolve(root, 'out/main/cli.js');
        copyFileSync(resolve(root, 'src/cli/entry.mjs'), entry);
        chmodSync(entry, 0o755);
        // For a packed app, whose own package.json lies in an archive.
        writeFileSync(resolve(root, 'out/main/package.json'), '{"type":"module"}\n');
      },
    },
  ],
  build: {
    ssr: true,
    target: 'node22',
    minify: true,
    outDir: 'out/main/cli',
    reportCompressedSize: false,
    rolldownOptions: {
      input: { main: resolve(root, 'src/cli/index.ts') },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        // A file costs a start more than the lines in it: what every start needs is one, what asking a Gateway needs another.
        codeSplitting: {
          groups: [
            {
              name: 'start',
              test: /\/src\/cli\/(register|frame\/(run|usage))\.ts$|\/i18n\/translator\.ts$/,
              priority: 2,
            },
            { name: 'call', test: /\/src\/cli\/gateway\/connect\.ts$/, priority: 1 },
          ],
        },
      },
    },
  },
});
