import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { builtApp } from '../../../e2e/fixtures/built-app.ts';
import { createFixture, TOKEN } from '../../gateway/test-support/fixture.ts';
import { startTalk } from '../../gateway/test-support/talk.ts';
import { makeHome } from '../calls-bench.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

let cli: string;
beforeAll(async () => {
  cli = join(await builtApp(), 'main', 'cli.js');
}, 180_000);

it('what was removed is listed, and comes back by its name (R11)', async () => {
  const { gateway, client, say } = await startTalk(fixture, {});
  const home = makeHome(cli);
  fixture.defer(() => home.remove());
  home.configure({ gateway: { port: gateway.port, auth: { token: TOKEN } } });
  expect((await home.chela(['sessions', 'removed'])).stdout).toContain('Nothing was removed');

  const sessionKey = 'agent:main:plans';
  await say('hello\u001b[31mthere', 'k1', { sessionKey });
  await client.call('sessions.delete', { key: sessionKey });
  const { stdout } = await home.chela(['sessions', 'removed']);
  const [, name = ''] = /deleted {2,}(\S+\.jsonl)$/m.exec(stdout) ?? [];
  expect(stdout).toContain('hello [31mthere');
  expect(await home.chela(['sessions', 'restore', name])).toMatchObject({
    code: 0,
    stdout: `The conversation is back: ${sessionKey}\n`,
  });
  const { messages } = await client.call('chat.history', { sessionKey });
  expect(messages).toHaveLength(2);
  expect(await home.chela(['sessions', 'restore', 'nothing', '--json'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('nothing to restore'),
  });
});
