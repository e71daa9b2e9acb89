import { expectAccessible } from './axe.ts';
import { enter, worlds } from './gateway-worlds.ts';
import {
  answers,
  beginConversation,
  conversation,
  expect,
  field,
  questions,
  send,
  sendAndSeeBegin,
  stopButton,
  t,
  test,
} from './world.ts';

const errorBody = t('errors.MESSAGE_ENDED.body');

/** R8: what ends before it has begun, on the real OpenClaw Gateway and on Chela's own. */
for (const [name, worldOf] of Object.entries(worlds)) {
  test(`R8 on ${name}: answers that never began`, async ({ launch, remote }, info) => {
    test.setTimeout(300_000);
    const { page } = await enter(worldOf, { launch, remote });
    await beginConversation(page);

    await test.step('stopped before the first word: a reload says so, until it is asked again', async () => {
      const letGo = remote.model.hold();
      await send(page, 'echo it came back');
      await expect(answers(page)).toContainText(t('chat.run.starting_model'));
      await stopButton(page).click();
      await expect(answers(page)).toContainText(t('chat.run.stopped'));
      letGo();
      await page.reload();
      await expect(questions(page)).toContainText(t('chat.run.unanswered'));
      await expect(answers(page)).toHaveCount(0);
      await expectAccessible(page);
      await info.attach('unanswered', { body: await page.screenshot(), contentType: 'image/png' });
      await page.getByRole('button', { name: t('chat.answerAgain') }).click();
      await expect(answers(page)).toContainText('it came back');
      await expect(conversation(page)).not.toContainText(t('chat.run.unanswered'));
    });

    await test.step('taken from the queue by another window: it says so, and is sent again', async () => {
      const waiting = questions(page).filter({ hasText: 'in the queue' });
      await sendAndSeeBegin(page, 'slow 40 at 2');
      await field(page).fill('echo in the queue');
      await page.getByText(t('chat.queue.followup'), { exact: true }).click();
      await field(page).press('Enter');
      await expect(waiting).toContainText(t('chat.delivery.held'));
      const opened = page.waitForEvent('popup');
      await page.evaluate(() => {
        window.open(location.href);
      });
      const other = await opened;
      await questions(other)
        .filter({ hasText: 'in the queue' })
        .getByRole('button', { name: t('chat.delivery.discard') })
        .click();
      await expect(questions(other).filter({ hasText: 'in the queue' })).toHaveCount(0);
      await other.close();
      remote.model.hurry();
      await expect(waiting).toContainText(errorBody);
      await waiting.getByRole('button', { name: t('chat.delivery.retry') }).click();
      await expect(answers(page).filter({ hasText: 'in the queue' })).toHaveCount(1);
      await expect(waiting).toHaveCount(1);
      await expect(waiting).not.toContainText(errorBody);
    });
  });
}
