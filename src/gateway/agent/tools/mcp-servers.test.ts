import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onePixel } from '../../../../e2e/fixtures/one-pixel.ts';
import type { McpServerConfig } from '../../../shared/config/model-config.ts';
import { silentLogger } from '../../options.ts';
import { createFixture } from '../../test-support/fixture.ts';
import { startModelServer } from '../../test-support/model-server.ts';
import { startTalk } from '../../test-support/talk.ts';
import type { ToolCallContext } from './agent-tool.ts';
import { createMcpServers } from './mcp-servers.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const script = join(import.meta.dirname, '../../test-support/mcp-server.mjs');
let pidFile: string;
beforeEach(async () => {
  pidFile = join(await fixture.stateDir(), 'pid');
});

const stdio = (env: Record<string, string> = {}): McpServerConfig => ({
  command: process.execPath,
  args: [script],
  env: { MCP_PID_FILE: pidFile, ...env },
});

function open(servers: Record<string, McpServerConfig>, now = () => 0) {
  const warn = vi.fn();
  const mcp = createMcpServers({ servers, version: '1', logger: { ...silentLogger, warn }, now });
  fixture.defer(() => mcp.stop());
  return { mcp, warn };
}

const context = (signal = new AbortController().signal): ToolCallContext => ({
  runId: 'r',
  sessionKey: 's',
  toolCallId: 'c',
  signal,
  progress() {},
  emit() {},
});

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('an MCP server that is a program (R1)', () => {
  it('starts when tools are wanted, works, and ends with the Gateway', async () => {
    const { mcp } = open({ calc: stdio() });
    await expect(readFile(pidFile, 'utf8')).rejects.toThrow();
    const tools = await mcp.tools();
    expect(tools.map(({ name }) => name)).toEqual([
      'calc__add',
      'calc__say_hello',
      'calc__fail',
      'calc__hang',
      'calc__draw',
    ]);
    expect(tools[0]?.parameters).toMatchObject({ required: ['a', 'b'] });
    expect(await tools[0]?.run({ a: 2, b: 40 }, context())).toEqual({
      content: [{ type: 'text', text: '42' }],
      isError: false,
    });
    expect(await tools[2]?.run({}, context())).toMatchObject({
      isError: true,
      content: [{ text: 'it went wrong' }],
    });
    const pid = Number(await readFile(pidFile, 'utf8'));
    await mcp.tools();
    expect(Number(await readFile(pidFile, 'utf8'))).toBe(pid);
    expect(isAlive(pid)).toBe(true);
    await mcp.stop();
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
    expect(await mcp.tools()).toEqual([]);
  });

  it('gives images as images, and names what a model cannot read', async () => {
    const { mcp } = open({ calc: stdio() });
    const draw = (await mcp.tools()).at(-1);
    const data = onePixel.toString('base64');
    const image = { type: 'image', data, mimeType: 'image/png' };
    const content = [
      { type: 'text', text: 'first' },
      image,
      { type: 'audio', data, mimeType: 'audio/wav' },
      { type: 'resource', resource: { uri: 'file:///a.txt', text: 'of the file' } },
      { type: 'resource', resource: { uri: 'file:///a.png', blob: data, mimeType: 'image/png' } },
      { type: 'resource', resource: { uri: 'file:///a.zip', blob: data, mimeType: 'application/zip' } },
      { type: 'resource_link', uri: 'https://example.com/x.png', name: 'x.png' },
    ];
    const text = (words: string) => ({ type: 'text', text: words });
    expect(await draw?.run({ content }, context())).toEqual({
      isError: false,
      content: [
        text('first'),
        image,
        text('[audio audio/wav]'),
        text('of the file'),
        image,
        text('file:///a.zip'),
        text('[x.png] https://example.com/x.png'),
      ],
    });
  });

  it('gets its variables, but none that would make it run something else', async () => {
    const { mcp } = open({
      calc: stdio({ GREETING: 'hi there', NODE_OPTIONS: '--require /nowhere/at/all.js' }),
    });
    const tools = await mcp.tools();
    expect(await tools[1]?.run({}, context())).toMatchObject({ content: [{ text: 'hi there' }] });
  });

  it('that hangs is given up after its time, and at once when the run is stopped', async () => {
    const { mcp } = open({ calc: { ...stdio(), requestTimeoutMs: 100 }, other: stdio() });
    const tools = await mcp.tools();
    const hang = (server: string) => tools.find(({ name }) => name === `${server}__hang`);
    await expect(hang('calc')?.run({}, context())).rejects.toThrow();
    const controller = new AbortController();
    const called = hang('other')?.run({}, context(controller.signal));
    controller.abort();
    await expect(called).rejects.toThrow();
  });

  it('that does not come up takes nothing else down, and is tried again later', async () => {
    let now = 0;
    const { mcp, warn } = open(
      { broken: stdio({ MCP_BROKEN: '1' }), missing: { command: '/nowhere/at/all' }, calc: stdio() },
      () => now,
    );
    expect((await mcp.tools()).map(({ name }) => name)).toContain('calc__add');
    expect(warn).toHaveBeenCalledTimes(2);
    await mcp.tools();
    expect(warn).toHaveBeenCalledTimes(2);
    now = 60_000;
    await mcp.tools();
    expect(warn).toHaveBeenCalledTimes(4);
  });
});

it('an MCP server with an address is asked over HTTP, with its headers', async () => {
  const child = spawn(process.execPath, [script, '--http'], { stdio: ['ignore', 'pipe', 'inherit'] });
  fixture.defer(() => child.kill());
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = `http://127.0.0.1:${line.toString().trim()}/mcp`;
  const { mcp, warn } = open({
    web: { url, headers: { Authorization: 'Bearer for-mcp' } },
    refused: { url, headers: { Authorization: 'Bearer a-secret-header' } },
  });
  const tools = await mcp.tools();
  expect(tools.map(({ name }) => name)).toContain('web__add');
  expect(await tools[0]?.run({ a: 1, b: 1 }, context())).toMatchObject({ content: [{ text: '2' }] });
  expect(JSON.stringify(warn.mock.calls)).not.toContain('a-secret-header');
});

it('the agent uses its tools', async () => {
  const server = await startModelServer();
  fixture.defer(server.stop);
  server.script = ({ messages }, answer) => {
    const last = messages.at(-1);
    if (last?.role === 'tool') answer.write(`it is ${last.content}`);
    else answer.call('calc__add', { a: 20, b: 3 });
  };
  const talk = await startTalk(fixture, {
    model: { providerId: 'lab', modelId: 'fake-1', baseUrl: server.baseUrl },
    agent: { mcpServers: { calc: stdio() } },
  });
  expect(await talk.say('20 + 3?', 'k1')).toBe('it is 23');
  expect(talk.agentEvents('k1', 'tool').map(({ data }) => data)).toMatchObject([
    { phase: 'start', name: 'calc__add', args: { a: 20, b: 3 } },
    { phase: 'result', isError: false, result: { content: [{ text: '23' }] } },
  ]);
});
