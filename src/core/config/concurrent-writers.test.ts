import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import JSON5 from 'json5';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let dir: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chela-writers-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
  rmSync(dir, { recursive: true, force: true });
});

type Tally = { written: number; conflicts: number; others: string[] };

/** One process that sets `writers.<name>.n<i>` for i < rounds, each a plan and an apply. */
function writer(file: string, name: string, rounds: number): Promise<Tally> {
  const child = fork(join(import.meta.dirname, 'concurrent-writer.fixture.ts'), [file, name, String(rounds)]);
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once('message', (tally) => resolve(tally as Tally));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a writer ended with ${code}`)));
  });
}

describe('several processes that write the same openclaw.json', () => {
  it('lose no update of each other, and keep what is not theirs', async () => {
    const file = join(dir, 'openclaw.json');
    writeFileSync(file, '// ours\n{ writers: {}, /* keep me */ other: [1] }\n');
    const names = ['a', 'b', 'c'];
    const tallies = await Promise.all(names.map((name) => writer(file, name, 12)));
    const text = readFileSync(file, 'utf8');
    const { writers, other } = JSON5.parse(text) as {
      writers: Record<string, Record<string, number>>;
      other: unknown;
    };
    expect(tallies.flatMap(({ others }) => others)).toEqual([]);
    for (const [index, name] of names.entries()) {
      // What was reported as written is there; what is not there was reported.
      expect(Object.keys(writers[name] ?? {}).length).toBe(tallies[index]?.written);
      expect((tallies[index]?.written ?? 0) + (tallies[index]?.conflicts ?? 0)).toBe(12);
    }
    expect(tallies.reduce((sum, { written }) => sum + written, 0)).toBe(36);
    expect(text.startsWith('// ours\n')).toBe(true);
    expect(text).toContain('/* keep me */ other: [1]');
    expect(other).toEqual([1]);
  }, 60_000);
});
