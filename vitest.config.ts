import { availableParallelism } from 'node:os';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // These tests wait more than they compute: two at a time even on two cores, where Vitest would take one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['src/**/*.test.ts', 'e2e/fixtures/**/*.test.ts'],
          exclude: ['src/renderer/**', '**/*.upstream.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        // Against the real OpenClaw Gateway, which needs about 1 GB: one file at a time.
        test: {
          name: 'upstream',
          environment: 'node',
          include: ['{src,e2e/fixtures}/**/*.upstream.test.ts'],
          // Two minutes for what a stand-in of the wire proves row by row as well: in long runs only.
          exclude: process.env.CHELA_SOAK === '1' ? [] : ['src/cli/credential-matrix.upstream.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        plugins: [react()],
        test: {
          name: 'page',
          environment: 'jsdom',
          // One jsdom for each file in the same process: half the time of a process for each.
          pool: 'vmThreads',
          include: ['src/renderer/**/*.test.{ts,tsx}'],
          testTimeout: 20_000,
        },
      },
    ],
  },
});
