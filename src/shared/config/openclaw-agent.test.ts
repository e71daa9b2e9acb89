import { describe, expect, it } from 'vitest';
import { agentConfigSchema, modelConfigSchema } from './model-config.ts';
import { openclawConfigSchema } from './openclaw.ts';
import { configuredAgent, configuredModel } from './openclaw-agent.ts';

const read = (config: object) => openclawConfigSchema.parse(config);

describe('configuredModel (R1)', () => {
  const providers = {
    lab: { baseUrl: 'http://127.0.0.1:1/v1', apiKey: 'k', api: 'openai-completions' },
    claude: { baseUrl: 'https://x.example', api: 'anthropic-messages', headers: { 'x-team': 'a' } },
    odd: { baseUrl: 'http://x', api: 'bedrock-converse-stream' },
    bare: { baseUrl: 'localhost:11434' },
    openai: { apiKey: 'sk' },
    broken: 7,
    rich: {
      baseUrl: 'http://y/v1',
      maxTokens: 99,
      models: [
        {
          id: 'one',
          name: 'One',
          api: 'ollama',
          reasoning: true,
          input: ['text', 'image'],
          cost: { input: 1, output: 2 },
          contextWindow: 1000,
          contextTokens: 800,
        },
        { id: 'bad', contextWindow: 'many', reasoning: 'yes' },
      ],
    },
  };

  it.each([
    [
      { model: { primary: 'lab/big/one' } },
      {
        providerId: 'lab',
        modelId: 'big/one',
        baseUrl: 'http://127.0.0.1:1/v1',
        apiKey: 'k',
        api: 'openai-completions',
      },
    ],
    [
      { model: 'claude/c' },
      {
        providerId: 'claude',
        modelId: 'c',
        baseUrl: 'https://x.example',
        api: 'anthropic-messages',
        headers: { 'x-team': 'a' },
      },
    ],
    [
      { model: 'openai/gpt' },
      {
        providerId: 'openai',
        modelId: 'gpt',
        baseUrl: 'https://api.openai.com/v1',
        apiKey: 'sk',
        api: 'openai-responses',
      },
    ],
    [
      { model: 'rich/one' },
      {
        providerId: 'rich',
        modelId: 'one',
        baseUrl: 'http://y/v1',
        api: 'ollama',
        name: 'One',
        reasoning: true,
        input: ['text', 'image'],
        cost: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 },
        contextWindow: 800,
        maxTokens: 99,
      },
    ],
    [{ model: 'rich/bad' }, { providerId: 'rich', modelId: 'bad', baseUrl: 'http://y/v1', maxTokens: 99 }],
    [{ model: 'odd/one' }, null],
    [{ model: 'missing/one' }, null],
    [{ model: 'broken/one' }, null],
    [{ model: 'bare/one' }, null],
    [{ model: 'noslash' }, null],
    [{ model: 'lab/' }, null],
    [{}, null],
  ])('%j', (defaults, model) => {
    const found = configuredModel(read({ agents: { defaults }, models: { providers } }));
    expect(found).toEqual(model);
    if (found !== null) expect(modelConfigSchema.safeParse(found).success).toBe(true);
  });

  it('is nothing without a file', () => {
    expect(configuredModel(null)).toBeNull();
    expect(configuredAgent(null)).toEqual({ models: [], fallbacks: [], mcpServers: {}, exec: 'ask' });
  });
});

describe('configuredAgent (R1)', () => {
  it('reads models, fallbacks, MCP servers and the mode of commands, and leaves out what makes no sense', () => {
    const agent = configuredAgent(
      read({
        agents: {
          defaults: {
            model: { primary: 'a/1', fallbacks: ['a/2', 'gone/3', 'a/unlisted'] },
            thinkingDefault: 'low',
          },
        },
        models: {
          providers: { a: { baseUrl: 'http://a/v1', models: [{ id: '1' }, { id: '2' }, { nope: 1 }] } },
        },
        mcp: {
          servers: {
            files: {
              command: 'mcp-files',
              args: ['--ro'],
              env: { A: 'b' },
              workingDirectory: '/srv',
              requestTimeoutMs: 5,
            },
            web: { url: 'https://mcp.example', type: 'sse', headers: { Authorization: 'x' } },
            off: { command: 'x', enabled: false },
            ftp: { url: 'ftp://x' },
            empty: {},
            wrong: 'text',
          },
        },
        tools: { exec: { mode: 'allowlist' } },
      }),
    );
    // A list with one bad entry counts as absent as a whole, but what the fallbacks name is known all the same.
    expect(agent.models?.map(({ modelId }) => modelId)).toEqual(['2', 'unlisted']);
    expect(agent.fallbacks).toEqual(['a/2', 'a/unlisted']);
    expect(agent.thinkingDefault).toBe('low');
    expect(agent.exec).toBe('allowlist');
    expect(agent.mcpServers).toEqual({
      files: { command: 'mcp-files', args: ['--ro'], env: { A: 'b' }, cwd: '/srv', requestTimeoutMs: 5 },
      web: { url: 'https://mcp.example', transport: 'sse', headers: { Authorization: 'x' } },
    });
    expect(agentConfigSchema.safeParse(agent).success).toBe(true);
  });

  it.each(['full', 'auto', 'something', undefined])('never runs commands unasked: mode %s asks', (mode) => {
    expect(configuredAgent(read({ tools: { exec: { mode } } })).exec).toBe('ask');
  });
});
