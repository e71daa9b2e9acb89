import { type FaultProxy, startFaultProxy } from '../fixtures/fault-proxy.ts';
import { countingText } from '../fixtures/model-server.ts';
import type { Sshd } from '../fixtures/sshd.ts';
import {
  backToChat,
  conversation,
  expect,
  expectConnected,
  fillRemote,
  save,
  send,
  test,
  trustHost,
} from './world.ts';

type Fault = {
  name: string;
  strike: (path: FaultProxy, sshd: Sshd) => void;
  heal: (path: FaultProxy, sshd: Sshd) => void;
};

/** What happens to a path between two computers, and how it is good again. */
const faults: Fault[] = [
  {
    name: 'a black hole that forgets its connections',
    strike: (path) => path.blackHole(),
    heal: (path) => path.restore({ lost: true }),
  },
  {
    name: 'packet loss that TCP survives',
    strike: (path) => path.blackHole(),
    heal: (path) => path.restore({ lost: false }),
  },
  {
    name: 'a far side that is gone without a word',
    strike: (path) => path.halfOpen(),
    heal: () => undefined,
  },
  { name: 'a storm of resets', strike: (path) => path.rst(3), heal: () => undefined },
  {
    name: 'an sshd that stands still',
    strike: (_path, sshd) => sshd.pause(),
    heal: (_path, sshd) => sshd.resume(),
  },
];

test('R6 R8: in the middle of an answer the path breaks in five ways; WebChat recovers by itself, nothing is lost or doubled', async ({
  launch,
  remote,
}) => {
  test.setTimeout(300_000);
  const path = await startFaultProxy({ target: remote.sshd });
  try {
    const { page, localPort } = await launch();
    await fillRemote(page, {
      target: `${remote.sshd.user}@${remote.sshd.host}:${path.port}`,
      gatewayPort: remote.gateway.port,
      identityFile: remote.sshd.clientKey,
      token: remote.gateway.token,
      localPort,
    });
    await save(page);
    await trustHost(page, remote.sshd);
    await expectConnected(page);
    await backToChat(page);

    for (const [index, { name, strike, heal }] of faults.entries()) {
      await test.step(name, async () => {
        // A length of its own tells each question and each answer from the others.
        const words = 50 + index;
        const question = `slow ${words} at 10`;
        await send(page, question);
        // The answer before it may be the last one for a moment, and begins with the same words.
        await expect(page.locator('[data-role="assistant"][aria-busy="true"]')).toContainText('1 2 3');
        strike(path, remote.sshd);
        await send(page, `echo written while it was broken ${index}`);
        await expect(conversation(page)).toContainText(`written while it was broken ${index}`);
        heal(path, remote.sshd);

        await expectConnected(page, 60_000);
        await expect(conversation(page)).toContainText(`${countingText(words)}`, { timeout: 60_000 });
        const times = async (part: string) => (await conversation(page).innerText()).split(part).length - 1;
        // As the question and in the answer, which a Gateway may give in the run that was under way.
        const offline = `written while it was broken ${index}`;
        await expect.poll(() => times(offline), { timeout: 60_000 }).toBe(2);
        expect(await times(question), 'the question').toBe(1);
        expect(await times(`${countingText(words)}\n`), 'the whole answer').toBe(1);
        expect(await times(`echo ${offline}`), 'what was written while it was broken').toBe(1);
      });
    }
  } finally {
    remote.sshd.resume();
    await path.stop();
  }
});
