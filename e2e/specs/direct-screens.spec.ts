import { expect, type Page, test } from '@playwright/test';
import { doctorRungs } from '../../src/shared/contract/doctor.ts';
import { appError } from '../../src/shared/errors.ts';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { certificateChanged, directLadder, fingerprints, type ladder } from '../fixtures/scenes.ts';
import { directScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** A Gateway's own address (R3, R24, R26): the certificate's dialog, the fields, the panel and the ladder. */
const t = createTranslator('en');

let fixture: ScreenFixture;
let refused: string[];
let asked: [method: string, params: unknown][];

test.beforeEach(async ({ page }) => {
  fixture = await startScreenFixture(directScene);
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

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const goTo = (page: Page, hash: string) =>
  page.evaluate((to) => {
    location.hash = to;
  }, hash);

async function climb(page: Page, failed: Parameters<typeof ladder>[0]): Promise<void> {
  await goTo(page, '#/doctor');
  await expect(button(page, t('connection.ladder.stop'))).toBeEnabled();
  for (const step of directLadder(failed)) {
    fixture.engine.emit({ event: 'doctor.step', payload: { runId: 'run-1', step } });
  }
  fixture.engine.emit({ event: 'doctor.done', payload: { runId: 'run-1' } });
}

const mismatchRung = {
  id: 'tls',
  error: certificateChanged,
  evidence: {
    key: 'certificate',
    values: { fingerprint: fingerprints.offered, issuer: 'O=Studio, CN=gateway', until: 'Nov 24 2027 GMT' },
  },
  fix: { kind: 'action', action: 'openSettings' },
} as const;

test.describe('axe finds nothing', () => {
  test('R26: a changed certificate, from the banner to the typed name', async ({ page }) => {
    fixture.engine.change({ connection: { tag: 'failed', error: certificateChanged }, endpoint: null });
    await page.goto(fixture.link());
    const banner = page.getByRole('alert');
    await expect(banner).toContainText('9A:1B:2C:3D…78:89:9A:AB');
    await expect(banner).not.toContainText(fingerprints.offered);
    await expectAccessible(page);
    await button(page, t('connection.remedy.compareCertificates')).click();
    await expect(button(page, t('questions.certificate.cancel'))).toBeFocused();
    const dialog = page.getByRole('alertdialog');
    await expect(dialog).toContainText(fingerprints.pinned);
    await expect(dialog).toContainText(fingerprints.offered);
    await expectAccessible(page);
    await page
      .getByLabel(t('questions.certificate.typeHost', { host: 'studio.example' }))
      .fill('studio.example');
    await expect(button(page, t('questions.certificate.accept'))).toBeEnabled();
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await expect(dialog).toHaveCount(0);
    expect(asked).toContainEqual([
      'certificate.pin',
      { typedHost: 'studio.example', fingerprint: fingerprints.offered },
    ]);
  });

  test('the fields, with a test that was refused over the certificate', async ({ page }) => {
    fixture.answer = (method) =>
      method === 'connection.testDirect' ? Promise.resolve({ ok: false, error: certificateChanged }) : null;
    await page.goto(fixture.link());
    await goTo(page, '#/settings');
    await expect(page.getByRole('radio', { name: t('settings.runs.direct') })).toBeChecked();
    await button(page, t('settings.test.run')).click();
    await expect(button(page, t('connection.remedy.compareCertificates'))).toBeVisible();
    await expectAccessible(page);
  });

  test('the panel and the ladder', async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 600 });
    await page.goto(fixture.link());
    await goTo(page, '#/panel');
    await expect(page.getByText(t('connection.lamps.gateway'), { exact: true })).toBeVisible();
    await expect(page.getByText(t('connection.lamps.forward'), { exact: true })).toHaveCount(0);
    await expectAccessible(page);
    await climb(page, mismatchRung);
    await expect(page.getByRole('listitem')).toHaveCount(doctorRungs.direct.length);
    await expectAccessible(page);
  });
});

for (const locale of ['en', 'zh-Hant'] as const) {
  test(`nothing is cut off at 360 px: ${locale}`, async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 640 });
    const { settings } = fixture.engine.snapshot().snapshot;
    fixture.engine.change({
      settings: { ...settings, appearance: { theme: 'system', language: locale } },
      connection: { tag: 'failed', error: certificateChanged },
      endpoint: null,
    });
    const words = createTranslator(locale);
    await page.goto(fixture.link());
    await button(page, words('connection.remedy.compareCertificates')).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
    expect(await overflow(page)).toBe(0);
    await page.keyboard.press('Escape');
    await goTo(page, '#/settings');
    await expect(page.getByLabel(words('settings.direct.url'))).toBeVisible();
    expect(await overflow(page)).toBe(0);
  });
}

test('R24: what was refused for want of encryption says so before anything is opened', async ({ page }) => {
  const details = { host: '10.1.2.3' };
  const error = appError('GATEWAY_PLAINTEXT_REFUSED', 'x', { details });
  fixture.engine.change({ connection: { tag: 'failed', error }, endpoint: null });
  await page.goto(fixture.link());
  await expect(page.getByRole('alert')).toContainText('OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1');
  await expect(button(page, t('connection.openSettings'))).toBeVisible();
});
