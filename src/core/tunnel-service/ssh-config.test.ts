import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { execProgram } from '../ssh/config.ts';
import { makeSshBench } from '../ssh/test-bench.ts';
import { entryLines, entryOf, overruled } from './ssh-config-entry.ts';
import { dumpWith, findForeignHost, freeAlias, readSshConfig, type SshTools } from './ssh-config-file.ts';
import { findBlock, hostLinesOf, includesOf, withBlock, withoutBlock } from './ssh-config-text.ts';
import { generateConfig } from './test-support/generate-config.ts';

const bench = makeSshBench();
const entry = entryLines('remote-gateway', [{ keyword: 'User', value: 'ann' }]);
const block =
  '# >>> chela: persistent tunnel >>>\nHost remote-gateway\n  User ann\n# <<< chela: persistent tunnel <<<\n';

async function toolsIn(home: string): Promise<SshTools> {
  await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  return { ssh: 'ssh', exec: execProgram, env: process.env, homeDir: home, platform: process.platform };
}

describe('R30 the marked block', () => {
  it.each([
    ['an empty file', '', block],
    ['comments alone', '# mine', `${block}# mine`],
    ['a Host', '# mine\n\n# of a\nHost a\n', `# mine\n\n${block}# of a\nHost a\n`],
    ['a Match', 'Match all\n', `${block}Match all\n`],
    [
      'what holds for all hosts',
      '# mine\n\nInclude other\nHost a\n',
      `# mine\n\n${block.replace('# <<<', 'Host *\n# <<<')}Include other\nHost a\n`,
    ],
    ['CRLF', 'Host a\r\n', `${block.replaceAll('\n', '\r\n')}Host a\r\n`],
    ['a byte order mark', '\xef\xbb\xbfHost a\n', `\xef\xbb\xbf${block}Host a\n`],
  ])('stands before every directive: %s', (_name, before, after) => {
    expect(withBlock(before, entry)).toBe(after);
    expect(withoutBlock(after)).toBe(before);
  });

  it('is found by its two marks, and left alone where they do not match', () => {
    expect(findBlock('Host a\n')).toEqual({ tag: 'none' });
    expect(findBlock(`${block}Host a\n`)).toMatchObject({ tag: 'block', start: 0, text: block });
    const half = block.replace(/# <<<.*\n/, '');
    for (const broken of [half, block + block, block.split('\n').reverse().join('\n')]) {
      expect(findBlock(broken)).toEqual({ tag: 'broken' });
      expect(withoutBlock(broken)).toBe(broken);
    }
  });

  it('reads Host and Include lines as ssh does', () => {
    const text = 'host a "b c"\t!d # e\n  HOST=f\nInclude ~/x "y z"\n#Host g\nHostName h\n';
    expect(hostLinesOf(text)).toEqual([
      { line: 1, patterns: ['a', 'b c', '!d'] },
      { line: 2, patterns: ['f'] },
    ]);
    expect(includesOf(text)).toEqual(['~/x', 'y z']);
  });
});

describe('R30 ~/.ssh/config as it is found', () => {
  it('what is no file of one’s own to write is left alone, with the reason', async () => {
    const home = bench.home;
    await toolsIn(home);
    const file = join(home, '.ssh', 'config');
    expect(await readSshConfig(home)).toEqual({ file, state: null, text: '', problem: null });
    await symlink(join(home, 'dotfiles'), file);
    expect((await readSshConfig(home)).problem?.details).toEqual({ file, cause: 'link' });
    const other = join(bench.home, 'other');
    await toolsIn(other);
    await writeFile(join(other, '.ssh', 'config'), 'Host a\n', { mode: 0o400 });
    expect((await readSshConfig(other)).problem?.details?.cause).toBe('readOnlyFile');
    const third = join(bench.home, 'third');
    await mkdir(join(third, '.ssh', 'config'), { recursive: true });
    expect((await readSshConfig(third)).problem?.details?.cause).toBe('notAFile');
  });

  it('somebody else’s Host of our name is seen, in an Include too, and never ours', async () => {
    const home = bench.home;
    await toolsIn(home);
    const included = join(home, '.ssh', 'work');
    await writeFile(included, '# work\nHost x Remote-Gateway\n  Port 1\n');
    const text = withBlock(`Host a\nInclude ${included}\n`, entry);
    await writeFile(join(home, '.ssh', 'config'), text);
    const config = await readSshConfig(home);
    expect(await findForeignHost(config, home, 'remote-gateway')).toEqual({ file: included, line: 2 });
    expect(await findForeignHost(config, home, 'a')).toEqual({ file: config.file, line: 5 });
    expect(await freeAlias(config, home, 'remote-gateway')).toBe('remote-gateway-2');
    await writeFile(included, 'Host x\n');
    expect(await findForeignHost(config, home, 'remote-gateway')).toBeNull();
  });

  it('what ssh does not understand is said in its words', async () => {
    const tools = await toolsIn(bench.home);
    await expect(dumpWith(tools, 'Host a\n  Frobnicate yes\n', { host: 'a' })).rejects.toMatchObject({
      error: {
        code: 'SSH_CONFIG_UNWRITABLE',
        details: { cause: 'invalid', line: expect.stringContaining('frobnicate') },
      },
    });
  });
});

describe('R30 the entry', () => {
  it('wins over what is set for all hosts, and carries over the way to the target', async () => {
    const tools = await toolsIn(bench.home);
    const text = [
      'ForkAfterAuthentication yes',
      'Host mac-mini',
      '  HostName 10.0.0.7',
      '  User ann',
      '  Port 2222',
      '  ProxyJump hop@jump.example:2200',
      '  HostKeyAlias %n.lan',
      'Host *',
      '  ProxyJump corp',
      '  GatewayPorts yes',
      '  ClearAllForwardings yes',
      '  ControlMaster auto',
      '  ControlPath ~/.ssh/%C',
      '  RemoteCommand tmux',
      '  ServerAliveInterval 60',
      '  Compression yes',
      '  LogLevel DEBUG2',
      '',
    ].join('\n');
    const target = { host: 'mac-mini' };
    const [forTarget, forAlias] = [
      await dumpWith(tools, text, target),
      await dumpWith(tools, text, { host: 'remote-gateway' }),
    ];
    const { directives, carried } = entryOf(
      {
        alias: 'remote-gateway',
        destination: { host: '10.0.0.7', port: 2222, user: 'ann' },
        localPort: 18789,
        gatewayPort: 18790,
        keyFile: '/tmp/a key/100%',
        platform: 'linux',
        forTarget,
        forAlias,
      },
      'mac-mini',
    );
    expect(carried).toEqual([
      { keyword: 'HostKeyAlias', value: 'mac-mini.lan' },
      { keyword: 'ProxyJump', value: 'hop@jump.example:2200' },
    ]);
    const after = withBlock(text, entryLines('remote-gateway', directives));
    const said = await dumpWith(tools, after, { host: 'remote-gateway' });
    expect(overruled(directives, said)).toBeNull();
    expect(said.get('hostname')).toEqual(['10.0.0.7']);
    expect(said.get('localforward')).toEqual(['18789 [127.0.0.1]:18790']);
    expect(said.get('forkafterauthentication')).toEqual(['no']);
    expect(said.get('loglevel')).toEqual(['INFO']);
    // Whoever sets a forward for all hosts has it in the tunnel too.
    const more = await dumpWith(tools, `${after}  LocalForward 1 127.0.0.1:1\n`, { host: 'remote-gateway' });
    expect(overruled(directives, more)).toMatchObject({ keyword: 'LocalForward' });
  });
});

const soak = process.env.CHELA_SOAK === '1';

/** Prints what differs. A shell forks `ssh` many times faster than a test runner does. */
const compare = `
set -eu
while read -r seed host; do
  ssh -G -N -F "$seed.before" -- "$host" >was 2>&1
  ssh -G -N -F "$seed.after" -- "$host" >is 2>&1
  cmp -s was is || echo "seed $seed, host $host"
done <asked
for after in *.after; do
  ssh -G -N -F "$after" remote-gateway | grep -qx 'user ann' || echo "$after: not ours"
done
echo compared`;

describe('R30 files as people have them', () => {
  it(
    'no byte outside the block changes, and ssh answers for every other host as before',
    async () => {
      const dir = bench.home;
      const asked: string[] = [];
      for (let seed = 1; seed <= (soak ? 500 : 25); seed += 1) {
        const { text, hosts, included } = generateConfig(seed, dir);
        const after = withBlock(text, entry);
        expect(withoutBlock(after), `seed ${seed}`).toBe(text);
        expect(withBlock(withoutBlock(after), entry), `seed ${seed}`).toBe(after);
        // A byte order mark is nothing that ssh of this system reads.
        if (text.startsWith('\xef\xbb\xbf')) continue;
        for (const [file, inside] of included) await writeFile(file, inside);
        await writeFile(join(dir, `${seed}.before`), Buffer.from(text, 'latin1'));
        await writeFile(join(dir, `${seed}.after`), Buffer.from(after, 'latin1'));
        asked.push(...hosts.slice(0, soak ? 4 : 2).map((host) => `${seed} ${host}\n`));
      }
      await writeFile(join(dir, 'asked'), asked.join(''));
      const { stdout } = await promisify(execFile)('sh', ['-c', compare], { cwd: dir });
      expect(stdout).toBe('compared\n');
    },
    soak ? 600_000 : 60_000,
  );
});
