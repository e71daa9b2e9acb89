import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completionScript } from './completion.ts';

function program(): Command {
  const chela = new Command('chela').option('--json').option('--data-dir <dir>').version('1');
  chela.command('connect').option('--no-wait');
  const config = chela.command('config');
  config.command('get');
  config.command('set').option('--dry-run');
  return chela;
}

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'chela-completion-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** What real bash offers after these words. */
function offered(...words: string[]): string[] {
  const file = join(dir, 'chela.bash');
  writeFileSync(file, completionScript(program(), 'bash'));
  const script = `source "$1"; shift; COMP_WORDS=(chela "$@"); COMP_CWORD=$#; _chela; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['-c', script, 'bash', file, ...words], { encoding: 'utf8' });
  return text.split('\n').filter(Boolean).sort();
}

describe.skipIf(process.platform === 'win32')('completion in bash', () => {
  it.each([
    [[''], ['config', 'connect']],
    [['co'], ['config', 'connect']],
    [
      ['config', ''],
      ['get', 'set'],
    ],
    [['config', 's'], ['set']],
    [['config', 'set', '--dr'], ['--dry-run']],
    [['config', 'set', '--j'], ['--json']],
    [
      ['--data-dir', 'config', 'con'],
      ['config', 'connect'],
    ],
    [
      ['--data-dir', '/x', 'config', ''],
      ['get', 'set'],
    ],
    [['connect', '--n'], ['--no-wait']],
    [['connect', ''], []],
  ])('%j offers %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  it.each(['zsh', 'fish'] as const)('is there for %s, too', (shell) => {
    const script = completionScript(program(), shell);
    for (const word of ['connect', 'config', 'dry-run']) expect(script).toContain(word);
  });
});
