import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { deferredModules, laterEntries } from './scripts/deferred-modules.ts';
import { leanGateway } from './scripts/lean-gateway.ts';

const root = import.meta.dirname;

/**
 * The Gateway that app and command fork: `out/main/cli/gateway.cjs`, one CommonJS file that Node loads without its module
 * loader for imports, and what is needed later beside it. Built after the command, whose folder it shares.
 */
export default defineConfig({
  publicDir: false,
  // In a CommonJS file it means nothing, and the one package that reads it copes.
  define: { 'import.meta': '{}' },
  ssr: { noExternal: true },
  plugins: [deferredModules(), leanGateway()],
  build: {
    ssr: true,
    target: 'node22',
    minify: true,
    outDir: 'out/main/cli',
    emptyOutDir: false,
    reportCompressedSize: false,
    rolldownOptions: {
      // Schemas are spread into schemas that nobody uses; reading them does nothing.
      treeshake: { propertyReadSideEffects: false },
      input: { gateway: resolve(root, 'src/core/local-gateway/gateway-process.ts'), ...laterEntries },
      output: {
        format: 'cjs',
        exports: 'named',
        entryFileNames: '[name].cjs',
        chunkFileNames: 'gateway-[name]-[hash].cjs',
      },
    },
  },
});
