import { existsSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import type { Locale } from '../../src/shared/config/settings.ts';
import { appError } from '../../src/shared/errors.ts';
import { createTranslator } from '../../src/shared/i18n/index.ts';
import { type FakeRow, fakeRow } from '../fixtures/fake-gateway.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';

/**
 * R8: the main states of WebChat as they were last looked at. One that differs is a question to a person: look at the
 * picture in the report, then mend the page, or take it over with `--update-snapshots`.
 */
const fonts = {
  text: { name: 'DejaVu Sans', file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' },
  mono: { name: 'DejaVu Sans Mono', file: '/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf' },
  chinese: {
    name: 'Droid Sans Fallback',
    file: '/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf',
  },
} as const;
test.skip(process.platform !== 'linux', 'other systems draw letters in their own way');
test.beforeAll(() => {
  const missing = Object.values(fonts).filter(({ file }) => !existsSync(file));
  expect(missing, 'fonts that the pictures are drawn in').toEqual([]);
});

const t = createTranslator('en');

/** A morning, on the day after the messages. */
const now = Date.UTC(2026, 5, 3, 1, 30);
const yesterday = now - 24 * 60 * 60_000;

test.use({ viewport: { width: 1000, height: 680 }, timezoneId: 'Asia/Taipei' });

let fixture: ScreenFixture;
test.beforeEach(async ({ page }) => {
  await page.clock.install({ time: now });
  fixture = await startScreenFixture({
    ...remoteScene,
    health: { checkedAtMs: now, ok: true, rttMs: 23, error: null },
  });
});
test.afterEach(() => fixture.stop());

type Look = { colorScheme: 'light' | 'dark'; locale?: Locale; width?: number };

async function open(page: Page, { colorScheme, locale = 'en', width }: Look): Promise<void> {
  const { settings } = remoteScene;
  if (!settings) throw new Error('the scene has no settings');
  fixture.engine.change({ settings: { ...settings, appearance: { theme: 'system', language: locale } } });
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  if (width) await page.setViewportSize({ width, height: 680 });
  await page.goto(fixture.link());
  await page.evaluate(({ text, mono, chinese }) => {
    const { style } = document.documentElement;
    style.setProperty('--font', `"${text.name}", "${chinese.name}"`);
    style.setProperty('--mono', `"${mono.name}", "${chinese.name}"`);
  }, fonts);
}

/** `countdown`: what is shown at {@link now}, where seconds are counted. */
async function expectLook(page: Page, name: string, countdown?: string): Promise<void> {
  await page.mouse.move(0, 0);
  // Until here it went on: the list measures its scrolling with it.
  await page.clock.setFixedTime(now);
  if (countdown) await expect(page.getByText(countdown)).toBeVisible();
  // Another build of the browser smooths edges in its own way; a moved line is far more than this.
  await expect(page).toHaveScreenshot(`${name}.png`, { maxDiffPixelRatio: 0.01, caret: 'hide' });
}

const sessions = (locale: Locale) => {
  const names = {
    en: ['Backup of the studio', 'Trip to Tainan', 'Release notes'],
    'zh-Hant': ['工作室的備份', '台南之旅', '版本說明'],
  } as const;
  const rows = names[locale].map((label, at) => ({
    key: `agent:main:dashboard:${at}`,
    sessionId: `s${at}`,
    label,
    updatedAt: yesterday - at * 3_600_000,
    unread: at === 1,
    hasActiveRun: at === 2,
    activeRunIds: at === 2 ? ['r'] : [],
    pinned: at === 0,
  }));
  return [{ key: 'agent:main:main', sessionId: 'session-1', isMain: true, updatedAt: yesterday }, ...rows];
};

const metadata = (seq: number) => ({
  __openclaw: { id: `m${seq}`, seq, runId: 'r1' },
  timestamp: yesterday + seq,
});

const words = {
  en: {
    question: 'Is the backup of tonight complete?',
    answer: [
      'Yes. **Three** of three volumes were copied, and the checksums agree.',
      '| Volume | Size | Took |\n| --- | ---: | ---: |\n| home | 182 GB | 41 min |\n| photos | 96 GB | 22 min |',
      '```bash\nrestic check --read-data-subset=5%  # no errors\n```',
      'The next one begins at 02:00.',
    ].join('\n\n'),
  },
  'zh-Hant': {
    question: '今晚的備份完成了嗎？',
    answer: [
      '完成了。**三個**磁碟區都已複製，核對碼也一致。',
      '| 磁碟區 | 大小 | 耗時 |\n| --- | ---: | ---: |\n| home | 182 GB | 41 分 |\n| 照片 | 96 GB | 22 分 |',
      '```bash\nrestic check --read-data-subset=5%  # 沒有錯誤\n```',
      '下一次備份在凌晨 2 點開始。',
    ].join('\n\n'),
  },
} as const;

const report = {
  type: 'attachment',
  attachment: { artifactId: 'a1', kind: 'document', label: 'backup-report.pdf', sizeBytes: 183_000 },
};

/** A question, a tool that ran, one that failed, and an answer with all that an answer may have. */
function conversation(locale: Locale): FakeRow[] {
  const call = (id: string, command: string) => ({
    type: 'toolCall',
    id,
    name: 'exec',
    arguments: { command },
  });
  const result = (seq: number, toolCallId: string, text: string, exitCode: number) => ({
    role: 'toolResult',
    toolCallId,
    toolName: 'exec',
    content: [{ type: 'text', text }],
    details: { exitCode, durationMs: 1200 },
    isError: exitCode !== 0,
    ...metadata(seq),
  });
  const { question, answer } = words[locale];
  return [
    { ...fakeRow('user', question, 'r1', yesterday), __openclaw: { id: 'm1', seq: 1 } },
    {
      role: 'assistant',
      content: [call('c1', 'restic snapshots'), call('c2', 'mount /mnt/old')],
      ...metadata(2),
    },
    result(3, 'c1', '3 snapshots', 0),
    result(4, 'c2', 'mount: /mnt/old: no such device', 32),
    {
      role: 'assistant',
      content: [{ type: 'text', text: answer }, report],
      model: 'large-2',
      usage: { input: 5120, output: 184 },
      ...metadata(5),
    },
  ];
}

async function openConversation(page: Page, look: Look): Promise<void> {
  fixture.gateway.sessions = sessions(look.locale ?? 'en');
  fixture.gateway.rows = conversation(look.locale ?? 'en');
  await open(page, look);
  await expect(page.getByRole('log').getByRole('table')).toBeVisible();
  // Coloured in a worker.
  const log = page.getByRole('log');
  await expect(log.locator('[class*=tok-]').first()).toBeVisible();
  const below = () => log.evaluate((at) => at.scrollHeight - at.clientHeight - at.scrollTop);
  await expect.poll(below).toBeLessThan(2);
}

test('R8: a conversation, and the same without a connection', async ({ page }) => {
  await openConversation(page, { colorScheme: 'light' });
  await expectLook(page, 'conversation-light');
  const error = appError('SSH_TIMEOUT', 'x', { details: { host: 'studio', port: 22, seconds: 10 } });
  fixture.engine.change({
    connection: { tag: 'reconnecting', attempt: 3, retryAt: now + 12_000, error },
    endpoint: null,
  });
  await expect(page.getByRole('alert')).toBeVisible();
  const field = page.getByRole('textbox', { name: t('chat.composer.label') });
  await field.fill('Then start the next one now.');
  await field.press('Enter');
  await expect(page.getByText(t('chat.delivery.waiting'))).toBeVisible();
  await expectLook(page, 'offline-light', 'in 12 s');
});

test('R8: Traditional Chinese: a conversation in the dark, and an empty one', async ({ page }) => {
  await openConversation(page, { colorScheme: 'dark', locale: 'zh-Hant' });
  await expectLook(page, 'conversation-dark-zh-Hant');
  await page.keyboard.press('Alt+n');
  await page.emulateMedia({ colorScheme: 'light' });
  await expect(page.getByText(createTranslator('zh-Hant')('chat.empty.title'))).toBeVisible();
  await expectLook(page, 'empty-zh-Hant');
});

test('R8: at 360 px: a conversation, and the list of them', async ({ page }) => {
  await openConversation(page, { colorScheme: 'light', width: 360 });
  await expectLook(page, 'narrow-light');
  await page.getByRole('button', { name: t('sessions.toggle') }).click();
  await expect(page.getByRole('list', { name: t('sessions.title') })).toBeVisible();
  await expectLook(page, 'narrow-list-light');
});

test('R8: what waits for a person, and a conversation that is gone', async ({ page }) => {
  fixture.gateway.offers = { 'question.list': { questions: [question] } };
  await openConversation(page, { colorScheme: 'dark' });
  await expect(page.getByRole('form', { name: t('ask.title') })).toBeVisible();
  fixture.gateway.push('exec.approval.requested', approval);
  await expect(page.getByRole('article', { name: t('approvals.title') })).toBeVisible();
  await expectLook(page, 'waiting-dark', '29:10');
  fixture.gateway.push('question.resolved', { id: question.id });
  fixture.gateway.push('exec.approval.resolved', { id: approval.id });
  fixture.gateway.push('sessions.changed', { sessionKey: 'agent:main:main', reason: 'delete' });
  await expect(page.getByText(t('errors.CONVERSATION_DELETED.title'))).toBeVisible();
  await expectLook(page, 'deleted-dark');
});

const question = {
  id: 'q1',
  status: 'pending',
  sessionKey: 'agent:main:main',
  createdAtMs: now,
  expiresAtMs: now + 900_000,
  questions: [
    {
      questionId: 'where',
      header: 'Where',
      question: 'Where should the new version go?',
      options: [{ label: 'Staging', description: 'Nobody sees it yet' }, { label: 'Production' }],
    },
  ],
};

const approval = {
  id: 'a1',
  createdAtMs: now,
  expiresAtMs: now + 1_750_000,
  request: {
    command: 'rsync --archive --delete /srv/site/ deploy@www:/var/www/site/',
    cwd: '/srv/site',
    host: 'gateway',
    agentId: 'main',
    allowedDecisions: ['allow-once', 'allow-always', 'deny'],
  },
};
