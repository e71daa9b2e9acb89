import { defineConfig } from '@playwright/test';
import { headlessChromium } from './e2e/fixtures/chromium.ts';

export default defineConfig({
  projects: [
    {
      name: 'specs',
      testDir: 'e2e/specs',
    },
    /** Not a test: `npm run pictures` draws the pictures of docs/ again. */
    { name: 'pictures', testDir: 'e2e/pictures' },
  ],
  outputDir: 'test-results',
  snapshotPathTemplate: '{testDir}/looks/{arg}{ext}',
  // One real Gateway, one sshd and one browser at a time: the machine may have two cores, and other tests run beside.
  workers: 1,
  fullyParallel: false,
  timeout: 240_000,
  // The real Gateway loads much of itself for its first answer.
  expect: { timeout: 90_000 },
  retries: 0,
  forbidOnly: true,
  use: {
    // As long as an expectation has: a click on what never comes must not use up the whole test.
    actionTimeout: 90_000,
    launchOptions: headlessChromium,
    viewport: { width: 1100, height: 760 },
    // A seventh of the time, and nobody reads those of a run elsewhere.
    trace: process.env.CHELA_TRACE === '1' ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
  },
});
