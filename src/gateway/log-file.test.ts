import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openLogFile } from './log-file.ts';
import { silentLogger } from './options.ts';
import { createFixture } from './test-support/fixture.ts';

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

async function open() {
  const path = join(await fixture.stateDir(), 'logs', 'gateway.log');
  const reopen = () => {
    const log = openLogFile(path, silentLogger, () => 0);
    fixture.defer(() => log.close());
    return log;
  };
  return { log: reopen(), reopen, path };
}

const messages = (lines: readonly string[]) =>
  lines.map((line) => (JSON.parse(line) as { message: string }).message);

describe('the log file', () => {
  it('has what was logged, newest last, and goes on where a reader was', async () => {
    const { log } = await open();
    for (const word of ['one', 'two', 'three']) log.logger.info({ n: 1 }, word);
    log.logger.debug({}, 'not this');
    const first = log.tail({});
    expect(messages(first.lines)).toEqual(['one', 'two', 'three']);
    expect(JSON.parse(first.lines[0] ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      message: 'one',
      n: 1,
    });
    log.logger.error({}, 'four – ünïcode');
    const next = log.tail({ cursor: first.cursor });
    expect(messages(next.lines)).toEqual(['four – ünïcode']);
    expect(next).toMatchObject({ truncated: false, reset: false, cursor: next.size });
    expect(messages(log.tail({ limit: 2 }).lines)).toEqual(['three', 'four – ünïcode']);
  });

  it('cuts at lines when it may not send all', async () => {
    const { log } = await open();
    for (const word of ['one', 'two', 'three']) log.logger.info({}, word);
    const { lines, truncated } = log.tail({ maxBytes: 100 });
    expect(messages(lines)).toEqual(['three']);
    expect(truncated).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('is for this user only', async () => {
    const { path } = await open();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('goes on in the same file, and puts a full one aside', async () => {
    const { log, reopen, path } = await open();
    log.logger.info({}, 'before');
    log.close();
    const again = reopen();
    expect(messages(again.tail({}).lines)).toEqual(['before']);
    const { cursor } = again.tail({});
    again.logger.info({ filler: 'x'.repeat(6 * 1024 * 1024) }, 'big');
    again.logger.info({}, 'after');
    const { lines, reset } = again.tail({ cursor: cursor + 6 * 1024 * 1024 });
    expect(messages(lines)).toEqual(['after']);
    expect(reset).toBe(true);
    expect((await stat(`${path}.1`)).size).toBeGreaterThan(6 * 1024 * 1024);
  });
});
