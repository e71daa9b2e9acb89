import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureServerToken } from './server-token.ts';

let dataDir: string;
let file: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chela-token-'));
  file = join(dataDir, 'gateway-token');
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

it.each([
  ['is not there', () => Promise.resolve()],
  ['is empty', () => writeFile(file, '')],
  ['holds blanks', () => writeFile(file, ' \n')],
])('a file that %s gets a token that stays', async (_how, prepare) => {
  await prepare();
  const { token, problem } = await ensureServerToken(dataDir);
  expect(problem).toBeNull();
  expect((await readFile(file, 'utf8')).trim()).toBe(token);
  expect(await ensureServerToken(dataDir)).toEqual({ token, problem: null });
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('says that a token is for this run only', async () => {
  await mkdir(file);
  expect((await ensureServerToken(dataDir)).problem?.code).toBe('FILE_NOT_OURS');
});
