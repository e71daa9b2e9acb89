import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { leanGateway } from './scripts/lean-gateway.ts';

const root = import.meta.dirname;
const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as { version: string };

/**
 * The command `chela` and the Gateway that it and the app fork: `out/main/cli.js` and `out/main/cli/`, on any plain Node, small
 * and in few files, because a command's start is most of its time. Built after the rest, which empties `out/main`.
 */
export default defineConfig({
  define: { __CHELA_VERSION__: JSON.stringify(version) },
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
      input: {
        main: resolve(root, 'src/cli/index.ts'),
        gateway: resolve(root, 'src/gateway/process.ts'),
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
