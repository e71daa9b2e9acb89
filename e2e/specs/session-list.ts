import type { Page } from '@playwright/test';
import { t } from './world.ts';

export const sessionList = (page: Page) => page.getByRole('list', { name: t('sessions.title') });
export const session = (page: Page, title: string) =>
  sessionList(page).locator('[data-session]').filter({ hasText: title });
/** A Gateway gives it a name of its own making. */
export const openSession = (page: Page) => sessionList(page).locator('[data-session][aria-current=true]');

/** Reloads the page without what it keeps of conversations, as on another computer. */
export async function forget(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await page.reload();
}

export async function fromMenu(page: Page, title: string, entry: string): Promise<void> {
  const line = sessionList(page).getByRole('listitem').filter({ hasText: title });
  await line.hover();
  await line.getByRole('button', { name: t('sessions.more', { title }) }).click();
  await page.getByRole('menuitem', { name: entry, exact: true }).click();
}
