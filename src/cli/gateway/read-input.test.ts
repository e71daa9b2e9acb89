import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeError } from '../../shared/errors.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { exitCodeOf } from '../exit-codes.ts';
import type { CliContext } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { createOutput } from '../frame/output.ts';
import { errnoProblem } from './read-input.ts';
import { readParams } from './read-params.ts';
import { readSecrets } from './read-secrets.ts';

const SECRET = 'canary-secret';
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'chela-input-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function context(stdin: Buffer | string | null = '', locale: 'en' | 'zh-Hant' = 'en') {
  const stream =
    stdin === null ? Object.assign(new Readable(), { isTTY: true }) : Readable.from([Buffer.from(stdin)]);
  const notes: string[] = [];
  const { signal } = new AbortController();
  const t = createTranslator(locale);
  const { stdout, stderr } = process;
  const out = {
    ...createOutput({ t, json: false, color: false, stdout, stderr, signal }),
    note: (line: string) => void notes.push(line),
  };
  const given: CliContext = {
    t,
    locale,
    globals: { json: false },
    env: {},
    homeDir: dir,
    stdin: stream as unknown as NodeJS.ReadStream,
    out,
    signal,
  };
  return { given, notes };
}

function file(content: string | Buffer, mode = 0o600): string {
  const path = join(dir, `f-${crypto.randomUUID()}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** Reads one of them and returns the sentence of its refusal, or the secret itself. */
async function outcome(options: GatewayOptions, stdin: Buffer | string | null = '') {
  const { given, notes } = context(stdin);
  const read = await readSecrets(given, options);
  if (read.ok) {
    const { token } = read.value;
    return { value: token?.state === 'set' ? token.value : token?.state, notes };
  }
  const text = describeError(read.error, given.t);
  return { code: exitCodeOf(read.error.code), sentence: `${text.title}. ${text.body}`, notes };
}

const utf16 = Buffer.from(`\uFEFF${SECRET}`, 'utf16le');

describe('secrets from files and standard input (R13)', () => {
  it.each([
    ['plain', () => SECRET],
    ['with a line end', () => `${SECRET}\n`],
    ['CRLF-ended', () => `${SECRET}\r\n`],
    ['with a byte order mark', () => `\uFEFF${SECRET}\r\n`],
    ['between blank lines', () => `\n  ${SECRET}\n\n`],
  ])('%s', async (_name, content) => {
    expect(await outcome({ tokenFile: file(content()) })).toEqual({ value: SECRET, notes: [] });
    expect(await outcome({ tokenStdin: true }, content())).toEqual({ value: SECRET, notes: [] });
  });

  const refusals: [name: string, run: () => ReturnType<typeof outcome>, sentence: string][] = [
    ['missing', () => outcome({ tokenFile: join(dir, 'nowhere') }), 'is not there'],
    ['below a file', () => outcome({ tokenFile: join(file('x'), 'y') }), 'is not there'],
    ['a folder', () => outcome({ tokenFile: dir }), 'is a folder'],
    ['huge', () => outcome({ tokenFile: file('x'.repeat(9000)) }), 'larger than 8192 bytes'],
    ['endless', () => outcome({ tokenFile: '/dev/zero' }), 'larger than 8192 bytes'],
    ['huge, piped', () => outcome({ tokenStdin: true }, 'x'.repeat(9000)), 'larger than 8192 bytes'],
    ['binary', () => outcome({ tokenFile: file(Buffer.from([1, 0, 2])) }), 'not text in UTF-8'],
    ['UTF-16', () => outcome({ tokenFile: file(utf16) }), 'not text in UTF-8'],
    ['no UTF-8', () => outcome({ tokenFile: file(Buffer.from([0xff, 0xfe, 0x41])) }), 'not text in UTF-8'],
    ['binary, piped', () => outcome({ tokenStdin: true }, Buffer.from([0, 1])), 'not text in UTF-8'],
    ['empty', () => outcome({ tokenFile: file('') }), 'is empty'],
    ['only blanks', () => outcome({ tokenFile: file(' \r\n\t') }), 'is empty'],
    ['an empty variable', () => outcome({ token: '' }), 'is empty'],
    ['empty, piped', () => outcome({ tokenStdin: true }, ''), 'is empty'],
    ['two lines', () => outcome({ tokenFile: file(`${SECRET}\nmore`) }), 'more than one line'],
    ['control characters', () => outcome({ tokenFile: file(`${SECRET}\u001b[2J`) }), 'control characters'],
    ['typed in plain sight', () => outcome({ tokenStdin: true }, null), 'a terminal'],
    ['given twice', () => outcome({ token: SECRET, tokenFile: 'x' }), 'given in two ways'],
    ['both kinds', () => outcome({ token: SECRET, passwordStdin: true }), 'a token and a password at once'],
  ];
  it.each(refusals)(
    '%s: a sentence of its own, 2, and nothing of the content',
    async (_name, run, sentence) => {
      const refused = await run();
      expect(refused).toMatchObject({ code: 2, sentence: expect.stringContaining(sentence) });
      expect(JSON.stringify(refused)).not.toContain(SECRET);
    },
  );

  it('unreadable: told from missing, even where root reads everything', async () => {
    const { given } = context();
    const denied = Object.assign(new Error('no'), { code: 'EACCES' });
    expect(describeError(errnoProblem('x', denied), given.t).body).toBe('The input may not be read by you.');
    const loop = join(dir, 'loop');
    symlinkSync(loop, loop);
    expect(await outcome({ tokenFile: loop })).toMatchObject({
      code: 2,
      sentence: expect.stringContaining('could not be read (ELOOP)'),
    });
  });

  it.runIf(process.platform !== 'win32')('a pipe, as of <(pass show gateway)', async () => {
    const fifo = join(dir, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const read = outcome({ tokenFile: fifo });
    execFileSync('sh', ['-c', `printf %s ${SECRET} > ${fifo}`]);
    expect(await read).toEqual({ value: SECRET, notes: [] });
  });

  it.runIf(process.platform !== 'win32')(
    'warns of a file that others can read, and of the command line',
    async () => {
      const open = await outcome({ tokenFile: file(SECRET, 0o644) });
      expect(open).toMatchObject({ value: SECRET, notes: [expect.stringContaining('chmod 600')] });
      const typed = await outcome({ token: SECRET });
      expect(typed).toMatchObject({ value: SECRET, notes: [expect.stringContaining('--token-file')] });
      expect(JSON.stringify(typed.notes)).not.toContain(SECRET);
    },
  );
});

describe('parameters', () => {
  const params = async (given: string, stdin = '') => {
    const { given: made } = context(stdin);
    const read = await readParams(given, made);
    return read.ok ? read.value : [exitCodeOf(read.error.code), describeError(read.error, made.t).body];
  };

  it.each([
    ['as it stands', () => params('{"a":1}'), { a: 1 }],
    ['of a file', () => params(`@${file('\uFEFF{"a":1}\r\n')}`), { a: 1 }],
    ['piped', () => params('-', '{"a":1}'), { a: 1 }],
    ['no JSON', () => params('{a}'), [2, 'The input is not JSON.']],
    ['an array', () => params('[1]'), [2, expect.stringContaining('not an object')]],
    ['nothing', () => params(''), [2, 'The input is empty.']],
    ['nothing piped', () => params('-'), [2, 'The input is empty.']],
    ['no file', () => params('@/no/such/file'), [2, expect.stringContaining('no such file')]],
  ])('%s', async (_name, run, expected) => {
    expect(await run()).toEqual(expected);
  });
});
