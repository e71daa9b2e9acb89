import { expect, test } from '@playwright/test';
import { fakeRow } from '../fixtures/fake-gateway.ts';
import { type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { allowClipboard, answers, clipboardText, conversation, t } from './world.ts';

/** What stands in a conversation, and what a person takes from it (R8). */
const at = new Date().setHours(9, 5, 0, 0);

let fixture: ScreenFixture;
test.beforeEach(async () => {
  fixture = await startScreenFixture();
});
test.afterEach(() => fixture.stop());

test('R8: code and whole answers are copied as they were written; long lines are wrapped on request', async ({
  page,
}) => {
  const code = `rsync --archive ${'/srv/site/ '.repeat(30).trim()}\necho "done" > a.txt`;
  const text = `Run **this**:\n\n\`\`\`bash\n${code}\n\`\`\`\n\nThen look.`;
  fixture.gateway.rows = [fakeRow('user', 'How?', 'r1', at), fakeRow('assistant', text, 'r1', at)];
  await page.goto(fixture.link());
  await allowClipboard(page);
  const block = conversation(page).locator('figure.code');
  await expect(block).toContainText('bash');

  await block.getByRole('button', { name: t('chat.copyCode') }).click();
  await expect(block.getByRole('status')).toHaveText(t('chat.copied'));
  expect(await clipboardText(page)).toBe(code);

  const isWide = () =>
    block.locator('pre').evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
  const wrap = block.getByRole('button', { name: t('chat.wrap') });
  await expect(wrap).toHaveAttribute('aria-pressed', 'false');
  expect(await isWide()).toBe(true);
  await wrap.click();
  await expect(wrap).toHaveAttribute('aria-pressed', 'true');
  expect(await isWide()).toBe(false);
  await wrap.click();
  await expect(wrap).toHaveAttribute('aria-pressed', 'false');
  expect(await isWide()).toBe(true);

  await answers(page)
    .getByRole('button', { name: t('chat.copyMessage') })
    .click();
  await expect(answers(page).getByRole('contentinfo').or(answers(page).locator('footer'))).toContainText(
    t('chat.copied'),
  );
  expect(await clipboardText(page)).toBe(text);
});

test('R8: when an answer came, which model wrote it and what it took, for a pointer and for a key', async ({
  page,
}) => {
  const usage = { input: 5120, output: 184 };
  const written = { ...fakeRow('assistant', 'It is done.', 'r1', at), model: 'large-2', usage };
  fixture.gateway.rows = [fakeRow('user', 'Do it', 'r1', at), written];
  await page.goto(fixture.link());
  const facts = answers(page).locator('.message-facts');
  await expect(facts).toContainText('large-2');
  await expect(facts).toContainText(t('chat.usage', { input: '5,120', output: '184' }));
  await expect(facts.locator('time')).toHaveText(/9:05/);
  await expect(answers(page)).toHaveAccessibleName(/9:05/);
  await expect(facts).toHaveCSS('opacity', '0');
  await answers(page).hover();
  await expect(facts).toHaveCSS('opacity', '1');
  await page.mouse.move(0, 0);
  await expect(facts).toHaveCSS('opacity', '0');
  await facts.getByRole('button', { name: t('chat.copyMessage') }).focus();
  await expect(facts).toHaveCSS('opacity', '1');
});

test('R8: rows of the Gateway, of a program and of a run that failed are drawn as what they are', async ({
  page,
}) => {
  const own = (row: Record<string, unknown>, runId = '') => {
    const { __openclaw, ...rest } = fakeRow('assistant', '', runId, at);
    const metadata: Record<string, unknown> = { ...(__openclaw as object) };
    if (runId === '') delete metadata.runId;
    const { kind, ...more } = row;
    return { ...rest, ...more, __openclaw: { ...metadata, ...(kind !== undefined && { kind }) } };
  };
  fixture.gateway.rows = [
    fakeRow('user', 'Before', 'r1', at),
    fakeRow('assistant', 'An answer of old', 'r1', at),
    own({ role: 'system', kind: 'reset', content: 'reset' }),
    own({ role: 'system', content: 'The model was changed to large-2' }),
    own({ content: [{ type: 'text', text: 'Backup finished' }], model: 'gateway-injected' }),
    fakeRow('user', 'And now?', 'r2', at),
    own({
      role: 'custom',
      customType: 'run-failed-before-reply',
      content: '⚠️ Agent failed before reply: No key for the model.\nTo view logs: openclaw logs',
    }),
  ];
  await page.goto(fixture.link());
  await expect(conversation(page).locator('.divider', { hasText: t('chat.reset') })).toBeVisible();
  const note = conversation(page).getByText('The model was changed to large-2');
  await expect(note).toBeVisible();
  await expect(answers(page).filter({ has: note })).toHaveCount(0);

  const injected = answers(page).filter({ hasText: 'Backup finished' });
  await expect(injected).toContainText(t('chat.injected'));
  await expect(injected).not.toContainText('gateway-injected');
  await expect(answers(page).filter({ hasText: 'An answer of old' })).not.toContainText(t('chat.injected'));

  const failure = conversation(page).locator('.run-failure');
  await expect(failure).toContainText(t('chat.run.failed'));
  await expect(failure.getByText('No key for the model.', { exact: true })).toBeVisible();
  const order = await conversation(page)
    .locator('.divider, .gateway-note, article, .run-failure')
    .evaluateAll((rows) => rows.map((row) => row.textContent));
  expect(order.map((text) => text.slice(0, 6))).toEqual(
    [
      'Before',
      'An answer',
      t('chat.reset'),
      'The model',
      t('chat.injected'),
      'And now?',
      t('chat.run.failed'),
    ].map((text) => text.slice(0, 6)),
  );
});

test('R8: whoever drags the bar through a long conversation sees where they are, and all of it where they stop', async ({
  page,
}) => {
  fixture.gateway.rows = Array.from({ length: 100 }, (_, n) =>
    fakeRow(n % 2 ? 'assistant' : 'user', `Message **${n}**.`, `r${n >> 1}`, at + n),
  );
  await page.goto(fixture.link());
  await expect(answers(page).last()).toContainText('Message 99.');
  const passing = conversation(page).locator('.passing-row');

  // Up and down, until there is something to see: a slow machine may take long for a frame.
  const seen = await conversation(page).evaluate(async (log) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const words: (string | null)[] = [];
    for (let leap = 0; leap < 80 && words.length < 8; leap++) {
      log.scrollTop += (leap % 16 < 8 ? -1 : 1) * (log.clientHeight + 20);
      await frame();
      await frame();
      words.push(...[...log.querySelectorAll('.passing-row')].map(({ textContent }) => textContent));
    }
    return words;
  });
  expect(seen.length).toBeGreaterThan(4);
  for (const words of seen) expect(words).toMatch(/^Message \*\*\d+\*\*\.$/);
  await expect(passing).toHaveCount(0);
  await expect(answers(page).first().locator('strong')).toBeVisible();

  // One leap alone is no drag: what is there is drawn at once.
  const drawn = await conversation(page).evaluate(async (log) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    log.scrollTop = 0;
    await frame();
    await frame();
    return [...log.querySelectorAll('article')].map((article) => article.textContent);
  });
  expect(drawn.join()).toContain('Message 1.');
});

test('R8: rows that pass quicker than a slow computer draws are plain words; what was drawn before stays whole', async ({
  page,
}) => {
  fixture.gateway.rows = Array.from({ length: 100 }, (_, n) =>
    fakeRow(n % 2 ? 'assistant' : 'user', `Message **${n}**.`, `r${n >> 1}`, at + n),
  );
  await page.goto(fixture.link());
  // The list rests once it has its buttons.
  await expect(
    answers(page)
      .last()
      .getByRole('button', { name: t('chat.copyMessage') }),
  ).toBeAttached();
  const passing = conversation(page).locator('.passing-row');

  const seen = await conversation(page).evaluate(async (log) => {
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    let before = await frame();
    for (let moves = 0; moves < 100 && !log.querySelector('.passing-row'); moves++) {
      const now = await frame();
      log.scrollTop -= Math.min(log.clientHeight / 2, 3 * (now - before));
      before = now;
      // Such a computer.
      while (performance.now() < now + 40);
    }
    const words = [...log.querySelectorAll('.passing-row')].map(({ textContent }) => textContent);
    return { words, whole: log.querySelectorAll('article').length };
  });
  expect(seen.words.length).toBeGreaterThan(0);
  for (const words of seen.words) expect(words).toMatch(/^Message \*\*\d+\*\*\.$/);
  expect(seen.whole).toBeGreaterThan(3);
  await expect(passing).toHaveCount(0);
});

test('R8: whoever scrolls up reads on: older messages come by themselves, and what is read stays where it is', async ({
  page,
}) => {
  fixture.gateway.rows = Array.from({ length: 350 }, (_, n) =>
    fakeRow(
      n % 2 ? 'assistant' : 'user',
      `Message ${n}.${' And more.'.repeat(n % 40)}`,
      `r${n >> 1}`,
      at + n,
    ),
  );
  const offsets = () =>
    fixture.gateway.asked.flatMap(({ method, params }) =>
      method === 'chat.history' && params.offset !== undefined ? [params.offset] : [],
    );
  await page.goto(fixture.link());
  await expect(answers(page).last()).toContainText('Message 349.');
  const earlier = conversation(page).getByRole('button', { name: t('chat.earlier.show') });
  await expect(earlier).toBeAttached();
  expect(offsets()).toEqual([]);

  const movedBy = await conversation(page).evaluate(async (log) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const edge = log.getBoundingClientRect().top;
    log.scrollTop = 400;
    await frame();
    const read = [...log.querySelectorAll('article')].find((row) => row.getBoundingClientRect().top > edge);
    const place = () => read?.getBoundingClientRect().top ?? Number.NaN;
    let before = place();
    // Rows around it are measured first; what counts is where it was when the older ones came in.
    while (log.scrollTop < 3000) {
      before = place();
      await frame();
    }
    await frame();
    return place() - before;
  });
  expect(Math.abs(movedBy)).toBeLessThan(3);
  expect(offsets()).toEqual([100]);

  await conversation(page).hover();
  const first = conversation(page).getByRole('article').filter({ hasText: 'Message 0.' });
  await expect(async () => {
    await page.mouse.wheel(0, -2000);
    await expect(first).toBeInViewport({ timeout: 50 });
  }).toPass({ intervals: [50] });
  expect(offsets()).toEqual([100, 200, 300]);
  await expect(conversation(page)).not.toContainText(t('chat.earlier.show'));
});

for (const [who, asked] of [
  ['a question', 2],
  ['an answer', 3],
] as const) {
  test(`R8: the last words of ${who} as long as a log, far from the view, are found, brought into view and stay there`, async ({
    page,
  }) => {
    const lines = Array.from({ length: 5500 }, (_, n) => `This is line ${n} of very many.`);
    const text = [...lines, '', 'And these are its very last words.'].join('\n');
    fixture.gateway.rows = Array.from({ length: 60 }, (_, n) => ({
      ...fakeRow(n % 2 ? 'assistant' : 'user', n === asked ? text : `Message ${n}.`, `r${n >> 1}`, at + n),
      __openclaw: { id: `m${n}`, seq: n + 1 },
    }));
    await page.goto(fixture.link());
    await expect(answers(page).last()).toContainText('Message 59.');
    await page.keyboard.press('ControlOrMeta+f');
    await page.getByRole('searchbox', { name: t('chat.find.label') }).fill('very last words');
    const found = conversation(page).getByText('its very last words');
    await expect(found).toBeInViewport();
    // Rows are measured, and the view moves; it is at rest when a second of frames has left it where it was.
    await conversation(page).evaluate(async (log) => {
      let place = log.scrollTop;
      for (let still = 0; still < 60; still++) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        if (log.scrollTop !== place) still = 0;
        place = log.scrollTop;
      }
    });
    await expect(found).toBeInViewport({ timeout: 1 });
  });
}
