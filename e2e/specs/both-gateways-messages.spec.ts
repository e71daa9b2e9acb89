import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { DEFAULT_ANSWER } from '../fixtures/model-server.ts';
import { onePixel } from '../fixtures/one-pixel.ts';
import { enter, worlds } from './gateway-worlds.ts';
import {
  allowClipboard,
  answers,
  beginConversation,
  clipboardText,
  conversation,
  draftFiles,
  dropFiles,
  expect,
  expectDrawn,
  field,
  pastePicture,
  questions,
  send,
  stopButton,
  storedFileSizes,
  t,
  test,
} from './world.ts';

/** An answer's words, and `call` for each card, in their order. */
function partsOf(answer: Locator): Promise<string[]> {
  return answer
    .locator(':scope > .prose, :scope > .tools .tool')
    .evaluateAll((parts) => parts.map((part) => (part.matches('.tool') ? 'call' : (part.textContent ?? ''))));
}

/** R8: what a person does with a message, its files and its answer, on the real OpenClaw Gateway and on Chela's own. */
for (const [name, worldOf] of Object.entries(worlds)) {
  test(`R8 on ${name}: messages and their files`, async ({ launch, remote }) => {
    // A loaded machine takes minutes for it.
    test.setTimeout(600_000);
    const { world, app, page } = await enter(worldOf, { launch, remote });
    await allowClipboard(page);
    await beginConversation(page);

    await test.step('it says what goes on before the first word is written', async () => {
      const letGo = remote.model.hold();
      await send(page, 'what is the answer, please?');
      await expect(answers(page)).toContainText(t('chat.run.starting_model'));
      await expect(answers(page)).not.toContainText('That is all.');
      letGo();
      await expect(answers(page)).toContainText('That is all.');
      await expect(answers(page)).not.toContainText(t('chat.run.starting_model'));
    });

    await test.step('its code, and the whole answer, are copied as they were written', async () => {
      const code = answers(page).locator('figure.code');
      await code.getByRole('button', { name: t('chat.copyCode') }).click();
      await expect(code.getByRole('status')).toHaveText(t('chat.copied'));
      expect(await clipboardText(page)).toBe("const answer: string = 'forty-two';");
      await answers(page)
        .getByRole('button', { name: t('chat.copyMessage') })
        .click();
      await expect(answers(page).locator('footer')).toContainText(t('chat.copied'));
      expect(await clipboardText(page)).toBe(DEFAULT_ANSWER);
    });

    await test.step('a message that the Gateway refuses says why; discarded, had back, and mended', async () => {
      const refused = questions(page).filter({ hasText: 'with a hole' });
      const press = (act: 'discard' | 'edit') =>
        refused.getByRole('button', { name: t(`chat.delivery.${act}`) }).click();
      await send(page, 'echo with a hole\0 in it');
      await expect(refused).toContainText(/Not sent\. .*must not contain null bytes/);
      await press('discard');
      await expect(refused).toHaveCount(0);
      await page.getByRole('button', { name: t('sessions.undo'), exact: true }).click();
      await expect(refused).toContainText(/Not sent\. .*must not contain null bytes/);
      await press('edit');
      await expect(refused).toHaveCount(0);
      await expect(field(page)).toBeFocused();
      await expect(field(page)).toHaveValue('echo with a hole\0 in it');
      await field(page).fill('echo without the hole');
      await field(page).press('Enter');
      await expect(answers(page).last()).toContainText('without the hole');
      await expect(questions(page)).toHaveCount(2);
    });

    await test.step('a file is dropped onto the window, a picture is pasted; both arrive with the words', async () => {
      const inbound = join(world.stateDir(app), 'media', 'inbound');
      const arrived = (ending: string) => globSync(join(inbound, `*.${ending}`));
      const pictures = arrived('png').length;
      await dropFiles(page, { 'dropped.txt': `the words of ${name}` });
      await pastePicture(page, onePixel);
      await expect(draftFiles(page)).toHaveText([/dropped\.txt/, /image\.png/]);
      await send(page, 'echo with both files');
      await expect(answers(page).last()).toContainText('with both files');
      await expect(draftFiles(page)).toHaveCount(0);
      const sent = questions(page).last();
      await expect(sent).toContainText('with both files');
      await expect(sent).toContainText(t('chat.attachment', { name: 'dropped.txt' }));
      await expectDrawn(sent, t('chat.image', { name: 'image.png' }));
      expect(arrived('txt').map((file) => readFileSync(file, 'utf8'))).toContain(`the words of ${name}`);
      expect(arrived('png')).toHaveLength(pictures + 1);
    });

    await test.step('a draft comes back with its file after a reload, and goes out once', async () => {
      const buffer = Buffer.from('kept words');
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'kept.txt', mimeType: 'text/plain', buffer });
      await field(page).fill('echo kept over a reload');
      await expect.poll(() => storedFileSizes(page)).toEqual([buffer.length]);
      await page.reload();
      await expect(field(page)).toHaveValue('echo kept over a reload');
      await expect(draftFiles(page)).toHaveText(/kept\.txt/);
      await field(page).press('Enter');
      const sent = questions(page).filter({ hasText: 'kept over a reload' });
      for (const look of ['heard', 'read'] as const) {
        if (look === 'read') await page.reload();
        const pasted = questions(page).filter({ hasText: 'with both files' });
        await expectDrawn(pasted, t('chat.image', { name: 'image.png' }));
        await expect(answers(page).filter({ hasText: 'kept over a reload' })).toHaveCount(1);
        await expect(sent).toContainText(t('chat.attachment', { name: 'kept.txt' }));
        await expect(sent).toHaveCount(1);
        await expect(field(page)).toHaveValue('');
        await expect(draftFiles(page)).toHaveCount(0);
      }
    });

    await test.step('it says that it tries again, and for which time', async () => {
      remote.model.overload(2);
      await send(page, 'echo the third time lucky');
      await expect(conversation(page)).toContainText(/Trying again, [12] of \d/);
      await expect(answers(page).last()).toContainText('the third time lucky');
      await expect(conversation(page)).not.toContainText(t('chat.run.retrying'));
    });

    await test.step('how full the model is, once that matters', async () => {
      const meter = page.getByText(t('chat.context.used', { percent: 62 }));
      await expect(meter).toHaveCount(0);
      await send(page, 'fill 80000 echo nearly two thirds');
      await expect(answers(page).last()).toContainText('nearly two thirds');
      await expect(meter).toBeVisible();
    });

    const approval = page.getByRole('article', { name: t('approvals.title') });
    await test.step('how long a command took stands on its card', async () => {
      await send(page, 'call exec {"command":"expr 40 + 2"}');
      await expect(approval).toContainText('expr 40 + 2');
      const letGo = remote.model.hold();
      await approval.getByRole('button', { name: t('approvals.allow-once') }).click();
      await expect(answers(page).last().locator('.tool-state')).toHaveText(/^done · [\d.]+ m?s$/);
      letGo();
      await expect(answers(page).last()).toContainText('It gave: 42');
      await expect(stopButton(page)).toHaveCount(0);
    });

    const ordered = ['Let me look first.', 'call', 'One more.', 'call', 'It gave: 42'];
    const asked = 'say "Let me look first." call pics__add {"a":1,"b":2} then say "One more." call exec';
    const looked = answers(page).filter({ hasText: 'Let me look first.' });
    await test.step('words and calls stand in the order in which they came', async () => {
      await send(page, `${asked} {"command":"expr 40 + 2"}`);
      await expect(approval).toContainText('expr 40 + 2');
      await expect.poll(() => partsOf(looked)).toEqual(ordered.slice(0, 4));
      await approval.getByRole('button', { name: t('approvals.allow-once') }).click();
      await expect.poll(() => partsOf(looked)).toEqual(ordered);
      await expect(stopButton(page)).toHaveCount(0);
      expect(await partsOf(looked)).toEqual(ordered);
    });

    const failures = conversation(page).locator('.run-failure');
    const half = answers(page).filter({ hasText: 'Half of an answer' });
    await test.step('an answer that broke off stays, with a failure below; one without a word is a failure alone', async () => {
      await send(page, 'break off after Half of an answer, and then');
      await expect(failures).toHaveCount(1);
      expect(await partsOf(half)).toEqual(['Half of an answer, and then']);
      await send(page, 'break off');
      await expect(failures).toHaveCount(2);
      await expect(answers(page).last()).toContainText('Half of an answer');
      await expect(conversation(page)).not.toContainText('⚠️');
      // By now the page has read again what it had heard.
      expect(await partsOf(looked)).toEqual(ordered);
      await page.reload();
      await expect(failures).toHaveCount(2);
      await expect(answers(page).last()).toContainText('Half of an answer');
      await expect(conversation(page)).not.toContainText('⚠️');
      expect(await partsOf(half)).toEqual(['Half of an answer, and then']);
      expect(await partsOf(looked)).toEqual(ordered);
    });

    if (!world.offersAlways) return;
    await test.step('a command that is always allowed runs again without a question', async () => {
      const done = answers(page).filter({ hasText: 'It gave: always' });
      await send(page, 'call exec {"command":"printf always"}');
      await approval.getByRole('button', { name: t('approvals.allow-always') }).click();
      await expect(done).toHaveCount(1);
      await expect(stopButton(page)).toHaveCount(0);
      await send(page, 'call exec {"command":"printf always"}');
      await expect(done).toHaveCount(2);
      await expect(approval).toHaveCount(0);
    });
  });
}
