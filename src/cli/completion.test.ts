import { execFileSync, spawnSync } from 'node:child_process';
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

function scriptFile(shell: 'bash' | 'zsh' | 'fish'): string {
  const file = join(dir, `chela.${shell}`);
  writeFileSync(file, completionScript(program(), shell));
  return file;
}

function isMissing(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status !== 0;
}

/** What real bash offers after these words. */
function offered(...words: string[]): string[] {
  const file = scriptFile('bash');
  const script = `source "$1"; shift; COMP_WORDS=(chela "$@"); COMP_CWORD=$#; _chela; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['-c', script, 'bash', file, ...words], { encoding: 'utf8' });
  return text.split('\n').filter(Boolean).sort();
}

const lines: readonly (readonly [words: readonly string[], expected: readonly string[]])[] = [
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
];

describe.skipIf(isMissing('bash'))('completion in bash', () => {
  it.each([...lines, [['connect', ''], []] as const])('%j offers %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe.skipIf(isMissing('fish'))('completion in fish (skipped where there is none)', () => {
  it.each(lines)('%j offers %j', (words, expected) => {
    const script = `source $argv[1]; complete -C $argv[2]`;
    const args = ['--no-config', '-c', script, scriptFile('fish'), ['chela', ...words].join(' ')];
    const text = execFileSync('fish', args, { encoding: 'utf8', env: { ...process.env, HOME: dir } });
    const names = text.split('\n').map((line) => line.split('\t')[0] ?? '');
    expect(names.filter(Boolean).sort()).toEqual(expected);
  });
});

describe.skipIf(isMissing('zsh'))('completion in zsh (skipped where there is none)', () => {
  /** A person at a terminal: types the line, presses Tab, and sees it completed. */
  const typed = `
    zmodload zsh/zpty
    zpty z "TERM=dumb zsh -f -i"
    zpty -w z "autoload -Uz compinit; compinit -u -D; source $1"
    zpty -w z 'print ready-$((1 + 1))'
    zpty -r -m z seen '*ready-2*'
    zpty -w -n z "$2"$'\\t'
    zpty -r -m z seen "*$3*" && print completed
    zpty -d z`;

  it.each([
    ['chela config s', 'chela config set '],
    ['chela connect --n', 'chela connect --no-wait '],
    ['chela --data-dir /x config g', 'chela --data-dir /x config get '],
  ])('%j becomes %j', (line, completed) => {
    const args = ['-f', '-c', typed, 'zsh', scriptFile('zsh'), line, completed];
    const text = execFileSync('zsh', args, {
      encoding: 'utf8',
      timeout: 15_000,
      env: { ...process.env, HOME: dir },
    });
    expect(text).toContain('completed');
  });
});
