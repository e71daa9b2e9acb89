import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configWriter } from './config-writer.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chela-writer-'));
  file = join(folder, 'openclaw.json');
  writeFileSync(file, '{ a: 1 }', { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('R12: writes over what was seen and keeps it; another text is left as it is', async () => {
  const write = configWriter({});
  expect(await write(file, '{ a: 2 }', '{ a: 1 }')).toBe(true);
  expect(readFileSync(`${file}.bak`, 'utf8')).toBe('{ a: 1 }');
  expect(await write(file, '{ a: 3 }', '{ a: 1 }')).toBe(false);
  expect(await write(file, '{ a: 3 }', null)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('{ a: 2 }');
});

it('R12: writes nothing where a deployment forbids it', async () => {
  const write = configWriter({ OPENCLAW_NIX_MODE: '1' });
  await expect(write(file, '{}', '{ a: 1 }')).rejects.toMatchObject({ error: { code: 'CONFIG_READ_ONLY' } });
  expect(readFileSync(file, 'utf8')).toBe('{ a: 1 }');
});
