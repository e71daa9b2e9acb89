import { type CDPSession, expect, type Page } from '@playwright/test';
import axe from 'axe-core';

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Around an open menu: whoever gets to one is sent on at once, so none of them ever holds the focus. */
const focusGuards = ['[data-base-ui-focus-guard]'];

/**
 * Fails with what axe finds on the page as it is now, and in the colours of the other scheme; it runs beside the
 * page's policy, not through it.
 */
export async function expectAccessible(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe.source });
  expect(await violations(session, { type: 'tag', values: standards })).toEqual([]);
  const isDark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  await page.emulateMedia({ colorScheme: isDark ? 'light' : 'dark' });
  expect(await violations(session, { type: 'rule', values: ['color-contrast'] })).toEqual([]);
  await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light' });
  await session.detach();
}

/** Looks when colours no longer move. */
async function violations(session: CDPSession, runOnly: axe.RunOnly): Promise<unknown> {
  const { result } = await session.send('Runtime.evaluate', {
    expression: `Promise.all(
        document.getAnimations()
          .filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime))
          .map(({ finished }) => finished.catch(() => undefined)),
      )
      .then(() => axe.run({ exclude: ${JSON.stringify(focusGuards)} }, { runOnly: ${JSON.stringify(runOnly)} }))
      .then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])))`,
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(result.value);
}
