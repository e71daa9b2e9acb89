import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countingText } from '../fixtures/model-server.ts';
import { onePixel } from '../fixtures/one-pixel.ts';
import { enter, worlds } from './gateway-worlds.ts';
import { forget, fromMenu, openSession, session, sessionList } from './session-list.ts';
import {
  answers,
  conversation,
  errorTitle,
  expect,
  expectConnected,
  expectDrawn,
  expectKept,
  field,
  questions,
  send,
  sendAndSeeBegin,
  statusLine,
  stopButton,
  t,
  test,
} from './world.ts';

type Exported = {
  sessionKey: string;
  messages: { role: string; content: unknown; __openclaw: { id: string } }[];
};

/** R8: the same journey on the real OpenClaw Gateway behind a real tunnel, and on the Gateway that Chela carries. */
for (const [name, worldOf] of Object.entries(worlds)) {
  test(`R8 on ${name}: conversations`, async ({ launch, remote }) => {
    // A loaded machine takes minutes for it.
    test.setTimeout(600_000);
    const { world, app, page } = await enter(worldOf, { launch, remote });
    const workspace = join(world.stateDir(app), 'workspace');

    await test.step('a new conversation by the keyboard; the answer streams in and reads as Markdown', async () => {
      await page.keyboard.press('Alt+n');
      await expect(field(page)).toBeFocused();
      await page.keyboard.type('what is the answer, please?');
      await page.keyboard.press('Enter');
      await expect(answers(page).last()).toContainText('That is all.');
      await expect(answers(page).last().getByRole('listitem')).toHaveCount(2);
      await expect(answers(page).last().locator('pre code')).toContainText("'forty-two'");
      await expect(openSession(page)).toBeVisible();
    });

    await test.step('a table and a formula are drawn; a diagram and a picture from elsewhere wait for a click', async () => {
      const elsewhere = 'http://127.0.0.1:9/elsewhere.png';
      const fetched: string[] = [];
      page.on('request', (request) => fetched.push(request.url()));
      const table = ['| name | size |', '| --- | --- |', '| chart | 17 |'];
      const diagram = ['```mermaid', 'flowchart LR', 'A[Laptop] --> B[Gateway]', '```'];
      const lines = [...table, '', '$$x^2$$', '', ...diagram, '', `![far](${elsewhere})`, '', 'The end.'];
      await send(page, `echo ${lines.join('\\n')}`);
      const answer = answers(page).last();
      await expect(answer).toContainText('The end.');
      await expect(answer.getByRole('table').getByRole('cell', { name: '17' })).toBeVisible();
      await expect(answer.locator('math')).toBeAttached();
      await expect(answer.locator(`a[href="${elsewhere}"]`)).toBeVisible();
      await expect(answer.locator('img, iframe')).toHaveCount(0);
      await answer.getByRole('button', { name: t('chat.diagram.show') }).click();
      const drawing = page.getByTitle(t('chat.diagram.title', { kind: 'flowchart' })).contentFrame();
      await expect(drawing.locator('svg').first()).toContainText('Gateway');
      await answer.getByRole('button', { name: t('chat.diagram.hide') }).click();
      expect(fetched).not.toContain(elsewhere);
    });

    await test.step('Stop ends the run and what was said stays', async () => {
      await sendAndSeeBegin(page, 'slow 300 at 10');
      await page.keyboard.press('Control+.');
      await expect(conversation(page)).toContainText(t('chat.run.stopped'));
      await expect(answers(page).last()).toContainText('1 2 3');
      await expect(stopButton(page)).toHaveCount(0);
    });

    await test.step('sent while offline: they wait, then go out once, in order', async () => {
      await world.cut(app);
      await expect(statusLine(page)).not.toContainText(/^.*Connected to/);
      await send(page, 'echo first while offline');
      await send(page, 'echo second while offline');
      await expect(conversation(page)).toContainText(t('chat.delivery.waiting'));
      await page.reload();
      await expect(conversation(page)).toContainText('second while offline');
      // What was read before is on the screen, too, though nobody can be asked.
      await expect(answers(page).filter({ hasText: 'That is all.' })).toHaveCount(1);
      await world.mend(app);
      await expectConnected(page);
      await expect(answers(page).last()).toContainText('second while offline');
      const asked = await questions(page).allInnerTexts();
      expect(asked.filter((text) => text.includes('while offline'))).toEqual([
        expect.stringContaining('first'),
        expect.stringContaining('second'),
      ]);
      // A real Gateway may answer both at once: the second joins the run of the first where that has hardly begun.
      expect(await answers(page).filter({ hasText: 'first while offline' }).count()).toBeLessThanOrEqual(1);
    });

    await test.step('a message sent into a running answer is answered as well', async () => {
      await sendAndSeeBegin(page, 'slow 80 at 4');
      await field(page).fill('echo after the numbers');
      await page.getByText(t('chat.queue.followup'), { exact: true }).click();
      await field(page).press('Enter');
      await expect(conversation(page)).toContainText(t('chat.delivery.held'));
      remote.model.hurry();
      await expect(answers(page).last()).toContainText('after the numbers');
      await expect(conversation(page)).not.toContainText(t('chat.delivery.held'));
      await expect(answers(page).filter({ hasText: countingText(80) })).toHaveCount(1);
    });

    await test.step('a message that waits is discarded, had back, and taken into the field; the answer goes on', async () => {
      const waiting = questions(page).filter({ hasText: 'think again' });
      await sendAndSeeBegin(page, 'slow 60 at 2');
      await field(page).fill('echo think again');
      await page.getByText(t('chat.queue.followup'), { exact: true }).click();
      await field(page).press('Enter');
      await expect(waiting).toContainText(t('chat.delivery.held'));
      await waiting.getByRole('button', { name: t('chat.delivery.discard') }).click();
      await expect(waiting).toHaveCount(0);
      await page.getByRole('button', { name: t('sessions.undo'), exact: true }).click();
      await expect(waiting).toContainText(t('chat.delivery.held'));
      await waiting.getByRole('button', { name: t('chat.delivery.edit') }).click();
      await expect(waiting).toHaveCount(0);
      await expect(field(page)).toHaveValue('echo think again');
      await expect(field(page)).toBeFocused();
      await field(page).fill('');
      remote.model.hurry();
      await expect(answers(page).last()).toContainText(countingText(60));
      await expect(stopButton(page)).toHaveCount(0);
      await expect(conversation(page)).not.toContainText('think again');
    });

    await test.step('a message may take the place of the answer that is being written, or steer it', async () => {
      await sendAndSeeBegin(page, 'slow 200 at 8');
      await field(page).fill('echo instead of the numbers');
      await page.getByText(t('chat.queue.interrupt'), { exact: true }).click();
      await field(page).press('Enter');
      await expect(answers(page).last()).toContainText('instead of the numbers');
      await expect(answers(page).filter({ hasText: countingText(200) })).toHaveCount(0);

      await sendAndSeeBegin(page, 'slow 60 at 8');
      await field(page).fill('echo steered to this');
      await page.getByText(t('chat.queue.steer'), { exact: true }).click();
      await field(page).press('Enter');
      await expect(answers(page).last()).toContainText('steered to this');
      await expect(questions(page).filter({ hasText: 'steered to this' })).toHaveCount(1);
    });

    await test.step('a command is answered at once, beside an answer that is being written', async () => {
      await sendAndSeeBegin(page, 'slow 65 at 4');
      // The blank ends the completion.
      await field(page).fill('/status ');
      await field(page).press('Enter');
      await expect(answers(page).filter({ hasText: /OpenClaw 20\d\d|Running for/ })).toHaveCount(1);
      await expect(stopButton(page)).toBeVisible();
      remote.model.hurry();
      await expect(answers(page).filter({ hasText: countingText(65) })).toHaveCount(1);
    });

    await test.step('an answer that is being written goes on after a reload, and is there once', async () => {
      await sendAndSeeBegin(page, 'slow 70 at 4');
      await page.reload();
      await expect(stopButton(page)).toBeVisible();
      remote.model.hurry();
      await expect(answers(page).filter({ hasText: countingText(70) })).toHaveCount(1);
      await expect(stopButton(page)).toHaveCount(0);
    });

    await test.step('answered again; an earlier message in other words', async () => {
      await send(page, 'echo a first try');
      await expect(answers(page).last()).toContainText('a first try');
      await answers(page)
        .last()
        .getByRole('button', { name: t('chat.answerAgain') })
        .click();
      await expect(answers(page).filter({ hasText: 'a first try' })).toHaveCount(1);
      await expect(questions(page).filter({ hasText: 'a first try' })).toHaveCount(1);
      await expect(stopButton(page)).toHaveCount(0);

      await questions(page)
        .last()
        .getByRole('button', { name: t('chat.rewrite.edit') })
        .click();
      await expect(field(page)).toHaveValue('echo a first try');
      await field(page).fill('echo a second try');
      await field(page).press('Enter');
      await expect(answers(page).last()).toContainText('a second try');
      await expect(conversation(page)).not.toContainText('a first try');
    });

    await test.step('what was there before is brought back, and stays', async () => {
      const bringBack = page.getByRole('button', { name: t('chat.former.bringBack'), exact: true });
      await bringBack.click();
      await expect(answers(page).last()).toContainText('a first try');
      await expect(conversation(page)).not.toContainText('a second try');
      await expect(bringBack).toHaveCount(0);
      await page.reload();
      await expect(answers(page).filter({ hasText: 'a first try' })).toHaveCount(1);
      await expect(conversation(page)).not.toContainText('a second try');
    });

    await test.step('a text file goes along, and is named', async () => {
      await page.locator('input[type=file]').setInputFiles({
        name: 'notes.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('the word in the file'),
      });
      await expect(page.getByRole('list', { name: t('chat.files.label') })).toContainText('notes.txt');
      await send(page, 'echo with a file');
      await expect(answers(page).last()).toContainText('with a file');
      await expect(questions(page).last()).toContainText('notes.txt');
    });

    await test.step('a file that is too large says so, and its text is not sent without it', async () => {
      const buffer = Buffer.alloc(7 * 1024 * 1024);
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer });
      const files = page.getByRole('list', { name: t('chat.files.label') });
      const limit = t('chat.files.megabytes', { size: '6' });
      await expect(files).toContainText(t('chat.files.tooLarge', { limit }));
      await field(page).fill('echo not without its file');
      await field(page).press('Enter');
      await expect(field(page)).toHaveValue('echo not without its file');
      await files.getByRole('button', { name: t('chat.files.remove', { name: 'large.png' }) }).click();
      await field(page).press('Enter');
      await expect(answers(page).last()).toContainText('not without its file');
      await expect(questions(page).filter({ hasText: 'not without its file' })).toHaveCount(1);
    });

    await test.step('a picture goes along, and is drawn, after a reload as well', async () => {
      await page.locator('input[type=file]').setInputFiles({
        name: 'dot.png',
        mimeType: 'image/png',
        buffer: onePixel,
      });
      await send(page, 'echo with a picture');
      await expect(answers(page).last()).toContainText('with a picture');
      await expectKept(page, 'pictures', 1);
      await page.reload();
      const question = questions(page).filter({ hasText: 'with a picture' });
      await expectDrawn(question, t('chat.image', { name: 'dot.png' }));
      await expect(question.locator('.attachment')).toHaveCount(0);
    });

    await test.step('a picture that the agent attached is drawn, and stays after a reload; it can be saved', async () => {
      mkdirSync(workspace, { recursive: true });
      writeFileSync(join(workspace, 'chart.png'), onePixel);
      await send(page, 'attach chart.png');
      await expectDrawn(answers(page).last(), 'chart.png');
      await page.reload();
      await expectDrawn(answers(page).last(), 'chart.png');
      const download = page.waitForEvent('download', { timeout: 90_000 });
      await answers(page)
        .last()
        .getByRole('button', { name: t('chat.artifact.save', { name: 'chart.png' }) })
        .click();
      expect(readFileSync(await (await download).path())).toEqual(onePixel);
    });

    await test.step('a picture that a tool gave is drawn in its card, stays after a reload, and can be saved', async () => {
      const image = { type: 'image', data: onePixel.toString('base64'), mimeType: 'image/png' };
      const content = [{ type: 'text', text: 'a drawing' }, image];
      await send(page, `call pics__draw ${JSON.stringify({ content })}`);
      await expect(answers(page).last()).toContainText('It gave: a drawing');
      const card = answers(page).last().locator('details.tool');
      const name = 'pics__draw.png';
      for (const look of ['heard', 'read'] as const) {
        if (look === 'read') await page.reload();
        await expect(card).toContainText(t('chat.tool.pictures', { count: 1 }));
        await card.locator('summary').press('Enter');
        await expectDrawn(card, name);
        await expect(card).toContainText('a drawing');
      }
      const download = page.waitForEvent('download', { timeout: 90_000 });
      await card.getByRole('button', { name: t('chat.artifact.save', { name }) }).click();
      expect(readFileSync(await (await download).path())).toEqual(onePixel);
    });

    await test.step('a text that the agent attached can be saved', async () => {
      writeFileSync(join(workspace, 'report.txt'), 'all is well');
      await send(page, 'attach report.txt');
      const download = page.waitForEvent('download', { timeout: 90_000 });
      await answers(page)
        .last()
        .getByRole('button', { name: t('chat.artifact.save', { name: 'report.txt' }) })
        .click();
      const file = await download;
      expect(file.suggestedFilename()).toBe('report.txt');
      expect(readFileSync(await file.path(), 'utf8')).toBe('all is well');
    });

    await test.step('a command waits for a person; allowed, it runs, and its card tells of it', async () => {
      const approval = page.getByRole('article', { name: t('approvals.title') });
      await send(page, 'call exec {"command":"echo not-to-be-run"}');
      await expect(approval).toContainText('echo not-to-be-run');
      await expect(approval).toContainText(t('approvals.gateway'));
      await expect(approval).toContainText('workspace');
      await expect(approval).toContainText(/expires in \d+:\d\d/);
      await approval.getByRole('button', { name: t('approvals.deny') }).click();
      await expect(approval).toHaveCount(0);
      await expect(answers(page).last()).toContainText('It gave:');

      await send(page, 'call exec {"command":"echo approved-run"}');
      await expect(approval).toContainText('echo approved-run');
      await approval.getByRole('button', { name: t('approvals.allow-once') }).click();
      await expect(answers(page).last()).toContainText('It gave: approved-run');
      const call = answers(page).last().locator('details.tool');
      await call.locator('summary').click();
      await expect(call).toContainText(t('chat.toolDone'));
      await expect(call.getByText('echo approved-run').last()).toBeVisible();
    });

    await test.step('a command that fails says with which code, and what it wrote', async () => {
      const approval = page.getByRole('article', { name: t('approvals.title') });
      await send(page, 'call exec {"command":"ls /not-there-at-all"}');
      await approval.getByRole('button', { name: t('approvals.allow-once') }).click();
      await expect(answers(page).last()).toContainText('It gave:');
      const call = answers(page).last().locator('details.tool');
      await expect(call).toContainText(t('chat.tool.exitCode', { code: 2 }));
      await call.locator('summary').click();
      await expect(call.getByText('No such file').last()).toBeVisible();
      await page.reload();
      await expect(call).toContainText(t('chat.tool.exitCode', { code: 2 }));
    });

    await test.step('the agent asks in the middle of its work, and goes on with the answer, chosen or written', async () => {
      const asked = [
        {
          id: 'where',
          header: 'Where',
          question: 'Where should it go?',
          options: [{ label: 'Staging' }, { label: 'Production' }],
        },
      ];
      await send(page, `call ask_user ${JSON.stringify({ questions: asked })}`);
      const card = page.getByRole('form', { name: t('ask.title') });
      await card.getByRole('radio', { name: 'Staging' }).check();
      await card.getByRole('button', { name: t('ask.answer') }).click();
      await expect(card).toHaveCount(0);
      await expect(answers(page).last()).toContainText('Staging');

      // A message answers as well.
      await send(page, `call ask_user ${JSON.stringify({ questions: asked })}`);
      await expect(card).toBeVisible();
      await field(page).fill('2');
      await field(page).press('Enter');
      await expect(card).toHaveCount(0);
      await expect(answers(page).last()).toContainText('It gave: Where: Production');
    });

    await test.step('another model, and how much it thinks, for this conversation alone', async () => {
      const menu = (label: string, shown = '') =>
        page.getByRole('button', { name: new RegExp(`^${label}: .*${shown}`) });
      const choose = (name: RegExp) => page.getByRole('menuitemradio', { name }).click();
      await menu(t('chat.model.label')).click();
      await choose(/^Fake 2/);
      await expect(menu(t('chat.model.label'), 'Fake 2')).toBeVisible();
      const high = t('chat.thinking.high');
      await menu(t('chat.thinking.label')).click();
      await choose(new RegExp(`^${high}`));
      await expect(menu(t('chat.thinking.label'), high)).toBeVisible();
      await send(page, 'echo said by the other model');
      await expect(answers(page).last()).toContainText('said by the other model');
      const facts = answers(page).last().locator('.message-facts');
      await expect(facts).toContainText('fake-2');
      await expect(facts).toContainText(/tokens in, \d+ out/);
      await expect(facts.locator('time')).toHaveText(/\d/);
      await page.keyboard.press('Alt+n');
      await expect(menu(t('chat.model.label'), 'Fake 1')).toBeVisible();
      await page.keyboard.press('Alt+ArrowDown');
      await expect(menu(t('chat.model.label'), 'Fake 2')).toBeVisible();
      await menu(t('chat.model.label')).click();
      await choose(new RegExp(`^${t('chat.model.default')}`));
      await expect(menu(t('chat.model.label'), 'Fake 1')).toBeVisible();
    });

    await test.step('commands of this Gateway complete', async () => {
      await field(page).fill('/stat');
      await expect(page.getByRole('listbox', { name: t('chat.commands') })).toContainText('/status');
      await field(page).press('Tab');
      await expect(field(page)).toHaveValue(/^\/status ?$/);
      await field(page).fill('');
    });

    await test.step('words are found in the conversation', async () => {
      await page.keyboard.press('Control+f');
      const find = page.getByRole('searchbox', { name: t('chat.find.label') });
      await find.fill('forty-two');
      await expect(page.getByRole('search')).toContainText(t('chat.find.count', { at: 1, count: 1 }));
      await find.fill('never said by anybody');
      await expect(page.getByRole('search')).toContainText(t('chat.find.none'));
      await find.press('Escape');
      await expect(find).toHaveCount(0);
    });

    await test.step('named, pinned and exported', async () => {
      await openSession(page).focus();
      await page.keyboard.press('F2');
      await page.keyboard.type('Numbers');
      await page.keyboard.press('Enter');
      await expect(session(page, 'Numbers')).toBeVisible();
      await fromMenu(page, 'Numbers', t('sessions.pin'));
      await expect(session(page, 'Numbers')).toContainText(t('sessions.pinned'));
      await expect(sessionList(page).getByRole('listitem').first()).toContainText('Numbers');
      const download = page.waitForEvent('download', { timeout: 90_000 });
      await fromMenu(page, 'Numbers', t('sessions.exportMarkdown'));
      const file = await download;
      expect(file.suggestedFilename()).toBe('Numbers.md');
      const text = readFileSync(await file.path(), 'utf8');
      expect(text).toContain('what is the answer, please?');
      expect(text).toContain("const answer: string = 'forty-two';");
      expect(text).toContain(countingText(80));
    });

    await test.step('exported for programs: every row of it as the Gateway has it', async () => {
      const download = page.waitForEvent('download', { timeout: 90_000 });
      await fromMenu(page, 'Numbers', t('sessions.exportJson'));
      const file = await download;
      expect(file.suggestedFilename()).toBe('Numbers.json');
      const exported = JSON.parse(readFileSync(await file.path(), 'utf8')) as Exported;
      expect(exported.sessionKey).toBe(await openSession(page).getAttribute('data-session'));
      const textsOf = (role: string) =>
        exported.messages.filter((row) => row.role === role).map((row) => JSON.stringify(row.content));
      expect(textsOf('user')[0]).toContain('what is the answer, please?');
      expect(textsOf('assistant').join()).toContain(countingText(80));
      expect(textsOf('toolResult').join()).toContain('a drawing');
      expect(new Set(exported.messages.map((row) => row.__openclaw.id)).size).toBe(exported.messages.length);
    });

    await test.step('what was said long ago is found, though the page has not read it yet', async () => {
      for (const round of [1, 2]) {
        await send(page, `call pics__add 50 times {"a":${round}00,"b":"#"}`);
        await expect(answers(page).last()).toContainText(`It gave: ${round}50`);
      }
      // Taller than the window and what is read ahead of it.
      await send(page, `echo ${'a line\\n\\n'.repeat(60)}The last line.`);
      await expect(answers(page).last()).toContainText('The last line.');
      await forget(page);
      await session(page, 'Numbers').click();
      await expect(answers(page).last()).toContainText('The last line.');
      await expect(conversation(page).getByRole('button', { name: t('chat.earlier.show') })).toBeVisible();
      await expect(conversation(page)).not.toContainText('what is the answer, please?');
      await page.keyboard.press('Control+f');
      const find = page.getByRole('searchbox', { name: t('chat.find.label') });
      await find.fill('what is the answer, please?');
      await expect(page.getByRole('search')).toContainText(t('chat.find.count', { at: 1, count: 1 }));
      await expect(questions(page).first()).toContainText('what is the answer, please?');
      await find.press('Escape');
    });

    await test.step('another conversation, found again by its name, archived and taken out', async () => {
      await page.keyboard.press('Alt+n');
      await send(page, 'echo the other one');
      await expect(answers(page).last()).toContainText('the other one');
      await expect(answers(page)).toHaveCount(1);
      await openSession(page).focus();
      await page.keyboard.press('F2');
      await page.keyboard.type('The other one');
      await page.keyboard.press('Enter');
      const search = page.getByRole('searchbox', { name: t('sessions.search') });
      await search.fill('numbers');
      await expect(sessionList(page).getByRole('listitem')).toHaveCount(1);
      await search.fill('');
      await fromMenu(page, 'The other one', t('sessions.archive'));
      await expect(session(page, 'The other one')).toHaveCount(0);
      await page.getByRole('button', { name: t('sessions.showArchived') }).click();
      await fromMenu(page, 'The other one', t('sessions.unarchive'));
      await page.getByRole('button', { name: t('sessions.showArchived') }).click();
      await expect(session(page, 'The other one')).toBeVisible();
    });

    await test.step('each conversation keeps its draft; the keyboard goes from one to the next', async () => {
      await expect(openSession(page)).toContainText('The other one');
      await field(page).fill('a draft of the other one');
      await page.keyboard.press('Alt+ArrowUp');
      await expect(openSession(page)).not.toContainText('The other one');
      await expect(field(page)).toHaveValue('');
      await page.keyboard.press('Alt+ArrowDown');
      await expect(openSession(page)).toContainText('The other one');
      await expect(field(page)).toHaveValue('a draft of the other one');
      await field(page).fill('');
      await field(page).press('ArrowUp');
      await expect(field(page)).toHaveValue('echo the other one');
      await field(page).fill('');
    });

    await test.step('words of another conversation are found, and lead to it', async () => {
      const search = page.getByRole('searchbox', { name: t('sessions.search') });
      await search.fill('first while offline');
      await expect(sessionList(page).getByRole('listitem')).toHaveCount(1);
      await expect(session(page, 'Numbers')).toContainText('first while offline');
      await search.fill('never said by anybody');
      await expect(page.getByText(t('sessions.noMatch'))).toBeVisible();
      await search.fill('first while offline');
      await session(page, 'Numbers').click();
      await expect(openSession(page)).toContainText('Numbers');
      const find = page.getByRole('searchbox', { name: t('chat.find.label') });
      await expect(find).toHaveValue('first while offline');
      await expect(questions(page).filter({ hasText: 'first while offline' }).last()).toBeInViewport();
      await search.fill('');
      await expect(session(page, 'The other one')).toBeVisible();
    });

    await test.step('an answer in another conversation marks it unread, until it is opened', async () => {
      await session(page, 'The other one').click();
      await sendAndSeeBegin(page, 'slow 40 at 4');
      await session(page, 'Numbers').click();
      await expect(session(page, 'The other one')).toContainText(t('sessions.running'));
      await expect(session(page, 'The other one')).toContainText(t('sessions.unread'));
      remote.model.hurry();
      await expect(session(page, 'The other one')).not.toContainText(t('sessions.running'));
      await page.reload();
      await expect(openSession(page)).toContainText('Numbers');
      await expect(session(page, 'The other one')).toContainText(t('sessions.unread'));
      await session(page, 'The other one').click();
      await expect(answers(page).last()).toContainText(countingText(40));
      await session(page, 'Numbers').click();
      await expect(openSession(page)).toContainText('Numbers');
      await expect(session(page, 'The other one')).not.toContainText(t('sessions.unread'));
    });

    await test.step('started over: taken back once, empty the second time', async () => {
      await session(page, 'The other one').click();
      await expect(answers(page).last()).toContainText(countingText(40));
      await fromMenu(page, 'The other one', t('sessions.reset'));
      await page.getByRole('button', { name: t('sessions.undo') }).click();
      await expect(answers(page).last()).toContainText(countingText(40));
      await fromMenu(page, 'The other one', t('sessions.reset'));
      await expect(page.getByRole('button', { name: t('sessions.undo') })).toHaveCount(0);
      await expect(answers(page)).toHaveCount(0);
      await send(page, 'echo after the new start');
      await expect(answers(page)).toContainText('after the new start');
      await expect(stopButton(page)).toHaveCount(0);
      await session(page, 'Numbers').click();
      await expect(openSession(page)).toContainText('Numbers');
    });

    await test.step('deleted: taken back once, gone the second time, which a reload does not forget', async () => {
      await fromMenu(page, 'The other one', t('sessions.delete'));
      await page.getByRole('button', { name: t('sessions.undo') }).click();
      await expect(session(page, 'The other one')).toBeVisible();
      await fromMenu(page, 'The other one', t('sessions.delete'));
      await expectKept(page, 'removals', 1);
      await page.reload();
      const words = t('sessions.deleting', { title: 'The other one' });
      await expect(page.getByText(t('sessions.askedEarlier', { words }))).toBeVisible();
      await expect(session(page, 'The other one')).toHaveCount(0);
      await expect(page.getByRole('button', { name: t('sessions.undo') })).toHaveCount(0);
      await page.reload();
      await expect(session(page, 'Numbers')).toBeVisible();
      await expect(session(page, 'The other one')).toHaveCount(0);
    });

    await test.step('deleted by another window while it is open: it says so, and leads on', async () => {
      await page.keyboard.press('Alt+n');
      await send(page, 'echo soon gone');
      await expect(answers(page).last()).toContainText('soon gone');
      await openSession(page).focus();
      await page.keyboard.press('F2');
      await page.keyboard.type('Soon gone');
      await page.keyboard.press('Enter');
      await expect(session(page, 'Soon gone')).toBeVisible();
      const opened = page.waitForEvent('popup');
      await page.evaluate(() => {
        window.open(location.href);
      });
      const other = await opened;
      await fromMenu(other, 'Soon gone', t('sessions.delete'));
      await expect(conversation(page)).toContainText(errorTitle('CONVERSATION_DELETED'));
      await expect(answers(page).last()).toContainText('soon gone');
      await other.close();
      await conversation(page)
        .getByRole('button', { name: t('chat.openMain') })
        .click();
      await expect(conversation(page)).not.toContainText('soon gone');
    });

    await test.step('what lies deep in a long message is unfolded, marked and brought into view', async () => {
      await page.keyboard.press('Alt+n');
      await send(page, `echo ${'word'.repeat(6000)} the needle ${'word'.repeat(2000)}`);
      await expect(answers(page).last()).toHaveAttribute('aria-busy', 'false');
      await page.reload();
      // Events tell less of it than the history, which has come by then.
      await expect(answers(page).last()).toContainText(t('chat.unfold', { percent: 62 }));
      await expect(answers(page).last()).not.toContainText('the needle');
      await page.keyboard.press('Control+f');
      await page.getByRole('searchbox', { name: t('chat.find.label') }).fill('the needle');
      await expect(answers(page).last()).toContainText('the needle');
      const isInView = () =>
        page.evaluate(() => {
          const [words] = CSS.highlights.get('found') ?? [];
          if (!(words instanceof Range)) return false;
          const { top, bottom, height } = words.getBoundingClientRect();
          return height > 0 && top >= 0 && bottom <= window.innerHeight;
        });
      await expect.poll(isInView).toBe(true);
    });

    await test.step('a reload opens what was open, the whole of it', async () => {
      await session(page, 'Numbers').click();
      await expect(answers(page).last()).toContainText('The last line.');
      await page.reload();
      await expect(answers(page).last()).toContainText('The last line.');
      // It is far above by now, and drawn when it is looked for.
      await page.keyboard.press('Control+f');
      await page.getByRole('searchbox', { name: t('chat.find.label') }).fill('78 79 80');
      await expect(page.getByRole('search')).toContainText(t('chat.find.count', { at: 1, count: 1 }));
    });
  });
}
