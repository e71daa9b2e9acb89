import { afterEach, describe, expect, it } from 'vitest';
import { createTranslator } from '../../shared/i18n/index.ts';
import type { GatewayOptions, RunningGateway } from '../index.ts';
import { createFixture } from '../test-support/fixture.ts';
import { startModelServer } from '../test-support/model-server.ts';
import { type EventFrame, isEvent, type TestClient } from '../test-support/wire-client.ts';
import { splitIntoPieces } from './responder.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

type Talk = { client: TestClient; gateway: RunningGateway; say(message: string): Promise<string> };

async function talk(options: Partial<GatewayOptions> = {}): Promise<Talk> {
  const gateway = await fixture.start(options);
  const client = await fixture.connect(gateway);
  let count = 0;
  return {
    client,
    gateway,
    async say(message) {
      count += 1;
      const runId = `${gateway.port}-${count}`;
      await client.call('chat.send', { sessionKey: 'main', message, idempotencyKey: runId });
      const end = await client.next<EventFrame>(
        isEvent('chat', (payload) => payload.runId === runId && payload.state === 'final'),
      );
      return (end.payload.message as { content: { text: string }[] }).content[0]?.text ?? '';
    },
  };
}

async function servers(...models: { id: string; owned_by?: string }[][]) {
  const started = await Promise.all(models.map((list) => startModelServer(list)));
  for (const { stop } of started) fixture.defer(stop);
  return started;
}

describe('without a model', () => {
  it('says so, and what to do', async () => {
    const { say } = await talk({ discoverModelServers: [1] });
    const text = await say('What is the capital of France?');
    expect(text).toContain('No language model is set up yet');
    expect(text).toContain('I looked for a model server');
    expect(text).toContain('`/help`');
    expect(text).not.toContain('Paris');
  });

  it('does not claim to have looked where it may not', async () => {
    const { say } = await talk({ discoverModelServers: false });
    expect(await say('hello')).not.toContain('I looked');
  });

  it('says it in the language of the person', async () => {
    const { say } = await talk({ locale: 'zh-Hant' });
    expect(await say('你好')).toContain('還沒有設定語言模型');
    expect(await say('/help')).toContain('`/status`：');
  });

  it('streams in a few deltas that add up', async () => {
    const { say, client } = await talk();
    const text = await say('hello');
    const deltas = client.frames
      .filter(isEvent('chat', ({ state }) => state === 'delta'))
      .map((frame) => String((frame as EventFrame).payload.deltaText));
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.join('')).toBe(text);
  });

  it('keeps its own words out of what a model is told later', async () => {
    const [server] = await servers([{ id: 'm' }]);
    const { say, client } = await talk({ discoverModelServers: [server?.port ?? 0] });
    await say('a question before');
    await say(`/model local-${server?.port}/m`);
    expect(await say('after')).toBe('Echo: after');
    expect(server?.requests.at(-1)?.messages.slice(1)).toEqual([{ role: 'user', content: 'after' }]);
    const { messages } = await client.call('chat.history', { sessionKey: 'main' });
    expect((messages as { excludeFromContext?: true }[]).map((row) => row.excludeFromContext)).toEqual([
      true,
      true,
      true,
      true,
      undefined,
      undefined,
    ]);
  });

  it('can be stopped', async () => {
    const { client } = await talk();
    await client.call('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'k' });
    await client.next(isEvent('chat', ({ state }) => state === 'delta'));
    expect(await client.call('chat.abort', { sessionKey: 'main' })).toMatchObject({ runIds: ['k'] });
    await client.next(isEvent('chat', ({ state }) => state === 'aborted'));
  });
});

describe('/help and /status', () => {
  it('lists what can be sent', async () => {
    const { say } = await talk();
    const text = await say('/help');
    for (const command of ['/help', '/status', '/model', '/model none']) {
      expect(text).toContain(`\`${command}\``);
    }
  });

  it('tells how the Gateway is doing', async () => {
    const { say } = await talk({ version: '9.8.7' });
    const text = await say('/status');
    expect(text).toContain('9.8.7');
    expect(text).toContain('Model: none');
    expect(text).toContain('1 conversation');
    expect(text).toContain('1 connection');
    expect(text).toMatch(/Running for \d+ seconds?/);
  });

  it('answers commands without the model when one is set up', async () => {
    const [server] = await servers([{ id: 'm' }]);
    const { say } = await talk({
      model: { providerId: 'own', modelId: 'm', baseUrl: server?.baseUrl ?? '' },
    });
    expect(await say('/status')).toContain(`Model: \`own/m\` at ${server?.baseUrl}`);
    expect(await say('/help')).toContain('`own/m`');
    expect(server?.requests).toEqual([]);
  });
});

describe('a model server on this computer', () => {
  it('is named, with the command that uses it', async () => {
    const [server] = await servers([{ id: 'tiny', owned_by: 'llamacpp' }]);
    const { say } = await talk({ discoverModelServers: [server?.port ?? 0] });
    const text = await say('hello');
    expect(text).toContain('llama.cpp runs on this computer and has the model tiny.');
    expect(text).toContain('/model llamacpp/tiny');
  });

  it('is named among others', async () => {
    const [one, two] = await servers(
      [{ id: 'a' }, { id: 'b' }],
      [{ id: 'c', owned_by: 'vllm' }, { id: 'd' }, { id: 'e' }, { id: 'f' }],
    );
    const { say } = await talk({ discoverModelServers: [one?.port ?? 0, two?.port ?? 0] });
    const text = await say('hello');
    expect(text).toContain(`\`local-${one?.port}/a\` (a model server on port ${one?.port})`);
    expect(text).toContain('`vllm/e` (vLLM)');
    expect(text).not.toContain('vllm/f');
    expect(text).toContain('And 1 more.');
    expect(await say('/model')).toContain('`vllm/f` (vLLM)');
  });

  it('without a model to chat with is named too', async () => {
    const [server] = await servers([{ id: 'nomic-embed-text' }]);
    const { say } = await talk({ discoverModelServers: [server?.port ?? 0] });
    expect(await say('hello')).toContain('has no model to chat with yet');
  });
});

describe('/model', () => {
  it('switches, remembers over a restart, and goes back', async () => {
    const [server] = await servers([{ id: 'Org/Model:1b' }]);
    const discoverModelServers = [server?.port ?? 0];
    const stateDir = await fixture.stateDir();
    const before = await talk({ stateDir, discoverModelServers });
    const ref = `local-${server?.port}/Org/Model:1b`;
    expect(await before.say(`/model ${ref.toLowerCase()}`)).toContain(`\`${ref}\` answers`);
    expect(await before.say('hello')).toBe('Echo: hello');
    await before.gateway.stop();

    const after = await talk({ stateDir, discoverModelServers: false });
    expect(await after.say('still there?')).toBe('Echo: still there?');
    expect(await after.say('/model')).toContain(`Your messages go to \`${ref}\`.`);
    const { models } = await after.client.call('models.list');
    expect(models).toMatchObject([{ id: 'Org/Model:1b', available: false, tags: ['default'] }]);
    expect(await after.say('/model none')).toContain('No language model is set up now');
    expect(await after.say('hello')).toContain('No language model is set up yet');
  });

  it('goes back to the configured model', async () => {
    const [own, found] = await servers([{ id: 'own-1' }], [{ id: 'found-1' }]);
    const { say, client } = await talk({
      model: { providerId: 'own', modelId: 'own-1', baseUrl: own?.baseUrl ?? '', apiKey: 'sk-own' },
      discoverModelServers: [found?.port ?? 0],
    });
    const list = await say('/model');
    expect(list).toContain('`own/own-1` (from your settings)');
    expect(list).toContain(`local-${found?.port}/found-1`);
    await say(`/model local-${found?.port}/found-1`);
    await say('one');
    expect(await say('/model none')).toContain('`own/own-1` again');
    await say('two');
    expect([found?.requests.length, own?.requests.length]).toEqual([1, 1]);
    // The key of the configured model goes to its own server only.
    expect(found?.requests[0]?.authorization).toBeUndefined();
    expect(own?.requests[0]?.authorization).toBe('Bearer sk-own');
    const { models } = await client.call('models.list', { view: 'default', includeDetails: true });
    expect(models).toEqual([
      {
        id: 'own-1',
        name: 'own-1',
        provider: 'own',
        available: true,
        tags: ['default'],
        thinkingLevels: [{ id: 'off', label: 'off' }],
        thinkingDefault: 'off',
      },
      expect.objectContaining({ id: 'found-1', provider: `local-${found?.port}`, available: true }),
    ]);
  });

  it('does not know every name', async () => {
    const { say } = await talk();
    expect(await say('/model nope/nope')).toContain('There is no model called `nope/nope`');
    expect(await say('/model')).toContain('No language model is set up yet.');
  });
});

describe('splitIntoPieces', () => {
  it('cuts after blank lines and loses nothing', () => {
    expect(splitIntoPieces('a\n\nb\nc\n\nd')).toEqual(['a\n\n', 'b\nc\n\n', 'd']);
    expect(splitIntoPieces('a')).toEqual(['a']);
  });
});

it('has every sentence of the catalogue in both languages', () => {
  for (const locale of ['en', 'zh-Hant'] as const) {
    const t = createTranslator(locale);
    expect(t('responder.status.sessions', { count: 3 })).toContain('3');
    expect(t('responder.noModel.more', { count: 3 })).toContain('3');
  }
});
