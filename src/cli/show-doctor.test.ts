import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { type Sshd, startSshd } from '../../e2e/fixtures/sshd.ts';
import { noKeychain } from '../core/keychain/keychain.ts';
import { startGateway } from '../gateway/index.ts';
import { createTranslator } from '../shared/i18n/index.ts';
import { askInTerminal } from './ask-in-terminal.ts';
import { type DoctorOptions, showDoctor } from './show-doctor.ts';

const TOKEN = 'canary-token-7c90';
const ESC = String.fromCharCode(27);

let home: string;
let sshd: Sshd;
let gatewayPort: number;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  vi.stubGlobal('__CHELA_VERSION__', '0.1.0');
  home = mkdtempSync(join(tmpdir(), 'chela-doctor-'));
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  sshd = await startSshd();
  ends.push(() => sshd.stop());
  writeFileSync(join(home, '.ssh', 'known_hosts'), `${sshd.hostKeyLine}\n`);
  const gateway = await startGateway({
    port: 0,
    stateDir: join(home, 'gateway'),
    auth: { mode: 'token', token: TOKEN },
    model: null,
    locale: 'en',
    version: '0.1.0',
    discoverModelServers: false,
  });
  ends.push(() => gateway.stop());
  gatewayPort = Number(new URL(gateway.url).port);
});
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(home, { recursive: true, force: true });
});

async function doctor(settings: Record<string, unknown>, over: Partial<DoctorOptions> = {}) {
  const dataDir = join(home, 'data');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
  let printed = '';
  const code = await showDoctor({
    dataDir,
    json: false,
    report: false,
    withNames: false,
    t: createTranslator('en'),
    ...over,
    world: {
      env: { PATH: process.env.PATH },
      homeDir: home,
      ask: () => Promise.reject(new Error('nobody is there')),
      keychain: noKeychain,
      write: (text) => {
        printed += text;
      },
      paint: (_colour, text) => text,
      ...over.world,
    },
  });
  expect(printed).not.toContain(TOKEN);
  return { code, printed };
}

const remote = (over: Record<string, unknown> = {}) => ({
  mode: 'remote',
  remote: {
    sshTarget: `${sshd.user}@127.0.0.1:${sshd.port}`,
    identityFile: sshd.clientKey,
    gatewayPort,
    token: TOKEN,
    ...over,
  },
});

describe('chela doctor', () => {
  test('R36: prints every rung as it comes and exits with 0', async () => {
    const { code, printed } = await doctor(remote());
    expect(code).toBe(0);
    const heads = printed.split('\n').filter((line) => /^[✓✗–]/.test(line));
    expect(heads).toHaveLength(12);
    for (const head of heads) expect(head).toMatch(/^✓ .+ \d+ ms$/);
    expect(printed.trim().split('\n').at(-1)).toBe('All rungs hold.');
    expect(printed).toContain(sshd.hostFingerprint);
  });

  test('--json: {ok, steps}, and nothing else', async () => {
    const { code, printed } = await doctor(remote({ token: 'wrong-canary' }), { json: true });
    expect(code).toBe(4);
    expect(printed).not.toContain('wrong-canary');
    expect(JSON.parse(printed)).toMatchObject({
      ok: false,
      steps: expect.arrayContaining([
        expect.objectContaining({
          id: 'gatewayAuthentication',
          status: 'failed',
          error: expect.objectContaining({ code: 'GATEWAY_TOKEN_MISMATCH' }),
        }),
      ]),
    });
  });

  test('R36: nothing listens on the port of this computer: that sentence, and what to run', async () => {
    const env = { OPENCLAW_GATEWAY_PORT: String(await freePort()) };
    const { code, printed } = await doctor({ mode: 'local' }, { world: { env } });
    expect(code).toBe(3);
    expect(printed).toContain(`Nothing listens at ws://127.0.0.1:${env.OPENCLAW_GATEWAY_PORT}.`);
    expect(printed).toContain('Fix: Start Chela, or run: chela gateway run');
  });

  test('a rung that breaks: one fix, the command to run, and its exit code', async () => {
    const { code, printed } = await doctor(remote({ gatewayPort: await freePort() }));
    expect(code).toBe(3);
    expect(printed).toMatch(/✗ Port forward \d+ ms\n {2}No channel/);
    expect(printed.match(/Fix:/g)).toHaveLength(1);
    expect(printed).toContain('Run on the Gateway’s host: openclaw gateway start');
    expect(printed).toContain('– Health: Not tried: a rung below failed.');
  });

  test('--report names nobody; --with-names does', async () => {
    const { printed } = await doctor(remote(), { report: true });
    expect(printed).toMatch(/^Chela doctor report\n/);
    for (const name of ['127.0.0.1', sshd.hostFingerprint, home, ` ${sshd.user}`]) {
      expect(printed).not.toContain(name);
    }
    const named = await doctor(remote(), { report: true, withNames: true });
    expect(named.printed).toContain(sshd.hostFingerprint);
  });

  test('a damaged target is a matter of configuration', async () => {
    expect((await doctor({ mode: 'remote', remote: { sshTarget: '' } })).code).toBe(78);
  });

  test('interrupted: what is left is skipped, and the exit code says so', async () => {
    const { code, printed } = await doctor(remote(), { world: { signal: AbortSignal.abort() } });
    expect(code).toBe(1);
    expect(printed.match(/Stopped before it was done/g)).toHaveLength(12);
  });

  test('what it makes of its own is private', async () => {
    await doctor(remote());
    for (const name of ['device-identity.json', 'gateway-token']) {
      expect(statSync(join(home, 'data', name)).mode & 0o077).toBe(0);
    }
  });
});

/** A terminal as far as a prompt can tell. */
function fakeTerminal() {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 200, rows: 50 });
  // As the process's own streams: no pipe ends them.
  output.end = () => output;
  let shown = '';
  output.on('data', (data) => {
    shown += String(data);
  });
  let interrupts = 0;
  const ask = askInTerminal({
    t: createTranslator('en'),
    input: input as unknown as NodeJS.ReadStream,
    output: output as unknown as NodeJS.WriteStream,
    onInterrupt: () => {
      interrupts += 1;
    },
  });
  return { ask, input, shown: () => shown, interrupts: () => interrupts };
}

describe('questions in a terminal', () => {
  const { signal } = new AbortController();

  test('a passphrase is taken and never shown', async () => {
    const terminal = fakeTerminal();
    const question = {
      kind: 'passphrase',
      identityFile: '/k/id',
      wrongBefore: true,
      canRemember: false,
    } as const;
    const answer = terminal.ask(question, signal);
    await expect.poll(terminal.shown).toContain('Passphrase for /k/id');
    terminal.input.write('canary-pass\n');
    expect(await answer).toEqual({ kind: 'passphrase', passphrase: 'canary-pass', remember: false });
    expect(terminal.shown()).toContain('That was not right.');
    expect(terminal.shown()).not.toContain('canary');
  });

  test('a host key is shown whole, and Enter alone does not trust it', async () => {
    const terminal = fakeTerminal();
    const answer = terminal.ask(
      {
        kind: 'hostKey',
        host: 'h.example',
        port: 22,
        keyType: 'ssh-ed25519',
        fingerprint: 'SHA256:abc',
        knownHostsFile: '/k/known_hosts',
      },
      signal,
    );
    await expect.poll(terminal.shown).toContain('/k/known_hosts');
    expect(terminal.shown()).toContain('ssh-ed25519 key: SHA256:abc');
    terminal.input.write('\n');
    expect(await answer).toEqual({ kind: 'hostKey', trust: false });
  });

  test('the server’s own prompts cannot paint, and only what it lets be seen is', async () => {
    const terminal = fakeTerminal();
    const answer = terminal.ask(
      {
        kind: 'keyboardInteractive',
        user: 'u',
        host: 'h',
        name: '',
        instructions: `Two steps${ESC}[2J`,
        prompts: [
          { prompt: 'Name:', echo: true },
          { prompt: 'Code:', echo: false },
        ],
      },
      signal,
    );
    await expect.poll(terminal.shown).toContain('Name:');
    terminal.input.write('seen\n');
    await expect.poll(terminal.shown).toContain('Code:');
    terminal.input.write('canary-code\n');
    expect(await answer).toEqual({ kind: 'keyboardInteractive', answers: ['seen', 'canary-code'] });
    expect(terminal.shown()).not.toContain(`${ESC}[2J`);
    expect(terminal.shown()).not.toContain('canary');
  });

  test('Ctrl+C cancels and is told; a withdrawn question goes away', async () => {
    const terminal = fakeTerminal();
    const question = {
      kind: 'password',
      user: 'u',
      host: 'h',
      wrongBefore: false,
      canRemember: false,
    } as const;
    const answer = terminal.ask(question, signal);
    await expect.poll(terminal.shown).toContain('Password of u at h');
    terminal.input.write(String.fromCharCode(3));
    expect(await answer).toEqual({ kind: 'cancel' });
    expect(terminal.interrupts()).toBe(1);

    const withdrawn = new AbortController();
    const late = fakeTerminal();
    const second = late.ask(question, withdrawn.signal);
    await expect.poll(late.shown).toContain('Password of u at h');
    withdrawn.abort(new Error('withdrawn'));
    await expect(second).rejects.toThrow('withdrawn');
    expect(late.interrupts()).toBe(0);
  });
});
