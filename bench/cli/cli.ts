import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { type Report, resultOf } from '../report.ts';

const run = promisify(execFile);
const bare = join(import.meta.dirname, 'bare.mjs');

/** Start-up of the command against a bare Node script that does the same, to the same Gateway, in the same minutes. */
export async function benchCli(options: { short: boolean; say: (line: string) => void }): Promise<Report> {
  const { short, say } = options;
  const cli = join(await builtApp(), 'main', 'cli.js');
  const home = mkdtempSync(join(tmpdir(), 'chela-bench-'));
  const port = await freePort();
  const env = { PATH: process.env.PATH, HOME: home, LANG: 'C', OPENCLAW_GATEWAY_PORT: String(port) };
  const dataDir = join(home, 'data');
  const gateway = spawn(process.execPath, [cli, '--data-dir', dataDir, 'gateway', 'run'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: gateway.stdout })) {
      if (line.includes(`ws://127.0.0.1:${port}`)) break;
    }
    const rounds = short ? 2 : 15;
    const ours = (...args: string[]) => timed([cli, '--data-dir', dataDir, ...args], env);
    const theirs = (...args: string[]) => timed([bare, ...args], env);
    const tokenFile = join(dataDir, 'gateway-token');

    const configured = configuredHome(home, port);

    const pairs = [
      {
        what: 'chela --help',
        ours: () => ours('--help'),
        theirs: () => theirs('--help'),
      },
      {
        what: 'chela health',
        ours: () => ours('health'),
        theirs: () => theirs('health', String(port), tokenFile),
      },
      {
        what: 'chela health, with openclaw.json and settings.json',
        ours: () =>
          timed([cli, '--data-dir', configured.dataDir, 'health', '--token-file', tokenFile], configured.env),
        theirs: () => theirs('health', String(port), tokenFile),
      },
    ];
    const results = [];
    for (const pair of pairs) {
      say(`${pair.what} …`);
      // The first start fills Node's code cache, as after an installation.
      await pair.ours();
      await pair.theirs();
      const both = { ours: [] as number[], theirs: [] as number[] };
      for (let round = 0; round < rounds; round++) {
        const order = ['ours', 'theirs'] as const;
        for (const side of round % 2 === 0 ? order : order.toReversed()) both[side].push(await pair[side]());
      }
      results.push(resultOf(pair.what, 'ms', both.ours, both.theirs, { kind: 'ratioAtMost', value: 1.3 }));
    }
    const notes = [
      `${rounds} rounds${short ? ', short: times mean little' : ''}; process start to exit, ${process.version}`,
      'theirs: one script that imports ws; the same embedded Gateway answers both',
    ];
    return { name: 'cli', peer: 'bare', notes, results };
  } finally {
    if (gateway.exitCode === null) {
      gateway.kill('SIGTERM');
      await once(gateway, 'exit');
    }
    rmSync(home, { recursive: true, force: true });
  }
}

/** A person's home after a while: both files have something in them, and say where the Gateway is. */
function configuredHome(home: string, port: number) {
  const own = join(home, 'configured');
  const dataDir = join(own, 'data');
  mkdirSync(join(own, '.openclaw'), { recursive: true });
  mkdirSync(dataDir);
  const remote = { sshTarget: 'ada@studio', url: 'ws://127.0.0.1:18789' };
  const openclaw = { gateway: { mode: 'local', port, remote }, agents: { defaults: { workspace: '~/w' } } };
  writeFileSync(join(own, '.openclaw', 'openclaw.json'), JSON.stringify(openclaw, null, 2));
  const settings = { version: 1, mode: 'local', remote: {}, local: {}, appearance: { theme: 'dark' } };
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
  return { dataDir, env: { PATH: process.env.PATH, HOME: own, LANG: 'C' } };
}

/** Milliseconds from start to exit. Rejects with what was printed where it does not end with 0. */
async function timed(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = performance.now();
  await run(process.execPath, [...args], { env });
  return performance.now() - startedAt;
}
