import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canMakeAccounts, makeHostAccount } from '../../../e2e/fixtures/host-account.ts';
import { startLoginServer } from '../../../e2e/fixtures/login-server.ts';
import { makeKey } from '../../../e2e/fixtures/sshd.ts';
import type { AppErrorException } from '../../shared/errors.ts';
import { answers, makeSshBench, password, person } from '../ssh/test-bench.ts';
import {
  addAuthorizedKey,
  additionScript,
  forAnyShell,
  removalScript,
  removeAuthorizedKey,
} from './authorized-keys.ts';
import { tunnelOnlyLine } from './authorized-keys-text.ts';
import { fetchHostToken } from './host-token.ts';
import { publicLineOf } from './keys.ts';

const bench = makeSshBench();
const signal = new AbortController().signal;
const line = `ssh-ed25519 ${'A'.repeat(67)}= chela@this-computer`;
const narrow = tunnelOnlyLine(line, 18789);

const shells = [
  ['sh', '-c'],
  ['bash', '-c'],
  ['bash', '-rc'],
  ['zsh', '-c'],
  ['fish', '-c'],
  ['csh', '-c'],
] as const;
const known = shells.filter(([shell]) => ['/bin', '/usr/bin'].some((dir) => existsSync(join(dir, shell))));

function hostHome(): {
  home: string;
  file: string;
  run: (script: string, shell?: readonly string[]) => string;
} {
  const home = join(bench.home, crypto.randomUUID());
  mkdirSync(home);
  return {
    home,
    file: join(home, '.ssh', 'authorized_keys'),
    run: (script, [shell = 'sh', flag = '-c'] = []) =>
      execFileSync(shell, [flag, script], {
        encoding: 'utf8',
        cwd: '/',
        // In a language of many bytes, as a host may give it.
        env: { HOME: home, PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8' },
      })
        .trim()
        .replace(/^chela-shell\n/, ''),
  };
}

const mode = (file: string) => (lstatSync(file).mode & 0o777).toString(8);

describe('R31 the public key on the host', () => {
  it.each(known)('is added once and taken out again, by %s %s', (...shell) => {
    const { home, file, run } = hostHome();
    expect(run(additionScript(line), shell)).toBe('chela-key:created');
    expect(readFileSync(file, 'utf8')).toBe(`${line}\n`);
    expect([mode(join(home, '.ssh')), mode(file)]).toEqual(['700', '600']);
    expect(run(additionScript(line.replace('this', 'that')), shell)).toBe('chela-key:there');
    expect(run(removalScript(line, true), shell)).toBe('chela-key:removed');
    expect(existsSync(file)).toBe(false);
    expect(run(removalScript(line, true), shell)).toBe('chela-key:gone');
  });

  it.each(known)('is one for this tunnel alone, and changes its port in its place, by %s %s', (...shell) => {
    const { file, run } = hostHome();
    expect(run(additionScript(narrow), shell)).toBe('chela-key:created');
    expect(readFileSync(file, 'utf8')).toBe(
      `restrict,port-forwarding,permitopen="127.0.0.1:18789",command="false" ${line}\n`,
    );
    const other = tunnelOnlyLine(line, 18790);
    writeFileSync(file, `${narrow}\n# last`);
    expect(run(additionScript(other, narrow), shell)).toBe('chela-key:added');
    expect(readFileSync(file, 'utf8')).toBe(`# last\n${other}\n`);
    // A line that its owner wrote for this key stays the one.
    writeFileSync(file, `${narrow}\n${line} mine\n`);
    expect(run(additionScript(other, narrow), shell)).toBe('chela-key:there');
    writeFileSync(file, `${other}\n`);
    expect(run(removalScript(other, true), shell)).toBe('chela-key:removed');
    expect(existsSync(file)).toBe(false);
  });

  it('leaves the other lines alone, whatever they look like', () => {
    const { home, file, run } = hostHome();
    mkdirSync(join(home, '.ssh'), { mode: 0o777 });
    // Bytes of another encoding among them.
    const others = `# ssh-ed25519 ${'A'.repeat(67)}= caf\xe9\nno-pty ssh-rsa BBBB a\\b 'c'`;
    writeFileSync(file, others, 'latin1');
    chmodSync(file, 0o666);
    expect(run(additionScript(line))).toBe('chela-key:added');
    expect(readFileSync(file, 'latin1')).toBe(`${others}\n${line}\n`);
    expect([mode(join(home, '.ssh')), mode(file)]).toEqual(['700', '600']);
    writeFileSync(file, `${others}\n${line} and more\n${line}\n`, 'latin1');
    expect(run(removalScript(line, true))).toBe('chela-key:removed');
    expect(readFileSync(file, 'latin1')).toBe(`${others}\n${line} and more\n`);
  });

  it('writes through a link that somebody made', () => {
    const { home, file, run } = hostHome();
    mkdirSync(join(home, '.ssh'));
    writeFileSync(join(home, 'keys'), '');
    symlinkSync(join(home, 'keys'), file);
    run(additionScript(line));
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(home, 'keys'), 'utf8')).toBe(`${line}\n`);
  });

  it('runs nothing that a shell could take for something else', () => {
    const bads = [`${line}"; touch x; "`, 'ssh-rsa AAAA x', `ssh-ed25519 $(id) x`, `${line}\n${line}`];
    for (const bad of [...bads, `command="id" ${line}`, narrow.replace('18789', '$(id)')]) {
      expect(() => additionScript(bad)).toThrow();
      expect(() => removalScript(bad, false)).toThrow();
    }
    expect(() => forAnyShell(["echo 'x'"])).toThrow();
  });

  it('says what a host said that did not do it', async () => {
    const stdout = 'Welcome\nchela-shell\n';
    const saying = (result: object) => ({
      exec: async () => ({ code: 1, stdout, stderr: '', ...result }),
      withFiles: null,
    });
    for (const [result, details] of [
      [{ stderr: 'cd: no home\n' }, { cause: 'said', said: 'cd: no home' }],
      [{ code: 3 }, { cause: 'said', said: 'exit code 3' }],
      [{ stdout: 'This account is not available.\n' }, { cause: 'noShell' }],
    ] as const) {
      await expect(addAuthorizedKey(saying(result), line)).rejects.toMatchObject({
        error: { code: 'SSH_KEY_NOT_COPIED', details },
      });
    }
  });
});

describe('R31 over a login of every kind', () => {
  it.each([
    ['a password', [{ kind: 'password' as const, password: 'opensesame' }]],
    [
      'a password and a code',
      [
        { kind: 'password' as const, password: 'opensesame' },
        {
          kind: 'prompts' as const,
          rounds: [{ prompts: [{ prompt: 'Code: ', echo: false, answer: '123456' }] }],
        },
      ],
    ],
  ])('%s, asked once', async (_name, steps) => {
    const { home, file } = hostHome();
    const server = await startLoginServer({ steps, execHome: home });
    bench.defer(() => server.stop());
    writeFileSync(bench.knownHosts, `${server.hostKeyLine}\n`);
    const asked: string[] = [];
    const connection = await bench.connected({
      port: server.port,
      user: 'ann',
      ask: async (question) => {
        asked.push(question.kind);
        return question.kind === 'password'
          ? { kind: 'password', password: 'opensesame', remember: false }
          : { kind: 'keyboardInteractive', answers: ['123456'] };
      },
    });
    expect(await addAuthorizedKey(connection, line)).toBe('created');
    expect(await addAuthorizedKey(connection, line)).toBe('there');
    expect(readFileSync(file, 'utf8')).toBe(`${line}\n`);
    await removeAuthorizedKey(connection, line, true);
    expect(existsSync(file)).toBe(false);
    expect(asked).toHaveLength(steps.length);
  });
});

describe.runIf(canMakeAccounts)('R31 at an sshd that knows only a password', () => {
  it.each([
    ['password', ['UsePAM no', 'PasswordAuthentication yes']],
    ['keyboardInteractive', ['UsePAM yes', 'KbdInteractiveAuthentication yes']],
  ] as const)('asks once (%s), then the key alone is enough', async (kind, config) => {
    const account = makeHostAccount();
    bench.defer(() => account.remove());
    const extraConfig = [...config, 'StrictModes yes', 'AuthorizedKeysFile .ssh/authorized_keys'];
    const sshd = await bench.server({ extraConfig, under: account.under });
    bench.trust(sshd);
    const { user, home } = account;
    const { ask, asked } = person(
      kind === 'password' ? password(account.password) : answers(account.password),
    );
    const key = await makeKey({ type: 'ed25519', dir: join(bench.home, 'key') });
    const publicLine = await publicLineOf(key.file);
    const byPassword = await bench.connected({ port: sshd.port, user, ask });
    expect(asked.map((question) => question.kind)).toEqual([kind]);
    expect(await addAuthorizedKey(byPassword, publicLine)).toBe('created');
    expect(await addAuthorizedKey(byPassword, publicLine)).toBe('there');
    const file = join(home, '.ssh', 'authorized_keys');
    expect([lstatSync(file).uid, mode(file), mode(join(home, '.ssh'))]).toEqual([account.uid, '600', '700']);

    const byKey = await bench.connected({ port: sshd.port, user, identityFile: key.file });
    await removeAuthorizedKey(byKey, publicLine, true);
    expect(existsSync(file)).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('R31 at an sshd that gives no whole shell', () => {
  async function connectedTo(home: string, command: string) {
    const extraConfig = [`SetEnv HOME=${home}`, 'Subsystem sftp internal-sftp', `ForceCommand ${command}`];
    const sshd = await bench.server({ extraConfig });
    bench.trust(sshd);
    return bench.connected({ port: sshd.port, identityFile: sshd.clientKey });
  }

  it('rbash runs the script', async () => {
    const { home, file } = hostHome();
    const connection = await connectedTo(home, 'exec bash -rc "$SSH_ORIGINAL_COMMAND"');
    expect(await addAuthorizedKey(connection, narrow)).toBe('created');
    expect(readFileSync(file, 'utf8')).toBe(`${narrow}\n`);
    await removeAuthorizedKey(connection, narrow, true);
    expect(existsSync(file)).toBe(false);
  });

  it('internal-sftp changes the file over SFTP, through a link and byte by byte', async () => {
    const { home, file } = hostHome();
    const connection = await connectedTo(home, `internal-sftp -d ${home}`);
    const add = (text: string, instead: string | null = null) => addAuthorizedKey(connection, text, instead);
    expect(await add(line)).toBe('created');
    expect(await add(line)).toBe('there');
    expect(readFileSync(file, 'utf8')).toBe(`${line}\n`);
    expect([mode(join(home, '.ssh')), mode(file)]).toEqual(['700', '600']);
    await removeAuthorizedKey(connection, line, true);
    expect(existsSync(file)).toBe(false);
    await removeAuthorizedKey(connection, line, true);

    const target = join(home, 'keys');
    writeFileSync(target, `# caf\xe9\n${line}`, 'latin1');
    symlinkSync(target, file);
    expect(await add(narrow, line)).toBe('added');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'latin1')).toBe(`# caf\xe9\n${narrow}\n`);
    await removeAuthorizedKey(connection, narrow, false);
    expect(readFileSync(target, 'latin1')).toBe('# caf\xe9\n');
    expect(readdirSync(home).sort()).toEqual(['.ssh', 'keys']);
  });

  it('what cannot be written there is said in its words, and leaves the file alone', async () => {
    const { home, file } = hostHome();
    mkdirSync(file, { recursive: true });
    const connection = await connectedTo(home, `internal-sftp -d ${home}`);
    await expect(addAuthorizedKey(connection, line)).rejects.toMatchObject({
      error: { code: 'SSH_KEY_NOT_COPIED', details: { cause: 'noFiles', said: expect.stringMatching(/./) } },
    });
    const neither = await connectedTo(home, 'echo no; exit 1');
    await expect(addAuthorizedKey(neither, line)).rejects.toMatchObject({
      error: { code: 'SSH_KEY_NOT_COPIED', details: { cause: 'noFiles' } },
    });
  });
});

describe('R32 the token of the host', () => {
  async function fetched(config: string | null): Promise<unknown> {
    const exec = async () => ({
      code: 0,
      stderr: '',
      stdout: config === null ? 'chela-none\n' : `motd\nchela-config\n${config}`,
    });
    return fetchHostToken({ exec }, signal).catch((thrown: AppErrorException) => thrown.error.details?.cause);
  }

  it('is read from its openclaw.json, and nothing else is taken for it', async () => {
    expect(await fetched("{ gateway: { auth: { token: 'hunter2', }, }, } // mine")).toBe('hunter2');
    expect(await fetched(null)).toBe('noFile');
    expect(await fetched('{ gateway: {} }')).toBe('noToken');
    expect(await fetched(`{ gateway: { auth: { token: "$\{TOKEN}" } } }`)).toBe('reference');
    expect(await fetched('{ gateway: { auth: { token: { source: "exec" } } } }')).toBe('reference');
    expect(await fetched('{ gateway: ')).toBe('broken');
  });

  it('by a command that every shell reads', async () => {
    const { home, run } = hostHome();
    mkdirSync(join(home, '.openclaw'));
    writeFileSync(join(home, '.openclaw', 'openclaw.json'), '{ gateway: { auth: { token: "hunter2" } } }');
    for (const shell of known) {
      const exec = async (command: string) => ({ code: 0, stdout: `${run(command, shell)}\n`, stderr: '' });
      expect(await fetchHostToken({ exec }, signal)).toBe('hunter2');
    }
  });
});

it('R31 a key of ssh-keygen is read as it is', async () => {
  const key = await makeKey({ type: 'ed25519', dir: bench.home, comment: 'ann at home' });
  expect(await publicLineOf(key.file)).toBe(key.publicKey.replace('ann at home', 'ann-at-home'));
});
