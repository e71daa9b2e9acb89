import { expect, test } from '@playwright/test';
import { fakeRow } from '../fixtures/fake-gateway.ts';
import { remoteScene, type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';
import { conversation, field, stopButton, t } from './world.ts';

/** Everybody can use it: input methods, screen readers, less motion, larger letters (R8). */
const sessionKey = 'agent:main:main';
const now = Date.now();

let fixture: ScreenFixture;
let runId: string;
test.beforeEach(async () => {
  fixture = await startScreenFixture();
  fixture.gateway.onSend = (id) => {
    runId = id;
  };
});
test.afterEach(() => fixture.stop());

const sent = () =>
  fixture.gateway.asked.filter(({ method }) => method === 'chat.send').map(({ params }) => params.message);
const say = (state: 'delta' | 'final', content: string) =>
  fixture.gateway.chat(runId, { state, message: { role: 'assistant', content } });

const sessions = ['Backup of the studio', 'Trip to Tainan'].map((label, index) => ({
  key: `agent:main:dashboard:${index}`,
  sessionId: `s${index}`,
  label,
  updatedAt: now - index,
}));

const approval = {
  id: 'a1',
  createdAtMs: now,
  expiresAtMs: now + 1_750_000,
  request: {
    command: `rsync --archive --delete /srv/site/ deploy@www:/var/www/${'site/'.repeat(40)}`,
    cwd: '/srv/site',
    host: 'gateway',
    agentId: 'main',
    allowedDecisions: ['allow-once', 'allow-always', 'deny'],
  },
};

test('R8: Enter that picks a candidate of an input method sends nothing; the next one sends the word', async ({
  page,
}) => {
  await page.goto(fixture.link());
  await expect(page.getByRole('heading', { name: t('chat.empty.title') })).toBeVisible();
  await field(page).focus();
  const composing = await page.evaluateHandle(() => {
    const seen: boolean[] = [];
    document.addEventListener('keydown', (event) => seen.push(event.isComposing), true);
    return seen;
  });
  const keyboard = await page.context().newCDPSession(page);
  await keyboard.send('Input.imeSetComposition', { text: '台', selectionStart: 1, selectionEnd: 1 });
  await expect(field(page)).toHaveValue('台');
  const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 };
  await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter });
  await keyboard.send('Input.insertText', { text: '台南' });
  await keyboard.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
  expect(await composing.jsonValue()).toEqual([true]);
  await expect(field(page)).toHaveValue('台南');
  await expect(conversation(page).locator('[data-role=user]')).toHaveCount(0);

  // Safari ends the composition first and marks the key only with this code.
  await keyboard.send('Input.dispatchKeyEvent', {
    type: 'rawKeyDown',
    ...enter,
    windowsVirtualKeyCode: 229,
  });
  await expect(field(page)).toHaveValue('台南');
  expect(sent()).toEqual([]);
  await field(page).press('Enter');
  await expect.poll(sent).toEqual(['台南']);
});

test('R8: a screen reader hears of an answer once, when it is finished', async ({ page }) => {
  await page.goto(fixture.link());
  await field(page).fill('Tell me');
  await field(page).press('Enter');
  await expect(stopButton(page)).toBeVisible();
  const heard = await page.evaluateHandle(() => {
    const said: string[] = [];
    for (const region of document.querySelectorAll('[aria-live=polite], [role=status], [role=alert]')) {
      new MutationObserver(() => said.push(region.textContent)).observe(region, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    }
    return said;
  });
  const text = Array.from({ length: 12 }, (_, word) => `word-${word}`).join(' ');
  for (let length = 8; length < text.length; length += 12) {
    say('delta', text.slice(0, length));
    await expect(conversation(page)).toContainText(text.slice(0, length));
  }
  expect(await heard.jsonValue()).toEqual([]);
  say('final', text);
  fixture.gateway.push('session.message', {
    sessionKey,
    message: fakeRow('assistant', text, runId, Date.now()),
  });
  await expect(page.getByRole('button', { name: t('chat.composer.send') })).toBeVisible();
  await expect.poll(() => heard.jsonValue()).toEqual([t('chat.announce.finished', { text })]);
  await expect(conversation(page)).toHaveAttribute('aria-live', 'off');
});

test('R8: with reduced motion nothing moves by itself; at 200 % nothing is cut off', async ({ browser }) => {
  // A window of 1280 × 1024 at 200 %.
  const context = await browser.newContext({
    viewport: { width: 640, height: 512 },
    deviceScaleFactor: 2,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  fixture.engine.change(remoteScene);
  fixture.gateway.sessions = sessions;
  const table = `| ${'a long heading | '.repeat(8)}\n|${' --- |'.repeat(8)}\n|${' cell |'.repeat(8)}`;
  fixture.gateway.rows = [
    fakeRow('user', 'x'.repeat(300), 'r1', now),
    fakeRow('assistant', `${table}\n\n\`\`\`bash\n${'long '.repeat(60)}\n\`\`\``, 'r1', now),
  ];
  await page.goto(fixture.link());
  await expect(conversation(page).getByRole('table')).toBeVisible();
  await field(page).fill('Go on');
  await field(page).press('Enter');
  await expect(stopButton(page)).toBeVisible();
  await field(page).fill('And then');
  fixture.gateway.push('exec.approval.requested', approval);
  await expect(page.getByRole('article', { name: t('approvals.title') })).toBeVisible();

  const moving = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) =>
        ['', '::before', '::after'].flatMap((part) => {
          const { transitionDuration, animationDuration, animationName } = getComputedStyle(element, part);
          const isStill = (durations: string) =>
            durations.split(',').every((duration) => Number.parseFloat(duration) === 0);
          return isStill(transitionDuration) && (animationName === 'none' || isStill(animationDuration))
            ? []
            : [`${element.className}${part}`];
        }),
      ),
    );
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const inView = (name: string) => expect(page.getByRole('button', { name, exact: true })).toBeInViewport();
  expect(await moving()).toEqual([]);
  expect(await overflow()).toBe(0);
  await expect(field(page)).toBeInViewport({ ratio: 1 });
  await inView(t('chat.composer.send'));
  await page.getByRole('button', { name: t('sessions.toggle') }).click();
  await expect(page.getByRole('list', { name: t('sessions.title') })).toBeVisible();
  expect(await moving()).toEqual([]);
  expect(await overflow()).toBe(0);
  await context.close();
});

for (const width of [360, 1000]) {
  test(`R8: a menu in the list gives the focus back to its line, or to the next where that one goes: ${width} px`, async ({
    page,
  }) => {
    const { gateway } = fixture;
    gateway.sessions = sessions;
    gateway.offers = {
      'sessions.patch': ({ key, pinned }: Record<string, unknown>) => {
        gateway.sessions = gateway.sessions.map((row) => (row.key === key ? { ...row, pinned } : row));
        return {};
      },
      'sessions.delete': {},
    };
    await page.setViewportSize({ width, height: 680 });
    await page.goto(fixture.link());
    if (width === 360) await page.getByRole('button', { name: t('sessions.toggle') }).click();
    const more = page.getByRole('button', { name: t('sessions.more', { title: 'Backup of the studio' }) });
    const entry = (name: 'sessions.pin' | 'sessions.unpin' | 'sessions.delete') =>
      page.getByRole('menuitem', { name: t(name), exact: true });
    await more.press('Enter');
    await entry('sessions.pin').press('Enter');
    await expect(more).toBeFocused();
    await more.click();
    await entry('sessions.unpin').click();
    await expect(page.getByRole('menuitem')).toHaveCount(0);
    await expect(more).toBeFocused();
    await more.press('Enter');
    await entry('sessions.delete').press('Enter');
    await expect(page.locator('[data-session]').filter({ hasText: 'Trip to Tainan' })).toBeFocused();
  });
}

test('R8: axe finds nothing in what opens over and beside the conversation', async ({ page }) => {
  const { gateway } = fixture;
  gateway.sessions = sessions;
  gateway.policy = { attachments: { maxBytes: 1024, maxImageBytes: 1024 } };
  gateway.rows = [fakeRow('user', 'Where is it?', 'r1', now), fakeRow('assistant', 'Here it is.', 'r1', now)];
  await page.goto(fixture.link());
  await expect(conversation(page)).toContainText('Here it is.');

  await test.step('a command that waits, and a refused file', async () => {
    gateway.push('exec.approval.requested', approval);
    await expect(page.getByRole('article', { name: t('approvals.title') })).toBeVisible();
    await page
      .getByLabel(t('chat.files.add'))
      .and(page.locator('input'))
      .setInputFiles({ name: 'large.log', mimeType: 'text/plain', buffer: Buffer.alloc(2048, 'x') });
    await expect(page.locator('.file-problem').first()).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: t('chat.files.remove', { name: 'large.log' }) }).click();
    gateway.push('exec.approval.resolved', { id: approval.id });
  });

  await test.step('the search, and the commands', async () => {
    await page.keyboard.press('ControlOrMeta+f');
    await page.getByRole('searchbox', { name: t('chat.find.label') }).fill('it');
    await expect(page.getByText(t('chat.find.count', { at: 2, count: 2 }))).toBeVisible();
    await field(page).fill('/s');
    await expect(page.getByRole('listbox', { name: t('chat.commands') })).toBeVisible();
    await expectAccessible(page);
    await field(page).fill('');
    await page.getByRole('button', { name: t('chat.find.close') }).click();
  });

  const [, second] = sessions;
  const title = second?.label ?? '';
  await test.step('the menu of a conversation, and the way back from deleting it', async () => {
    await page.getByRole('button', { name: t('sessions.more', { title }) }).press('Enter');
    await expect(page.getByRole('menuitem', { name: t('sessions.delete') })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('menuitem', { name: t('sessions.delete') }).press('Enter');
    await expect(page.getByText(t('sessions.deleting', { title }))).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: t('sessions.undo') }).click();
  });

  await test.step('the keys', async () => {
    await conversation(page).focus();
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: t('chat.keys.title') })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
  });

  await test.step('what the next message does to a run, and the list on a narrow screen', async () => {
    await field(page).fill('Go on');
    await field(page).press('Enter');
    await expect(stopButton(page)).toBeVisible();
    await field(page).fill('Then');
    await expect(page.getByRole('radiogroup', { name: t('chat.queue.label') })).toBeVisible();
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 640 });
    await page.getByRole('button', { name: t('sessions.toggle') }).click();
    await expect(page.getByRole('dialog', { name: t('sessions.title') })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: t('sessions.more', { title }) }).click();
    await expect(page.getByRole('menuitem', { name: t('sessions.delete') })).toBeInViewport({ ratio: 1 });
    await expectAccessible(page);
    await page.getByRole('menuitem', { name: t('sessions.rename') }).click();
    await expect(page.getByRole('textbox', { name: t('sessions.nameOf', { title }) })).toBeFocused();
  });
});
