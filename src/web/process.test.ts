import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';

const isWindows = process.platform === 'win32';

let out: string;
let dir: string;
let started: ChildProcess[];

beforeAll(async () => {
  out = await builtApp();
}, 120_000);

beforeEach(() => {
  started = [];
  dir = mkdtempSync(join(tmpdir(), 'chela-process-'));
});

afterEach(async () => {
  for (const child of started) {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      // Not SIGKILL: the embedded Gateway would outlive it for a moment and write into what is removed below.
      child.kill('SIGTERM');
      await exited;
    }
  }
  rmSync(dir, { recursive: true, maxRetries: 5 });
});

async function run(args: string[] = []) {
  const gatewayPort = await freePort();
  const child = spawn(
    process.execPath,
    [join(out, 'main/web.js'), '--data-dir', join(dir, 'data'), '--no-open', ...args],
    {
      env: {
        PATH: process.env.PATH,
        HOME: dir,
        USERPROFILE: dir,
        LANG: 'zh_TW.UTF-8',
        OPENCLAW_GATEWAY_PORT: String(gatewayPort),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  started.push(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      printed += chunk;
    });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return {
    child,
    exited,
    gatewayPort,
    printed: () => printed,
    link: () =>
      vi.waitFor(() => {
        const link = /http:\/\/127\.0\.0\.1:\d+\/#ticket=\S+/.exec(printed)?.[0];
        if (!link) throw new Error(`no link yet: ${printed}`);
        return new URL(link);
      }, 15_000),
  };
}

async function secretFor(link: URL): Promise<string> {
  const response = await fetch(`${link.origin}/session`, {
    method: 'POST',
    headers: { Origin: link.origin },
    body: JSON.stringify({ ticket: link.hash.slice('#ticket='.length) }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { secret: string }).secret;
}

describe('the built browser edge', () => {
  it('R6: serves the page and the engine over the bridge, in Local mode with nothing configured', async () => {
    const edge = await run();
    const link = await edge.link();
    const page = await fetch(link);
    const text = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const script = /src="(\/?\.?\/?assets\/[^"]+\.js)"/.exec(text)?.[1];
    expect((await fetch(new URL(script ?? 'missing', link))).status).toBe(200);

    const socket = new WebSocket(`ws://${link.host}/bridge`, { origin: link.origin });
    const tags: string[] = [];
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString());
      if (frame.type === 'event') tags.push(frame.event.payload.snapshot.connection.tag);
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'hello', secret: await secretFor(link) }));
    await vi.waitFor(() => expect(tags).toContain('connected'), 15_000);
    socket.close();
  });

  it('speaks the language of LANG', async () => {
    const edge = await run();
    await edge.link();
    expect(edge.printed()).toContain('開啟 Chela：');
  });

  it.skipIf(isWindows)('stops cleanly on a signal, and with it the embedded Gateway', async () => {
    const edge = await run();
    const link = await edge.link();
    const answers = () => fetch(`http://127.0.0.1:${edge.gatewayPort}/`).then(() => true);
    await vi.waitFor(async () => expect(await answers()).toBe(true), 15_000);
    expect(statSync(join(dir, 'data')).mode & 0o777).toBe(0o700);
    edge.child.kill('SIGTERM');
    expect(await edge.exited).toBe(0);
    expect(edge.printed()).toContain('Chela 已停止。');
    expect(existsSync(join(dir, 'data/control.sock'))).toBe(false);
    await expect(fetch(link)).rejects.toThrow();
    await vi.waitFor(() => expect(answers()).rejects.toThrow());
  });

  it('gives a second start a link to the first, and nothing of its own', async () => {
    const first = await run();
    const link = await first.link();
    const second = await run();
    expect(await second.exited).toBe(0);
    const other = await second.link();
    expect(other.host).toBe(link.host);
    expect(other.hash).not.toBe(link.hash);
    await secretFor(other);
    await secretFor(link);
  });

  it.skipIf(isWindows)('starts again at once after it was killed', async () => {
    const first = await run();
    await first.link();
    await vi.waitFor(() => fetch(`http://127.0.0.1:${first.gatewayPort}/`), 15_000);
    first.child.kill('SIGKILL');
    await first.exited;
    const second = await run();
    await secretFor(await second.link());
    // The Gateway of the first goes with it.
    await vi.waitFor(() => expect(fetch(`http://127.0.0.1:${first.gatewayPort}/`)).rejects.toThrow(), 5000);
  });

  it('takes --port as it is, and says so when it is taken', async () => {
    const port = await freePort();
    const first = await run(['--port', String(port)]);
    expect((await first.link()).port).toBe(String(port));
    const second = await run(['--port', String(port), '--data-dir', join(dir, 'other')]);
    expect(await second.exited).toBe(1);
    expect(second.printed()).toContain(String(port));
  });

  it('keeps the session’s secret in memory alone', async () => {
    const edge = await run();
    const link = await edge.link();
    const secret = await secretFor(link);
    expect(edge.printed()).not.toContain(secret);
    const files = readdirSync(join(dir, 'data'), { recursive: true, withFileTypes: true }).filter((e) =>
      e.isFile(),
    );
    expect(files.map(({ name }) => name)).toContain('page-port.json');
    for (const { parentPath, name } of files) {
      const text = readFileSync(join(parentPath, name), 'latin1');
      expect([name, text.includes(secret), text.includes(link.hash)]).toEqual([name, false, false]);
    }
  });
});
