import { defineConfig } from '@playwright/test';
import { installedChromium } from './e2e/fixtures/chromium.ts';

export default defineConfig({
  projects: [
    { name: 'specs', testDir: 'e2e/specs' },
    /** Not a test: `npm run pictures` draws the pictures of docs/ again. */
    { name: 'pictures', testDir: 'e2e/pictures' },
  ],
  outputDir: 'test-results',
  // Specs wait more than they compute: two files at a time, each with a real Gateway, sshd and browser of its own.
  workers: 2,
  fullyParallel: false,
  timeout: 150_000,
  // The real Gateway loads much of itself for its first answer.
  expect: { timeout: 45_000 },
  retries: 0,
  forbidOnly: true,
  use: {
    launchOptions: installedChromium,
    viewport: { width: 1100, height: 760 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
