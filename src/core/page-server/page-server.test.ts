import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PageBridge, type PageServer, startPageServer } from './page-server.ts';

const INDEX = '<!doctype html><title>page</title>';

let dir: string;
let server: PageServer;
let heard: string[];

const bridge: PageBridge = {
  handleSession(_request, response) {
    heard.push('session');
    response.end('{}');
  },
  handleUpgrade(_request, socket) {
    heard.push('upgrade');
    socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  },
  async stop() {
    heard.push('stop');
  },
};

beforeEach(async () => {
  heard = [];
  dir = mkdtempSync(join(tmpdir(), 'chela-page-'));
  const root = join(dir, 'renderer');
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(root, 'index.html'), INDEX);
  writeFileSync(join(root, 'assets', 'app.js'), 'export {};');
  writeFileSync(join(root, 'assets', 'app.css'), 'a{}');
  writeFileSync(join(root, '.secret'), 'hidden');
  writeFileSync(join(dir, 'outside.txt'), 'outside');
  server = await startPageServer({ rootDir: root, port: 0, bridge });
});

afterEach(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

/** Speaks HTTP by hand, because a client library would repair what is sent here. */
function raw(requestLine: string, headers: Record<string, string>, at = server): Promise<string> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    const socket = connect(at.port, '127.0.0.1', () => {
      socket.write(`${requestLine} HTTP/1.1\r\n${lines.join('')}Connection: close\r\n\r\n`);
    });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

const statusOf = (answer: string) => Number(answer.split(' ')[1]);
const host = () => `127.0.0.1:${server.port}`;

async function rawUpgrade(path: string, headers: Record<string, string>, at = server): Promise<number> {
  const socket = connect(at.port, '127.0.0.1');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `GET ${path} HTTP/1.1\r\n${lines.join('')}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  let text = '';
  for await (const chunk of socket) text += chunk;
  return statusOf(text);
}

describe('page server', () => {
  it('serves the page and its files with their types', async () => {
    const page = await fetch(`${server.origin}/`);
    expect([page.status, await page.text()]).toEqual([200, INDEX]);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const script = await fetch(`${server.origin}/assets/app.js?v=1`);
    expect(script.headers.get('content-type')).toMatch(/javascript/);
    const style = await fetch(`${server.origin}/assets/app.css`);
    expect(style.headers.get('content-type')).toMatch(/^text\/css/);
  });

  it('sends the strict headers with every answer, refusals too', async () => {
    for (const path of ['/', '/nothing-here', '/session']) {
      const { headers } = await fetch(server.origin + path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
          "frame-src 'self'; connect-src 'self' ws://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('permissions-policy')).toContain('geolocation=()');
    }
  });

  it('gives the frame of diagrams a policy of its own: its scripts, inline styles, no network, no origin', async () => {
    for (const path of ['/diagram/index.html', '/diagram/nothing.js']) {
      const { headers } = await fetch(server.origin + path);
      expect(headers.get('content-security-policy')).toBe(
        `default-src 'none'; script-src ${server.origin}/diagram/; style-src 'unsafe-inline'; img-src data:; ` +
          `base-uri 'none'; form-action 'none'; frame-ancestors ${server.origin}; sandbox allow-scripts`,
      );
      expect(headers.get('access-control-allow-origin')).toBe('*');
    }
    // Nothing else can be read from no origin.
    for (const path of ['/', '/assets/app.js', '/diagram', '//diagram/index.html', '/session']) {
      expect((await fetch(server.origin + path)).headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('answers 304 to its own ETag and asks to be asked', async () => {
    const first = await fetch(`${server.origin}/`);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const again = await raw('GET /', { Host: host(), 'If-None-Match': first.headers.get('etag') ?? '' });
    expect(statusOf(again)).toBe(304);
  });

  it.each([
    '/../outside.txt',
    '/assets/../../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/assets/..%5c..%5c..%5coutside.txt',
    '/index.html%00.js',
    '/.secret',
    '/assets',
    '/assets/',
    '//outside.txt',
    '/%',
  ])('gives nothing for %s', async (path) => {
    const answer = await raw(`GET ${path}`, { Host: host() });
    expect(statusOf(answer)).toBeGreaterThanOrEqual(400);
    expect(answer).not.toMatch(/outside\n?$|hidden/);
  });

  it('only reads: other methods are refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect(statusOf(await raw(`${method} /`, { Host: host(), Origin: server.origin }))).toBe(405);
    }
    expect(statusOf(await raw('GET /session', { Host: host() }))).toBe(405);
    expect(statusOf(await raw('HEAD /', { Host: host() }))).toBe(200);
  });

  it('listens on 127.0.0.1 alone', async () => {
    await expect(fetch(`http://127.0.0.2:${server.port}/`)).rejects.toThrow();
    await expect(fetch(`http://[::1]:${server.port}/`)).rejects.toThrow();
  });

  it('refuses a rebinding name on every path and upgrade', async () => {
    for (const name of ['evil.example', `evil.example:${server.port}`, '127.0.0.1', '127.0.0.1:1', '']) {
      for (const line of ['GET /', 'GET /assets/app.js', 'POST /session']) {
        expect([name, line, statusOf(await raw(line, { Host: name, Origin: server.origin }))]).toEqual([
          name,
          line,
          421,
        ]);
      }
      expect(await rawUpgrade('/bridge', { Host: name, Origin: server.origin })).toBe(421);
    }
    expect(statusOf(await raw(`GET http://evil.example/`, { Host: 'evil.example' }))).toBe(421);
    expect(statusOf(await raw(`GET http://evil.example/`, { Host: host() }))).toBe(400);
    expect(heard).toEqual([]);
  });

  it('sends localhost to the address, but only to read', async () => {
    const alias = `localhost:${server.port}`;
    const answer = await raw('GET /a?b=c', { Host: alias });
    expect(statusOf(answer)).toBe(308);
    expect(answer).toContain(`Location: ${server.origin}/a?b=c\r\n`);
    const aliasOrigin = { Host: alias, Origin: `http://${alias}` };
    expect(statusOf(await raw('POST /session', aliasOrigin))).toBe(421);
    expect(await rawUpgrade('/bridge', aliasOrigin)).toBe(421);
  });

  it('takes a session request only from its own origin', async () => {
    const post = async (headers: Record<string, string>) =>
      statusOf(await raw('POST /session', { Host: host(), 'Content-Length': '0', ...headers }));
    expect(await post({ Origin: 'https://evil.example' })).toBe(403);
    expect(await post({ Origin: 'null' })).toBe(403);
    expect(await post({ Origin: `http://localhost:${server.port}` })).toBe(403);
    expect(await post({ Origin: `${server.origin}0` })).toBe(403);
    expect(await post({})).toBe(403);
    expect(heard).toEqual([]);
    expect(await post({ Origin: server.origin })).toBe(200);
    expect(heard).toEqual(['session']);
  });

  it('takes an upgrade only from its own origin and on the bridge', async () => {
    expect(await rawUpgrade('/bridge', { Host: host(), Origin: 'https://evil.example' })).toBe(403);
    expect(await rawUpgrade('/bridge', { Host: host() })).toBe(403);
    expect(await rawUpgrade('/', { Host: host(), Origin: server.origin })).toBe(404);
    expect(heard).toEqual([]);
    expect(await rawUpgrade('/bridge?x', { Host: host(), Origin: server.origin })).toBe(101);
    expect(heard).toEqual(['upgrade']);
  });

  it('has no bridge where it was given none (Electron)', async () => {
    const plain = await startPageServer({ rootDir: join(dir, 'renderer'), port: 0, bridge: null });
    const own = { Host: `127.0.0.1:${plain.port}`, Origin: plain.origin };
    expect(statusOf(await raw('POST /session', { ...own, 'Content-Length': '0' }, plain))).toBe(404);
    expect(await rawUpgrade('/bridge', own, plain)).toBe(404);
    await plain.stop();
  });

  it('survives a page that disappears under it', async () => {
    rmSync(join(dir, 'renderer', 'assets', 'app.js'));
    expect((await fetch(`${server.origin}/assets/app.js`)).status).toBe(404);
    expect((await fetch(`${server.origin}/`)).status).toBe(200);
  });

  it('stops once, cuts what is open, and says that it is closed', async () => {
    const open = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => open.on('connect', resolve));
    const cut = new Promise((resolve) => open.on('close', resolve));
    open.on('error', () => {});
    open.write('GET / HTTP/1.1\r\n');
    await Promise.all([server.stop(), server.stop()]);
    await server.closed;
    await cut;
    expect(heard).toEqual(['stop']);
    await expect(fetch(server.origin)).rejects.toThrow();
  });

  it('rejects where the page is not built, or the port is taken', async () => {
    await expect(startPageServer({ rootDir: dir, port: 0, bridge: null })).rejects.toMatchObject({
      code: 'ENOENT',
    });
    const taken = startPageServer({ rootDir: join(dir, 'renderer'), port: server.port, bridge: null });
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

// A build may be linked into place by a package manager; what the link points to is the page all the same.
it('follows a linked root', async () => {
  const link = join(dir, 'link');
  symlinkSync(join(dir, 'renderer'), link);
  const linked = await startPageServer({ rootDir: link, port: 0, bridge: null });
  expect((await fetch(`${linked.origin}/`)).status).toBe(200);
  await linked.stop();
});
