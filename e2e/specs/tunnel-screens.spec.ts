import { expect, type Page, test } from '@playwright/test';
import type { DoctorStep } from '../../src/shared/contract/doctor.ts';
import type { Snapshot } from '../../src/shared/contract/snapshot.ts';
import { type AppError, appError } from '../../src/shared/errors.ts';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { dayOf, hostKeyChange, hostKeyChanged, hostKeyQuestion, ladder } from '../fixtures/scenes.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** Questions, the changed key, the lamps and the doctor, in states that are hard to reach with real parts. */
const t = createTranslator('en');

let fixture: ScreenFixture;
let refused: string[];
let asked: [method: string, params: unknown][];

test.beforeEach(async ({ page }) => {
  fixture = await startScreenFixture();
  refused = [];
  asked = [];
  fixture.answer = (method, params) => {
    asked.push([method, params]);
    return null;
  };
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) refused.push(message.text());
  });
});

test.afterEach(async () => {
  await fixture.stop();
  expect(refused).toEqual([]);
});

const failedWith = (error: AppError, more: Partial<Snapshot> = {}): Partial<Snapshot> => ({
  ...remoteScene,
  connection: { tag: 'failed', error },
  endpoint: null,
  ...more,
});
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

async function climb(page: Page, steps: readonly DoctorStep[], isDone = true): Promise<void> {
  await expect(button(page, t('connection.ladder.stop'))).toBeEnabled();
  for (const step of steps) {
    fixture.engine.emit({ event: 'doctor.step', payload: { runId: 'run-1', step } });
  }
  if (isDone) fixture.engine.emit({ event: 'doctor.done', payload: { runId: 'run-1' } });
}

test.describe('axe finds nothing', () => {
  test('a password, and the server’s own prompts', async ({ page }) => {
    fixture.engine.change({
      ...remoteScene,
      questions: [
        { id: 'q1', kind: 'password', user: 'ada', host: 'studio', wrongBefore: true, canRemember: true },
      ],
    });
    await page.goto(fixture.link());
    await expect(page.getByRole('textbox', { name: t('questions.password.label') })).toBeFocused();
    await expectAccessible(page);
    fixture.engine.change({
      questions: [
        {
          id: 'q2',
          kind: 'keyboardInteractive',
          user: 'ada',
          host: 'studio',
          name: 'Two-factor sign-in',
          instructions: 'Open the authenticator.\nThe code changes.',
          prompts: [
            { prompt: 'Password: ', echo: false },
            { prompt: 'Verification code: ', echo: true },
          ],
        },
      ],
    });
    await expect(page.getByLabel('Password:')).toBeFocused();
    await expectAccessible(page);
  });

  test('a changed host key, from the banner to the typed name', async ({ page }) => {
    fixture.engine.change(failedWith(hostKeyChanged, { hostKeyChange }));
    await page.goto(fixture.link());
    await expect(button(page, t('connection.remedy.compareKeys'))).toBeVisible();
    await expectAccessible(page);
    await button(page, t('connection.remedy.compareKeys')).click();
    await expect(button(page, t('questions.changed.cancel'))).toBeFocused();
    await expectAccessible(page);
    await page.getByLabel(t('questions.changed.typeHost', { host: 'studio' })).fill('studio');
    await expect(button(page, t('questions.changed.accept'))).toBeEnabled();
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alertdialog')).toHaveCount(0);
    expect(asked).toContainEqual(['hostKey.replace', { typedHost: 'studio' }]);
  });

  test('a pairing request with its command and its consent', async ({ page }) => {
    const details = { requestId: 'req-7' };
    fixture.engine.change(failedWith(appError('GATEWAY_PAIRING_REQUIRED', 'x', { details })));
    await page.goto(fixture.link());
    await expect(button(page, t('connection.remedy.approve'))).toBeVisible();
    await expectAccessible(page);
    await button(page, t('connection.remedy.approve')).click();
    await expect(button(page, t('questions.pairing.cancel'))).toBeFocused();
    await expectAccessible(page);
  });

  test('the panel and Settings with a bad hour and a side port that is taken', async ({ page }) => {
    const error = appError('PORT_IN_USE', 'x', { details: { port: 18791 } });
    fixture.engine.change({
      ...remoteScene,
      quality: dayOf(Date.now()),
      ssh: { engine: 'builtin', crypto: 'native', sideForwards: [{ port: 18791, error }] },
    });
    await page.goto(fixture.link());
    await button(page, t('chat.keys.settings')).click();
    await expect(page.getByText('24 h: 99.2% up, 3 drops, median 23 ms')).toBeVisible();
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 640 });
    expect(await overflow(page)).toBe(0);
    await page.evaluate(() => {
      location.hash = '#/panel';
    });
    await expect(page.getByText(t('errors.PORT_IN_USE.title', { port: 18791 }))).toBeVisible();
    await expectAccessible(page);
    expect(await overflow(page)).toBe(0);
  });

  test('the doctor, while it climbs, when it fails and when all holds', async ({ page }) => {
    fixture.engine.change(failedWith(hostKeyChanged));
    await page.goto(fixture.link());
    await button(page, t('connection.diagnose')).click();
    const running: DoctorStep = {
      id: 'hostKey',
      status: 'running',
      ms: null,
      evidence: null,
      error: null,
      fix: null,
    };
    await climb(page, [...ladder().slice(0, 4), running], false);
    await expect(page.getByRole('listitem').nth(3)).toContainText(t('doctor.title.banner'));
    await expectAccessible(page);
    await climb(
      page,
      ladder({
        id: 'hostKey',
        error: hostKeyChanged,
        evidence: null,
        fix: { kind: 'action', action: 'reviewHostKey' },
      }),
    );
    await expect(button(page, t('connection.remedy.compareKeys'))).toBeVisible();
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 640 });
    expect(await overflow(page)).toBe(0);
    await button(page, t('connection.ladder.run')).click();
    await climb(page, ladder());
    await expect(page.getByText(t('connection.ladder.allPassed'))).toBeVisible();
    await expectAccessible(page);
  });
});

test('the doctor has a key, and Escape goes back to where it was asked', async ({ page }) => {
  fixture.engine.change(remoteScene);
  await page.goto(fixture.link());
  await expect(page.getByRole('heading', { name: t('chat.empty.title') })).toBeVisible();
  await page.keyboard.press('Alt+d');
  await expect(page.getByRole('heading', { name: t('connection.ladder.title') })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: t('chat.empty.title') })).toBeVisible();
});

test('a long question stays in sight at 360 px, with the focus on the safe answer', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 560 });
  fixture.engine.change({
    ...remoteScene,
    questions: [hostKeyQuestion],
  });
  await page.goto(fixture.link());
  await expect(button(page, t('questions.hostKey.refuse'))).toBeFocused();
  await expect(
    page.getByRole('heading', { name: t('questions.hostKey.title', { host: 'studio' }) }),
  ).toBeInViewport();
  fixture.engine.change(failedWith(hostKeyChanged, { hostKeyChange, questions: [] }));
  await button(page, t('connection.remedy.compareKeys')).click();
  await expect(button(page, t('questions.changed.cancel'))).toBeFocused();
  await expect(
    page.getByRole('heading', { name: t('questions.changed.title', { host: 'studio' }) }),
  ).toBeInViewport();
});
