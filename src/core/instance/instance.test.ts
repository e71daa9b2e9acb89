import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doorWith } from '../../../e2e/fixtures/control-door.ts';
import { controlEndpoint } from './control-endpoint.ts';
import { type Claim, claimInstance } from './instance.ts';

let base: string;
let dataDir: string;
let claims: Claim[];

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'chela-one-')));
  dataDir = base;
  claims = [];
});

afterEach(async () => {
  for (const claim of claims) if (claim.tag === 'claimed') await claim.release();
  rmSync(base, { recursive: true });
});

async function claim(link = 'http://127.0.0.1:1/', replyWithinMs?: number): Promise<Claim> {
  const claimed = await claimInstance({ dataDir, door: doorWith({ tag: 'link', link }), replyWithinMs });
  claims.push(claimed);
  return claimed;
}

describe('claimInstance', () => {
  it('lets the first have it and gives the second what the first answers', async () => {
    expect((await claim('http://127.0.0.1:1/#ticket=a')).tag).toBe('claimed');
    expect(await claim()).toEqual({
      tag: 'running',
      reply: { tag: 'link', link: 'http://127.0.0.1:1/#ticket=a' },
    });
  });

  it('lets exactly one of many have it', async () => {
    const many = await Promise.all(Array.from({ length: 6 }, () => claim()));
    expect(many.filter(({ tag }) => tag === 'claimed')).toHaveLength(1);
  });

  it('is free again after a release', async () => {
    const first = await claim();
    if (first.tag === 'claimed') await first.release();
    claims = [];
    expect((await claim()).tag).toBe('claimed');
  });

  it('does not wait for somebody who says nothing when it is released', async () => {
    const first = await claim();
    const mute = connect(controlEndpoint(dataDir).path);
    await once(mute, 'connect');
    const cut = once(mute, 'close');
    if (first.tag === 'claimed') await first.release();
    claims = [];
    await cut;
  });

  it.skipIf(process.platform === 'win32')('keeps its socket to the owner', async () => {
    await claim();
    expect(statSync(join(dataDir, 'control.sock')).mode & 0o777).toBe(0o600);
  });

  it('is free at once after its owner was killed', async () => {
    const { path } = controlEndpoint(dataDir);
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(path)).toBe(process.platform !== 'win32');
    expect((await claim()).tag).toBe('claimed');
  });

  it('knows a directory by any of its names', async () => {
    await claim();
    symlinkSync(base, `${base}-link`);
    dataDir = `${base}-link`;
    expect((await claim()).tag).toBe('running');
    rmSync(`${base}-link`);
  });

  it('says that another one runs even when that one does not answer', async () => {
    const mute = createServer().listen(controlEndpoint(dataDir).path);
    await once(mute, 'listening');
    expect(await claim('', 50)).toEqual({ tag: 'running', reply: null });
    mute.close();
  });

  it('works in a directory whose name is too long for a socket', async () => {
    dataDir = join(base, 'd'.repeat(120));
    mkdirSync(dataDir);
    expect((await claim('link')).tag).toBe('claimed');
    expect(await claim()).toEqual({ tag: 'running', reply: { tag: 'link', link: 'link' } });
  });
});

describe('controlEndpoint', () => {
  const linux = { platform: 'linux', uid: 1000, tmpDir: '/tmp' };

  it.each([
    [
      '/home/a/.local/share/chela',
      linux,
      { path: '/home/a/.local/share/chela/control.sock', directory: null },
    ],
    [
      `/${'x'.repeat(100)}`,
      linux,
      {
        path: expect.stringMatching(/^\/tmp\/chela-1000\/[0-9a-f]{16}\.sock$/),
        directory: '/tmp/chela-1000',
      },
    ],
    [
      'C:\\Users\\a',
      { platform: 'win32', uid: undefined, tmpDir: 'C:\\Temp' },
      { path: expect.stringMatching(/^\\\\\.\\pipe\\chela-[0-9a-f]{16}$/), directory: null },
    ],
  ])('%s', (dir, system, expected) => {
    expect(controlEndpoint(dir, system)).toEqual(expected);
  });
});
