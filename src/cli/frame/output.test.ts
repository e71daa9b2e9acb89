import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { appError, type ErrorCode, errorTable } from '../../shared/errors.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { createOutput, type OutputOptions } from './output.ts';

const t = createTranslator('en');

/** A stream that remembers, and is a terminal when told so. */
function stream(isTTY = false) {
  const through = new PassThrough();
  const shown: string[] = [];
  through.on('data', (chunk) => shown.push(String(chunk)));
  const fake = Object.assign(through, {
    isTTY,
    columns: 80,
    getColorDepth: () => 8,
    hasColors: () => isTTY,
    clearLine: (direction: -1 | 0 | 1) => clearLine(through, direction),
    cursorTo: (x: number) => cursorTo(through, x),
    moveCursor: (x: number, y: number) => moveCursor(through, x, y),
  });
  return { stream: fake as unknown as NodeJS.WriteStream, text: () => shown.join('') };
}

function output(options: Partial<OutputOptions> & { tty?: boolean } = {}) {
  const stdout = stream(options.tty);
  const stderr = stream(options.tty);
  const { signal } = new AbortController();
  const out = createOutput({
    t,
    json: false,
    color: true,
    signal,
    stdout: stdout.stream,
    stderr: stderr.stream,
    ...options,
  });
  return { out, stdout: stdout.text, stderr: stderr.text };
}

// Whoever runs the tests may have wishes of his own.
beforeEach(() => {
  for (const name of ['CI', 'NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS']) vi.stubEnv(name, undefined);
  vi.stubEnv('TERM', 'xterm-256color');
});
afterEach(() => vi.unstubAllEnvs());

describe('exit codes', () => {
  it.each(Object.keys(errorTable) as ErrorCode[])('%s has one of the table', (code) => {
    expect([1, 2, 3, 4, 78]).toContain(exitCodeOf(code));
  });

  it('are the published ones', () => {
    expect(exitCodes).toEqual({
      ok: 0,
      failed: 1,
      usage: 2,
      unreachable: 3,
      authentication: 4,
      configuration: 78,
      interrupted: 130,
      terminated: 143,
    });
  });
});

describe('output', () => {
  const error = appError('GATEWAY_UNREACHABLE', 'ECONNREFUSED', {
    details: { url: 'ws://127.0.0.1:1', reason: 'ECONNREFUSED' },
  });

  it('has one shape for a failure in JSON, on stdout alone', () => {
    const { out, stdout, stderr } = output({ json: true });
    expect(out.fail(error, { url: 'ws://127.0.0.1:1' })).toBe(3);
    expect(stderr()).toBe('');
    const said = JSON.parse(stdout());
    expect(Object.keys(said)).toEqual(['ok', 'url', 'error']);
    expect(Object.keys(said.error)).toEqual(['code', 'message', 'retryable', 'details', 'fix']);
    expect(said).toMatchObject({ ok: false, error: { code: 'GATEWAY_UNREACHABLE', retryable: true } });
  });

  it('says a failure to people on stderr, with one fix', () => {
    const { out, stdout, stderr } = output();
    expect(out.fail(error)).toBe(3);
    expect(stdout()).toBe('');
    expect(stderr()).toMatch(/^■ .+\n {2}.+\n {2}Fix: .+\n$/);
  });

  it('says nothing of an error to whoever stopped it', () => {
    const { out, stdout, stderr } = output({ json: true, signal: AbortSignal.abort() });
    out.fail(error);
    expect([stdout(), stderr()]).toEqual(['', '']);
  });

  it('colours a terminal only, and not when told not to', () => {
    expect(output({ tty: true }).out.paint('red', 'x')).toContain(String.fromCharCode(27));
    expect(output({ tty: false }).out.paint('red', 'x')).toBe('x');
    expect(output({ tty: true, color: false }).out.paint('red', 'x')).toBe('x');
  });

  it('shows a spinner on a terminal for what is slow, and leaves nothing of it', async () => {
    const slow = output({ tty: true });
    let finish = () => {};
    const work = new Promise<number>((resolve) => {
      finish = () => resolve(7);
    });
    const result = slow.out.spin('Asking', work);
    await expect.poll(slow.stderr).toContain('Asking');
    finish();
    expect(await result).toBe(7);
    expect(slow.stdout()).toBe('');

    const piped = output({ tty: false });
    expect(await piped.out.spin('Asking', Promise.resolve(1))).toBe(1);
    expect(piped.stderr()).toBe('');
  });
});
