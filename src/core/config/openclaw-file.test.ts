import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noOpenclawFile, readOpenclawFile } from './openclaw-file.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chela-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(text: string): string {
  const path = join(home, '.openclaw', 'openclaw.json');
  mkdirSync(join(home, '.openclaw'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('openclaw.json (R12)', () => {
  it('is optional', async () => {
    expect(await readOpenclawFile({}, home)).toEqual(noOpenclawFile);
  });

  it('is read as JSON5, with variables of the environment', async () => {
    write(
      `{ // a comment\n gateway: { mode: 'remote', remote: { sshTarget: "ada@studio", token: "\${LAB_TOKEN}", password: "\${UNSET}" }, }, }`,
    );
    const { config, problem } = await readOpenclawFile({ LAB_TOKEN: 'from-env' }, home);
    expect(problem).toBeNull();
    expect(config?.gateway?.remote).toEqual({ sshTarget: 'ada@studio', token: 'from-env' });
  });

  it('leaves a doubled dollar as it is, and counts an empty variable as unset', async () => {
    write(`{ gateway: { auth: { token: "$\${LITERAL}" }, remote: { token: "\${EMPTY}" } } }`);
    const { config, authored } = await readOpenclawFile({ EMPTY: '', LITERAL: 'x' }, home);
    expect(config?.gateway?.auth?.token).toBe(`\${LITERAL}`);
    expect(config?.gateway?.remote?.token).toBeUndefined();
    expect(authored).toMatchObject({ gateway: { remote: { token: `\${EMPTY}` } } });
  });

  it('names line and column when it is broken', async () => {
    const path = write('{\n  gateway: {\n    mode: remote\n');
    const { config, problem } = await readOpenclawFile({}, home);
    expect(config).toBeNull();
    expect(problem).toMatchObject({
      code: 'OPENCLAW_CONFIG_BROKEN',
      details: { file: path, line: 3, column: 11 },
    });
  });

  it('says so when it is something else than a file', async () => {
    mkdirSync(join(home, '.openclaw', 'openclaw.json'), { recursive: true });
    expect((await readOpenclawFile({}, home)).problem).toMatchObject({
      code: 'OPENCLAW_CONFIG_BROKEN',
      details: { reason: 'EISDIR' },
    });
  });
});
