import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { type catalogues, createTranslator } from '../../src/shared/i18n/index.ts';
import {
  type ChelaApp,
  e2eRuntime,
  type LaunchOptions,
  launchChela,
  makeHome,
} from '../fixtures/chela-app.ts';
import { freePort } from '../fixtures/free-port.ts';
import { type ModelServer, startModelServer } from '../fixtures/model-server.ts';
import { type Sshd, startSshd } from '../fixtures/sshd.ts';
import { startUpstreamGateway, type UpstreamGateway } from '../fixtures/upstream-gateway.ts';

/** The other computer: a real sshd, the real OpenClaw Gateway and the model it talks to. */
export type RemoteHost = { sshd: Sshd; gateway: UpstreamGateway; model: ModelServer; target: string };

type TestFixtures = { launch: (options?: LaunchOptions) => Promise<ChelaApp> };
type WorkerFixtures = { remote: RemoteHost };

export const t = createTranslator('en');

/** Of an `openclaw.json`: an MCP server whose tools are `pics__draw`, `pics__add` and a few more. */
export const mcpServers = {
  pics: {
    command: process.execPath,
    args: [join(import.meta.dirname, '..', '..', 'src', 'gateway', 'test-support', 'mcp-server.mjs')],
  },
};

export const test = base.extend<TestFixtures, WorkerFixtures>({
  /** Starts Chela; every instance is closed after the test. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern
  launch: async ({}, use, info) => {
    const apps: ChelaApp[] = [];
    await use(async (options) => {
      const app = await launchChela(options);
      info.annotations.push({ type: 'runtime', description: app.runtime });
      apps.push(app);
      return app;
    });
    for (const app of apps) await app.close();
  },
  /** The real Gateway needs about eight seconds and a gigabyte: once for all specs. */
  remote: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const model = await startModelServer();
      const gateway = await startUpstreamGateway({
        modelPort: model.port,
        token: `token-${crypto.randomUUID()}`,
        // Commands wait for a person, and the model is given every tool at once.
        config: { tools: { exec: { mode: 'ask' }, toolSearch: false }, mcp: { servers: mcpServers } },
      });
      const sshd = await startSshd();
      await use({ sshd, gateway, model, target: `${sshd.user}@${sshd.host}:${sshd.port}` });
      await sshd.stop();
      await gateway.stop();
      await model.stop();
    },
    { scope: 'worker', timeout: 240_000 },
  ],
});

test.beforeAll(() => {
  console.log(`Runtime of these specs: ${e2eRuntime()}`);
});

export { expect };

/** The first line of every screen: connected to what, how well. */
export function statusLine(page: Page) {
  return page.getByRole('status', { name: t('connection.label') });
}

export async function expectConnected(page: Page, timeout = 90_000): Promise<void> {
  await expect(statusLine(page)).toContainText(/^.*Connected to/, { timeout });
}

export function conversation(page: Page) {
  return page.getByRole('log', { name: t('chat.conversation') });
}

/** The answers in the conversation, oldest first. */
export function answers(page: Page) {
  return conversation(page).locator('[data-role="assistant"]');
}

/** What a person said in the conversation, oldest first. */
export function questions(page: Page) {
  return conversation(page).locator('[data-role="user"]');
}

/** That the picture of one pixel is drawn in there, under this name. */
export async function expectDrawn(where: Locator, name: string): Promise<void> {
  const image = where.getByRole('img', { name });
  await expect(image).toBeVisible();
  expect(await image.evaluate((drawn: HTMLImageElement) => drawn.naturalWidth)).toBe(1);
}

/** There as long as an answer is being written. */
export function stopButton(page: Page) {
  return page.getByRole('button', { name: t('chat.composer.stop') });
}

/** Where messages are written. */
export function field(page: Page) {
  return page.getByRole('textbox', { name: t('chat.composer.label') });
}

/** A new conversation by its key, with nothing in it yet. */
export async function beginConversation(page: Page): Promise<void> {
  await page.keyboard.press('Alt+n');
  await expect(field(page)).toBeFocused();
  await expect(answers(page)).toHaveCount(0);
}

export async function send(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await page.getByRole('button', { name: t('chat.composer.send'), exact: true }).click();
}

/** Asks for an answer that counts, and waits until that very answer has begun. */
export async function sendAndSeeBegin(page: Page, text: string): Promise<void> {
  await send(page, text);
  const asked = questions(page).filter({ hasText: text }).last();
  await expect(asked.locator('xpath=following::*[@data-role="assistant"]').first()).toContainText('1 2 3');
}

/** The files of the message that is being written. */
export function draftFiles(page: Page) {
  return page.getByRole('list', { name: t('chat.files.label') }).getByRole('listitem');
}

/** Sizes of those that the page has stored for the next one, smallest first. */
export function storedFileSizes(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const { promise, resolve } = Promise.withResolvers<IDBDatabase>();
    const opening = indexedDB.open('chela.chat');
    opening.onsuccess = () => resolve(opening.result);
    const database = await promise;
    const reading = database.transaction('draftFiles').objectStore('draftFiles').getAll();
    const rows = Promise.withResolvers<void>();
    reading.onsuccess = () => rows.resolve();
    await rows.promise;
    database.close();
    return reading.result
      .map((row: { blob: Blob | null }) => row.blob?.size ?? 0)
      .sort((one, other) => one - other);
  });
}

/** Text files by their names, held over the window and let go there. */
export async function dropFiles(page: Page, texts: Record<string, string>): Promise<void> {
  const dataTransfer = await page.evaluateHandle((held) => {
    const hold = new DataTransfer();
    for (const [name, text] of Object.entries(held)) {
      hold.items.add(new File([text], name, { type: 'text/plain' }));
    }
    return hold;
  }, texts);
  await conversation(page).dispatchEvent('dragover', { dataTransfer });
  await expect(page.getByRole('form', { name: t('chat.composer.label') })).toHaveAttribute(
    'data-dragged',
    'true',
  );
  await conversation(page).dispatchEvent('drop', { dataTransfer });
}

/** A person may copy and paste anyway; a program must be allowed to. */
export async function allowClipboard(page: Page): Promise<void> {
  const { origin } = new URL(page.url());
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
}

export function clipboardText(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Copies the picture, and pastes it where messages are written. It comes without a name. */
export async function pastePicture(page: Page, png: Buffer): Promise<void> {
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const blob = new Blob([bytes], { type: 'image/png' });
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
  }, png.toString('base64'));
  await field(page).press('ControlOrMeta+v');
}

export type RemoteForm = {
  target: string;
  gatewayPort: number;
  identityFile: string;
  token?: string;
  localPort?: number;
};

/** What an `openclaw.json` says of the way to that host (R12). */
export async function remoteConfig({ target, sshd, gateway }: RemoteHost): Promise<object> {
  const remote = {
    url: `ws://127.0.0.1:${await freePort()}`,
    sshTarget: target,
    sshIdentity: sshd.clientKey,
    remotePort: gateway.port,
    token: gateway.token,
  };
  return { gateway: { mode: 'remote', remote } };
}

/** A home with an `openclaw.json`, that knows the host's key. */
export function homeWith(openclawConfig: object, { sshd }: RemoteHost): string {
  const home = makeHome();
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  writeFileSync(join(home, '.ssh', 'known_hosts'), `${sshd.hostKeyLine}\n`);
  mkdirSync(join(home, '.openclaw'), { mode: 0o700 });
  writeFileSync(join(home, '.openclaw', 'openclaw.json'), JSON.stringify(openclawConfig), { mode: 0o600 });
  return home;
}

/** Settings → General → OpenClaw runs → Remote over SSH, filled in; nothing is saved yet. */
export async function fillRemote(page: Page, form: RemoteForm): Promise<void> {
  await goTo(page, '#/settings/general');
  await page.getByRole('radio', { name: t('settings.runs.remote') }).click();
  await page.getByLabel(t('settings.target.label')).fill(form.target);
  await page.getByLabel(t('settings.gatewayPort.label')).fill(String(form.gatewayPort));
  await page.getByLabel(t('settings.identity.label'), { exact: true }).fill(form.identityFile);
  if (form.localPort !== undefined)
    await page.getByLabel(t('settings.localPort.label')).fill(String(form.localPort));
  if (form.token !== undefined) {
    const field = page.getByLabel(t('settings.token.label'), { exact: true });
    if (!(await field.isEditable()))
      await page.getByRole('button', { name: t('settings.token.replace') }).click();
    await field.fill(form.token);
    // Where no keychain answers, it is asked where to keep the token.
    const place = page.getByRole('radio', { name: t('credentials.place.session'), exact: true });
    const kept = page.getByText(t('credentials.place.keychain'), { exact: true });
    await expect(place.or(kept)).toBeVisible();
    if (await place.isVisible()) await place.click();
  }
}

export async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: t('settings.save'), exact: true }).click();
}

export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
}

export function backToChat(page: Page): Promise<void> {
  return goTo(page, '#/chat');
}

/** Answers the host-key question after comparing the fingerprint, as a careful person does. */
export async function trustHost(page: Page, sshd: Sshd): Promise<void> {
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText(sshd.hostFingerprint);
  await dialog.getByRole('button', { name: t('questions.hostKey.trust') }).click();
}

export const errorTitle = (code: keyof typeof catalogues.en.errors, values: Record<string, unknown> = {}) =>
  t(`errors.${code}.title`, values);

/** What a page that was just read would find: until it is on the disk, a closed tab has lost it. */
export async function expectKept(
  page: Page,
  store: 'outbox' | 'drafts' | 'removals' | 'pictures',
  count: number,
): Promise<void> {
  const kept = () =>
    page.evaluate(async (name) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      const opening = indexedDB.open('chela.chat');
      opening.onsuccess = () => {
        const counting = opening.result.transaction(name).objectStore(name).count();
        counting.onsuccess = () => {
          opening.result.close();
          resolve(counting.result);
        };
      };
      return promise;
    }, store);
  await expect.poll(kept).toBe(count);
}
