import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../clock.ts';
import { type ConfigWatch, createConfigWatch } from './config-watch.ts';

let home: string;
let watch: ConfigWatch;
let changes: number;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chela-watch-'));
  watch = createConfigWatch(systemClock);
  changes = 0;
  watch.onDidChange(() => {
    changes += 1;
  });
});
afterEach(async () => {
  await watch.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Does it again until it is heard: when a watch has begun is the system's secret. */
async function heard(act: () => void): Promise<void> {
  const before = changes;
  await vi.waitFor(
    () => {
      act();
      expect(changes).toBeGreaterThan(before);
    },
    { timeout: 10_000, interval: 400 },
  );
}

describe('changes by other programs', () => {
  it('are heard: in place, by rename, gone and back', async () => {
    const file = join(home, 'openclaw.json');
    let count = 0;
    writeFileSync(file, '{}');
    watch.follow([file]);
    await heard(() => writeFileSync(file, `{ a: ${++count} }`));
    await heard(() => {
      writeFileSync(join(home, 'draft'), `{ b: ${++count} }`);
      renameSync(join(home, 'draft'), file);
    });
    await heard(() => rmSync(file, { force: true }));
    await heard(() => writeFileSync(file, `{ c: ${++count} }`));
  });

  it('are heard for a file whose directory was not there yet', async () => {
    const file = join(home, '.openclaw', 'openclaw.json');
    let count = 0;
    watch.follow([file]);
    await heard(() => {
      mkdirSync(join(home, '.openclaw'), { recursive: true });
      writeFileSync(file, `{ a: ${++count} }`);
    });
  });

  it('are of no concern once a file is no longer followed', async () => {
    const [one, two] = [join(home, 'one'), join(home, 'two')];
    writeFileSync(one, '1');
    writeFileSync(two, '2');
    watch.follow([one, two]);
    let count = 0;
    await heard(() => writeFileSync(one, `${++count}`));
    watch.follow([two]);
    await heard(() => writeFileSync(two, `${++count}`));
    const before = changes;
    writeFileSync(one, 'unheard');
    await heard(() => writeFileSync(two, `${++count}`));
    expect(changes).toBe(before + 1);
  });
});
