import { expect, type Page, test } from '@playwright/test';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { fakeQuestion, fakeRow } from '../fixtures/fake-gateway.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';

/** What stands around the field: model, thinking, context, questions of the agent, an earlier message (R8). */
let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture();
  const levels = ['off', 'low', 'medium', 'high'].map((id) => ({ id, label: id }));
  const models = [
    { id: 'small', name: 'Small', provider: 'lab', tags: ['default'] },
    {
      id: 'large',
      name: 'Large and careful',
      provider: 'lab',
      thinkingLevels: levels,
      thinkingDefault: 'medium',
    },
  ];
  fixture.gateway.offers = {
    'models.list': { models },
    'question.list': { questions: [fakeQuestion(1)] },
    'question.resolve': { status: 'answered' },
    'sessions.rewind': { editorText: 'Put it online' },
  };
  const row = { key: 'agent:main:main', isMain: true, sessionId: 's', modelProvider: 'lab', model: 'large' };
  fixture.gateway.sessions = [{ ...row, modelOverrideSource: 'user', contextTokens: 1000, totalTokens: 910 }];
  fixture.gateway.rows = [
    fakeRow('user', 'Put it online', 'run-1', Date.now()),
    fakeRow('assistant', 'It is ready. Where should it go?', 'run-1', Date.now()),
  ];
});
test.afterEach(() => fixture.stop());

const widths = [1100, 360] as const;
for (const [locale, colorScheme] of [
  ['en', 'light'],
  ['zh-Hant', 'dark'],
] as const) {
  for (const width of widths) {
    test(`R8: can be seen and reached, ${locale}, ${colorScheme}, ${width} px`, async ({ page }, info) => {
      const t = createTranslator(locale);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 760 });
      const { settings } = remoteScene;
      if (!settings) throw new Error('the scene has no settings');
      const appearance = { theme: 'system', language: locale } as const;
      fixture.engine.change({ settings: { ...settings, appearance } });
      await page.goto(fixture.link());
      const card = page.getByRole('form', { name: t('ask.title') });
      await expect(card).toBeVisible();
      await expect(page.getByText(t('chat.context.nearlyFull', { percent: 91 }))).toBeVisible();
      await expectAccessible(page);
      await expectNoSideways(page);
      await info.attach('question', { body: await page.screenshot(), contentType: 'image/png' });

      await card.getByRole('radio', { name: /Staging/ }).check();
      await card.getByRole('button', { name: t('ask.answer') }).click();
      await expect(card).toHaveCount(0);

      await page.getByRole('button', { name: new RegExp(`^${t('chat.model.label')}`) }).press('Enter');
      await expect(page.getByRole('menuitemradio', { name: /Large and careful/ })).toBeChecked();
      await expectAccessible(page);
      await info.attach('model', { body: await page.screenshot(), contentType: 'image/png' });
      await page.keyboard.press('Escape');

      await page.getByRole('button', { name: t('chat.rewrite.edit') }).press('Enter');
      await expect(page.getByText(t('chat.rewrite.note'))).toBeVisible();
      await expectAccessible(page);
      await expectNoSideways(page);
      await info.attach('rewrite', { body: await page.screenshot(), contentType: 'image/png' });
      await page.getByRole('textbox', { name: t('chat.composer.label') }).fill('Put it on the lab server');
      await page.keyboard.press('Enter');
      await expect(page.getByRole('log')).toContainText('Put it on the lab server');
      expect(fixture.gateway.asked.map(({ method }) => method)).toContain('sessions.rewind');
    });
  }
}

test('R8: a model and a level are asked for as chosen, and shown as the Gateway has them; a refusal says why', async ({
  page,
}) => {
  const t = createTranslator('en');
  const { gateway } = fixture;
  const key = 'agent:main:main';
  let thinkingLevel: unknown = null;
  gateway.offers['sessions.patch'] = (change: Record<string, unknown>) => {
    if ('thinkingLevel' in change) ({ thinkingLevel } = change);
    const ref = 'model' in change ? (change.model ?? 'lab/small') : 'lab/large';
    const [modelProvider, model] = String(ref).split('/');
    const modelOverride = 'model' in change && change.model === null ? undefined : model;
    return { key, entry: { thinkingLevel, modelOverride }, resolved: { modelProvider, model } };
  };
  await page.goto(fixture.link());
  const menu = (label: string, shown: string) =>
    page.getByRole('button', { name: `${label}: ${shown}`, exact: true });
  const thinking = (level: string) => menu(t('chat.thinking.label'), t('chat.thinking.shown', { level }));
  const model = (name: string) => menu(t('chat.model.label'), name);
  const option = (name: string | RegExp) => page.getByRole('menuitemradio', { name, exact: true });
  const choose = (name: string | RegExp) => option(name).click();
  const byDefault = new RegExp(`^${t('chat.model.default')}`);

  await thinking(t('chat.thinking.medium')).click();
  await choose(t('chat.thinking.high'));
  await expect(thinking(t('chat.thinking.high'))).toBeVisible();
  await model('Large and careful').click();
  await choose('Small');
  await expect(model('Small')).toBeVisible();
  // It has no levels to choose from.
  await expect(thinking(t('chat.thinking.high'))).toHaveCount(0);
  await model('Small').click();
  await choose(byDefault);
  const asked = () =>
    gateway.asked.filter(({ method }) => method === 'sessions.patch').map(({ params }) => params);
  await expect.poll(asked).toEqual([
    { key, thinkingLevel: 'high' },
    { key, model: 'lab/small' },
    { key, model: null },
  ]);
  await model('Small').click();
  await expect(option(byDefault)).toBeChecked();

  gateway.refuses = { 'sessions.patch': 'Large is away today.' };
  await choose('Large and careful');
  await expect(page.getByText(/Large is away today/)).toBeVisible();
  await expect(model('Small')).toBeVisible();
});

test('R8: another answer is asked for with the same words, and takes the place of the old one', async ({
  page,
}) => {
  const t = createTranslator('en');
  const { gateway } = fixture;
  gateway.onSend = (runId) =>
    gateway.chat(runId, { state: 'final', message: { role: 'assistant', content: 'To the lab, then.' } });
  await page.goto(fixture.link());
  const log = page.getByRole('log');
  const answer = log.locator('[data-role=assistant]');
  await expect(answer).toContainText('It is ready.');
  const entryId = expect.stringMatching(/^row-/);
  gateway.rows = [];
  await log.getByRole('button', { name: t('chat.answerAgain') }).click();
  // This Gateway keeps no branches: what is there goes for good, and a person says so.
  await expect(page.getByText(t('chat.former.goes'))).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(answer).toContainText('To the lab, then.');
  await expect(answer).toHaveCount(1);
  await expect(log.locator('[data-role=user]')).toHaveText('Put it online');
  const asked = gateway.asked.filter(({ method }) => /^(sessions.rewind|chat.send)$/.test(method));
  expect(asked).toMatchObject([
    { method: 'sessions.rewind', params: { sessionKey: 'agent:main:main', entryId } },
    { method: 'chat.send', params: { message: 'Put it online' } },
  ]);
});

async function expectNoSideways(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
}
