import { expect, type Page, test } from '@playwright/test';
import { fakeRow } from '../fixtures/fake-gateway.ts';
import { type ScreenFixture, startScreenFixture } from '../fixtures/screen-fixture.ts';
import { expectAccessible } from './axe.ts';
import { answers, conversation, expectKept, field, questions, stopButton, t } from './world.ts';

/** What a person sees of a run while it goes on, and can do about it (R8). */
const sessionKey = 'agent:main:main';

let fixture: ScreenFixture;
/** Of the run that the last message began. */
let runId: string;
test.beforeEach(async () => {
  fixture = await startScreenFixture();
  fixture.gateway.onSend = (id) => {
    runId = id;
  };
});
test.afterEach(() => fixture.stop());

const asked = (method: string) =>
  fixture.gateway.asked.filter((one) => one.method === method).map(({ params }) => params);

function write(text: string): void {
  fixture.gateway.chat(runId, { state: 'delta', message: { role: 'assistant', content: text } });
}

function finish(text: string): void {
  fixture.gateway.chat(runId, { state: 'final', message: { role: 'assistant', content: text } });
}

/** Asks, and waits until the run is on. */
async function begin(page: Page): Promise<void> {
  await page.goto(fixture.link());
  await expect(page.getByRole('heading', { name: t('chat.empty.title') })).toBeVisible();
  await field(page).fill('Do it');
  await field(page).press('Enter');
  await expect(stopButton(page)).toBeVisible();
}

test('R8: says what it prepares and that it tries again; a tool shows its output while it runs, then how it failed', async ({
  page,
}) => {
  const { gateway } = fixture;
  await begin(page);
  await expect(answers(page)).toContainText(t('chat.run.waiting'));
  gateway.chat(runId, { state: 'status', phase: 'preparing_workspace' });
  await expect(answers(page)).toContainText(t('chat.run.preparing_workspace'));
  gateway.agent(runId, 'run_status', { phase: 'retrying', retryAttempt: 2, maxRetries: 8 });
  await expect(answers(page)).toContainText(t('chat.run.retryingCounted', { attempt: 2, max: 8 }));

  const call = { toolCallId: 'call-1', name: 'exec' };
  const startedAt = Date.now() - 65_000;
  gateway.agent(runId, 'tool', { ...call, phase: 'start', args: { command: 'make all' }, startedAt });
  const card = conversation(page).locator('details.tool');
  await expect(card).toContainText('exec make all');
  const state = card.locator('.tool-state');
  await expect(state).toHaveText(/^running · 1 min \d+ s$/);
  // The seconds go on.
  await expect(state).not.toHaveText((await state.textContent()) ?? '');
  await card.locator('summary').click();
  await expect(card.getByText('make all', { exact: true })).toBeVisible();
  const update = (output: string) =>
    gateway.agent(runId, 'command_output', { ...call, phase: 'update', output });
  update('compiling one');
  await expect(card).toContainText('compiling one');
  await expect(card).not.toContainText('compiling two');
  update('compiling one\ncompiling two');
  await expect(card).toContainText('compiling two');

  const output = 'compiling one\ncompiling two\nno rule to make target';
  const result = { content: [{ type: 'text', text: output }], details: { exitCode: 3, durationMs: 66_200 } };
  gateway.agent(runId, 'tool', { ...call, phase: 'result', isError: true, result });
  await expect(card).toContainText(`${t('chat.tool.exitCode', { code: 3 })} · 1 min 6 s`);
  await expect(card).toContainText('no rule to make target');
  await card.locator('summary').click();
  // Closed, it still says why.
  await expect(card.locator('summary')).toContainText('no rule to make target');
  await expect(card.locator('summary')).not.toContainText('compiling');
});

test('R8: a command that writes much shows its last line while it runs, where only the end is told', async ({
  page,
}) => {
  await begin(page);
  const call = { toolCallId: 'call-1', name: 'exec' };
  fixture.gateway.agent(runId, 'tool', { ...call, phase: 'start', args: { command: 'make' } });
  const card = conversation(page).locator('details.tool');
  await card.locator('summary').click();
  const lines = Array.from({ length: 300 }, (_, at) => `line ${at} of the build\n`);
  for (let written = 30; written <= 300; written += 30) {
    const tail = lines.slice(0, written).join('').slice(-2000);
    const partialResult = { content: [{ type: 'text', text: tail }], details: { status: 'running', tail } };
    fixture.gateway.agent(runId, 'tool', { ...call, phase: 'update', partialResult });
    fixture.gateway.agent(runId, 'command_output', { ...call, phase: 'delta', output: tail });
  }
  await expect(card).toContainText('line 299 of the build');
  const toEnd = (pre: HTMLElement) => pre.scrollHeight - pre.scrollTop - pre.clientHeight;
  await expect.poll(() => card.locator('pre').last().evaluate(toEnd)).toBeLessThan(4);
  // And all before it, joined.
  await expect(card.locator('pre').last()).toHaveText(lines.join('').trim());

  // It ends with what was cut at its beginning, and then with all of it.
  const cut = `${lines.join('').slice(0, 2000)}\n...(live output truncated)...`;
  const result = { content: [{ type: 'text', text: lines.join('') }], details: { exitCode: 0 } };
  fixture.gateway.agent(runId, 'tool', { ...call, phase: 'result', isError: false, result });
  fixture.gateway.agent(runId, 'command_output', { ...call, phase: 'end', output: cut, exitCode: 0 });
  await expect(card.locator('.tool-state')).toHaveText(t('chat.toolDone'));
  await expect(card).toContainText('line 299 of the build');
});

test('R8: a card that a person opened stays open, and keeps the focus, while further calls come and end', async ({
  page,
}) => {
  await begin(page);
  const tell = (n: number, data: object) =>
    fixture.gateway.agent(runId, 'tool', { toolCallId: `call-${n}`, name: `tool-${n}`, ...data });
  const start = (n: number) => tell(n, { phase: 'start', args: { step: n } });
  const end = (n: number) =>
    tell(n, { phase: 'result', isError: false, result: { content: [{ type: 'text', text: `out ${n}` }] } });
  for (const n of [1, 2, 3]) {
    start(n);
    end(n);
  }
  const summary = (n: number) => conversation(page).locator('summary', { hasText: `tool-${n}` });
  await summary(2).click();
  await expect(conversation(page)).toContainText('out 2');
  start(4);
  await expect(conversation(page)).toContainText(t('chat.tools', { count: 4 }));
  await expect(conversation(page)).toContainText('out 2');
  await expect(summary(2)).toBeFocused();
  await summary(4).click();
  await expect(summary(4).locator('..')).toHaveAttribute('open');
  end(4);
  await expect(conversation(page)).toContainText('out 4');
});

test('R8: what is unfolded by the keyboard leaves the focus where the button was', async ({ page }) => {
  const text = `${'word '.repeat(5000)}\n\nTHE END`;
  fixture.gateway.rows = [
    fakeRow('user', 'How?', 'r1', Date.now()),
    fakeRow('assistant', text, 'r1', Date.now()),
  ];
  await page.goto(fixture.link());
  const more = answers(page).locator('.unfold');
  await more.focus();
  await page.keyboard.press('Enter');
  await expect(more).toHaveCount(0);
  await expect(answers(page)).toContainText('THE END');
  await expect(answers(page).getByText(t('chat.unfolded'))).toBeFocused();
});

test('R8: stop asks for this run and stays; after five seconds a harder one asks for everything', async ({
  page,
}) => {
  await page.clock.install();
  await begin(page);
  write('half an answer');
  await stopButton(page).click();
  await expect.poll(() => asked('chat.abort')).toEqual([{ sessionKey, runId }]);
  const stopping = page.getByRole('button', { name: t('chat.composer.stopping') });
  const everything = page.getByRole('button', { name: t('chat.composer.stopAll') });
  await expect(stopping).toBeVisible();
  await page.clock.fastForward(1500);
  await expect(stopping).toBeVisible();
  await expect(everything).toHaveCount(0);
  await page.clock.fastForward(4000);
  await everything.click();
  await expect.poll(() => asked('chat.abort')).toEqual([{ sessionKey, runId }, { sessionKey }]);

  fixture.gateway.chat(runId, { state: 'aborted' });
  await expect(answers(page)).toContainText(t('chat.run.stopped'));
  await expect(answers(page)).toContainText('half an answer');
  await expect(everything).toHaveCount(0);
  await expect(page.getByRole('button', { name: t('chat.composer.send') })).toBeVisible();
});

test('R8: while a run is on, a person says whether the next message joins it, follows it or ends it', async ({
  page,
}) => {
  await begin(page);
  const first = runId;
  const choice = page.getByRole('radiogroup', { name: t('chat.queue.label') });
  await expect(choice).toHaveCount(0);
  for (const mode of ['steer', 'followup', 'interrupt'] as const) {
    await field(page).fill(`and ${mode}`);
    const option = choice.getByText(t(`chat.queue.${mode}`), { exact: true });
    await option.click();
    await expect(choice.getByRole('radio', { name: t(`chat.queue.${mode}`) })).toBeChecked();
    await field(page).press('Enter');
    await expect.poll(() => asked('chat.send').at(-1)?.message).toBe(`and ${mode}`);
  }
  expect(asked('chat.send').map(({ queueMode }) => queueMode)).toEqual([
    undefined,
    'steer',
    'followup',
    'interrupt',
  ]);

  for (const { idempotencyKey } of asked('chat.send')) {
    const id = String(idempotencyKey);
    fixture.gateway.chat(id, { state: 'final', message: { role: 'assistant', content: `end of ${id}` } });
  }
  await expect(answers(page).filter({ hasText: `end of ${first}` })).toHaveCount(1);
  await field(page).fill('nothing runs now');
  await expect(page.getByRole('button', { name: t('chat.composer.send') })).toBeEnabled();
  await expect(choice).toHaveCount(0);
});

test('R8: what was missed in a gap is read anew; a page that is loaded again goes on with the run and draws its end once', async ({
  page,
}) => {
  const { gateway } = fixture;
  await begin(page);
  write('one');
  await expect(answers(page)).toContainText('one');
  const before = asked('chat.history').length;
  gateway.rows = [fakeRow('user', 'Do it', runId, Date.now())];
  gateway.inFlightRun = { runId, text: 'one two three' };
  gateway.loseEvent();
  // Tells nothing of the answer: only its number shows that one is missing.
  gateway.push('tick', { ts: Date.now() });
  await expect(answers(page)).toContainText('one two three');
  expect(asked('chat.history')).toHaveLength(before + 1);

  await page.reload();
  await expect(answers(page)).toContainText('one two three');
  await expect(stopButton(page)).toBeVisible();
  write('one two three four');
  await expect(answers(page)).toContainText('four');
  gateway.inFlightRun = null;
  gateway.rows.push(fakeRow('assistant', 'one two three four five', runId, Date.now()));
  finish('one two three four five');
  gateway.push('session.message', { sessionKey, message: gateway.rows.at(-1) });
  await expect(stopButton(page)).toHaveCount(0);
  await expect(conversation(page).getByText('five')).toHaveCount(1);
  await expect(answers(page)).toHaveCount(1);
  await expect(questions(page)).toHaveCount(1);
});

test('R8: what stands in an answer is not drawn again while it is written on', async ({ page }) => {
  await begin(page);
  const code = '```js\nconst one = 1;\n```';
  const written = ['A first **paragraph**.', '| a | b |\n| - | - |\n| 1 | 2 |', code, 'And'].join('\n\n');
  write(written);
  await expect(answers(page).getByText('And')).toBeVisible();
  await expect(answers(page).locator('pre [class*=tok-]').first()).toBeVisible();
  const standing = await answers(page)
    .locator('.prose')
    .evaluateHandle((prose) => [...prose.querySelectorAll('p:first-child, table, td, pre, pre span')]);
  const count = await standing.evaluate((nodes) => nodes.length);
  expect(count).toBeGreaterThan(5);
  for (let at = 1; at <= 10; at += 1) {
    write(`${written} ${Array.from({ length: at }, (_, word) => `word ${word}`).join('\n\n')}`);
    await expect(
      answers(page)
        .getByText(`word ${at - 1}`, { exact: false })
        .last(),
    ).toBeVisible();
  }
  const same = () => standing.evaluate((nodes) => nodes.filter((node) => node.isConnected).length);
  expect(await same()).toBe(count);
  finish(`${written} so on.`);
  await expect(stopButton(page)).toHaveCount(0);
  expect(await same()).toBe(count);
});

test('R8: what waits behind a run is taken back and had back; an answer that is asked for again can be changed back', async ({
  page,
}, info) => {
  const { gateway } = fixture;
  const shoot = async (name: string) => {
    await expectAccessible(page);
    await info.attach(name, { body: await page.screenshot(), contentType: 'image/png' });
  };
  gateway.offers = {
    'chat.abort': { ok: true, aborted: true },
    'sessions.branches.list': { branches: [{ leafEntryId: 'leaf', active: true }] },
    'sessions.branches.switch': {},
    'sessions.rewind': { editorText: 'Do it' },
  };
  await begin(page);
  const first = runId;
  write('The former answer');
  await field(page).fill('and this as well');
  await field(page).press('Enter');
  await expect.poll(() => runId).not.toBe(first);
  gateway.chat(runId, { state: 'final' });
  const waiting = questions(page).filter({ hasText: 'and this as well' });
  await expect(waiting).toContainText(t('chat.delivery.held'));
  await shoot('held');
  await waiting.getByRole('button', { name: t('chat.delivery.discard') }).click();
  await expect(waiting).toHaveCount(0);
  await expect(page.getByText(t('chat.delivery.discarded', { text: 'and this as well' }))).toBeVisible();
  await shoot('discarded');
  const discarded = runId;
  await page.getByRole('button', { name: t('sessions.undo'), exact: true }).click();
  await expect(waiting).toHaveCount(1);
  await expect(field(page)).toBeFocused();
  await expect.poll(() => asked('chat.send')).toHaveLength(3);
  await expect.poll(() => runId).not.toBe(discarded);
  await expect(waiting).not.toContainText(t('chat.delivery.sending'));

  for (const id of [first, runId]) gateway.chat(id, { state: 'aborted' });
  await expect(stopButton(page)).toHaveCount(0);
  await expect(waiting.getByRole('button', { name: t('chat.delivery.retry') })).toBeVisible();
  await shoot('cancelled');
  await waiting.getByRole('button', { name: t('chat.delivery.discard') }).click();
  gateway.rows = [
    fakeRow('user', 'Do it', first, Date.now()),
    fakeRow('assistant', 'The former answer', first, Date.now()),
  ];
  // This Gateway would take a message again that it has stopped.
  await expectKept(page, 'outbox', 0);
  await page.reload();
  await expect(answers(page)).toContainText('The former answer');
  const before = gateway.rows;
  gateway.rows = [];
  await page.getByRole('button', { name: t('chat.answerAgain') }).click();
  await expect.poll(() => asked('chat.send')).toHaveLength(4);
  await expect(page.getByText(t('chat.former.kept'))).toBeVisible();
  finish('Another answer');
  await expect(answers(page)).toContainText('Another answer');
  await shoot('former');
  gateway.rows = before;
  await page.getByRole('button', { name: t('chat.former.bringBack'), exact: true }).click();
  await expect(answers(page)).toContainText('The former answer');
  await expect(conversation(page)).not.toContainText('Another answer');
  await expect(field(page)).toBeFocused();
});
