import { expect, type Page, test } from '@playwright/test';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { fakeRow } from '../fixtures/fake-gateway.ts';
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
  const question = {
    id: 'q1',
    status: 'pending',
    sessionKey: 'agent:main:main',
    createdAtMs: Date.now(),
    expiresAtMs: Date.now() + 900_000,
    questions: [
      {
        questionId: 'where',
        header: 'Where',
        question: 'Where should the new version go?',
        options: [{ label: 'Staging', description: 'Nobody sees it yet' }, { label: 'Production' }],
      },
    ],
  };
  fixture.gateway.offers = {
    'models.list': { models },
    'question.list': { questions: [question] },
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

async function expectNoSideways(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
}
