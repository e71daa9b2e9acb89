import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Conf from 'conf';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../shared/errors.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { createEngine } from '../create-engine.ts';
import { noKeychain } from '../keychain/keychain.ts';
import { openSettingsStore } from '../settings/settings-store.ts';
import { put, putResolver, scratch } from './test-bench.ts';

const CANARY = 'canary-9c41e07b52';
/** As JavaScript that does not hold it in one piece. */
const inPieces = `'${CANARY.slice(0, 9)}' + '${CANARY.slice(9)}'`;

/** Command lines and environments of our children, as any program of this user can read them. */
function childrenOf(pid: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
        if (Number(parent) !== pid) return [];
        return ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${name}/${file}`, 'utf8'));
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

/** An engine whose remote token is a secret of this kind; everything it says and shows is collected. */
async function watched(token: unknown, secrets: unknown, env: Record<string, string> = {}) {
  const home = await scratch();
  const file = await put(
    join(home, 'openclaw.json'),
    JSON.stringify({
      gateway: { mode: 'remote', remote: { sshTarget: 'nobody@127.0.0.1:1', token } },
      secrets,
    }),
  );
  const said: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void said.push(line) });
  const dataDir = join(home, 'chela');
  const store = openSettingsStore({ dataDir, create: (options) => new Conf(options) });
  const engine = createEngine({
    dataDir,
    store,
    runtime: 'web',
    version: '0.0.0',
    launchGateway: () => {
      throw new Error('no Gateway is started in remote mode');
    },
    edge: {},
    logger,
    keychain: noKeychain,
    env: { OPENCLAW_CONFIG_PATH: file, HOME: home, ...env },
    homeDir: home,
  });
  engine.onDidChange((snapshot) => said.push(JSON.stringify(snapshot)));
  let isWatching = true;
  const watch = () => {
    said.push(...childrenOf(process.pid));
    if (isWatching) setImmediate(watch);
  };
  if (process.platform === 'linux') watch();

  await engine.start();
  const screen = engine.openScreen();
  const climbed = new Promise<void>((resolve) => {
    screen.subscribe((event) => {
      said.push(JSON.stringify(event));
      if (event.event === 'doctor.done') resolve();
    });
  });
  const explained = await screen.request('credentials.explain', {});
  const tested = await screen.request('connection.test', {
    sshTarget: 'nobody@127.0.0.1:1',
    gatewayPort: 18_789,
  });
  await screen.request('doctor.run', {});
  await climbed;
  const report = await screen.request('doctor.report', { withNames: true });
  said.push(JSON.stringify([explained, tested, report]));
  const { connection } = engine.snapshot().snapshot;
  if (connection.tag === 'failed') {
    for (const locale of ['en', 'zh-Hant'] as const) {
      said.push(JSON.stringify(describeError(connection.error, createTranslator(locale))));
    }
  }
  await engine.stop();
  isWatching = false;
  for (const name of readdirSync(dataDir, { recursive: true, encoding: 'utf8' })) {
    try {
      said.push(readFileSync(join(dataDir, name), 'utf8'));
    } catch {
      // A directory.
    }
  }
  return { said: said.join('\n'), explained, connection };
}

describe('a secret’s value is nowhere to be found (R17, R21)', () => {
  const exec = (command: string) => ({
    providers: { vault: { source: 'exec', command, jsonOnly: false, timeoutMs: 20_000 } },
  });
  const byCommand = { source: 'exec', provider: 'vault', id: 'token' };

  it('of a command: not in logs, snapshots, answers, files, nor in the ps listing of children', async () => {
    const dir = await scratch();
    const command = await putResolver(
      join(dir, 'resolve'),
      `console.error(${inPieces}); setTimeout(() => console.log(${inPieces}), 200)`,
    );
    const { said, explained } = await watched(byCommand, exec(command));
    expect(JSON.stringify(explained)).toContain('"verdict":"used"');
    if (process.platform === 'linux') expect(said).toContain(command);
    expect(said).not.toContain(CANARY);
  });

  it('of a command that fails while it prints the secret', async () => {
    const dir = await scratch();
    const command = await putResolver(join(dir, 'resolve'), `console.log(${inPieces}); process.exitCode = 1`);
    const { said, connection } = await watched(byCommand, exec(command));
    expect(connection).toMatchObject({ tag: 'failed', error: { code: 'SECRET_COMMAND_FAILED' } });
    expect(said).not.toContain(CANARY);
  });

  it('of a file, and of one that is open to others', async () => {
    const dir = await scratch();
    const token = { source: 'file', provider: 'f', id: 'value' };
    const secrets = (path: string) => ({ providers: { f: { source: 'file', path, mode: 'singleValue' } } });
    const good = await watched(token, secrets(await put(join(dir, 'good'), CANARY)));
    expect(JSON.stringify(good.explained)).toContain('"verdict":"used"');
    expect(good.said).not.toContain(CANARY);
    const open = await watched(token, secrets(await put(join(dir, 'open'), CANARY, 0o644)));
    expect(open.connection).toMatchObject({ tag: 'failed', error: { code: 'SECRET_FILE_UNUSABLE' } });
    expect(open.said).not.toContain(CANARY);
  });

  it('of the environment, and of the file itself', async () => {
    for (const name of ['OPENCLAW_MY_TOKEN', 'OPENCLAW_GATEWAY_TOKEN']) {
      const byName = await watched(`$${name}`, undefined, { [name]: CANARY });
      expect(JSON.stringify(byName.explained)).toContain('"verdict":"used"');
      if (process.platform === 'linux') expect(byName.said).toContain('ssh\0');
      expect(byName.said).not.toContain(CANARY);
    }
    const plain = await watched(CANARY, undefined);
    expect(plain.said).not.toContain(CANARY);
  });
});
