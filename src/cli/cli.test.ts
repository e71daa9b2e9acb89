import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';

let cli: string;
let home: string;
let port: number;
let children: ChildProcess[];
beforeAll(async () => {
  cli = join(await builtApp(), 'main', 'cli.js');
}, 60_000);
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'chela-cli-'));
  port = await freePort();
  children = [];
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  }
  rmSync(home, { recursive: true, force: true });
});

function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: home, USERPROFILE: home, LANG: 'C', OPENCLAW_GATEWAY_PORT: String(port), ...extra };
}

type Run = { code: number; stdout: string; stderr: string };

function chela(args: string[], extra: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve) => {
    const all = [cli, '--data-dir', join(home, 'data'), ...args];
    execFile(process.execPath, all, { env: environment(extra) }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

async function runGateway(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [cli, '--data-dir', join(home, 'data'), 'gateway', 'run'], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes(`ws://127.0.0.1:${port}`)) break;
  }
  return child;
}

describe('chela status (R11)', () => {
  it('names the Gateway that answers, and ends with 0', async () => {
    await runGateway();
    const { code, stdout, stderr } = await chela(['status']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /Local \(this computer\)[\s\S]*ws:\/\/127\.0\.0\.1:\d+[\s\S]*● Chela \S+ answers in \d+ ms/,
    );
  });

  it('says what is wrong and what to do when nothing answers, and ends with 3', async () => {
    const { code, stderr } = await chela(['status']);
    expect(code).toBe(3);
    expect(stderr).toContain('The Gateway does not answer');
    expect(stderr).toContain('Fix: ');
  });

  it('speaks Traditional Chinese by locale', async () => {
    const { stderr } = await chela(['status'], { LANG: 'zh_TW.UTF-8' });
    expect(stderr).toContain('Gateway 沒有回應');
  });

  it('ends with 4 when the token is refused', async () => {
    await runGateway();
    const { code, stdout } = await chela(['status', '--json'], { OPENCLAW_GATEWAY_TOKEN: 'not-the-token' });
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: 'GATEWAY_TOKEN_MISMATCH', fix: expect.any(String) },
    });
    expect(stdout).not.toContain('not-the-token');
  });

  it('ends with 78 when Remote has no target (R12)', async () => {
    mkdirSync(join(home, '.openclaw'));
    writeFileSync(join(home, '.openclaw', 'openclaw.json'), '{gateway:{mode:"remote"}}');
    const { code, stdout } = await chela(['status', '--json']);
    expect(code).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'SSH_TARGET_MISSING' } });
  });
});

describe('chela gateway run (R2)', () => {
  it('keeps the token out of what it prints, in a file for the owner alone', async () => {
    const child = await runGateway();
    const token = readFileSync(join(home, 'data', 'gateway-token'), 'utf8').trim();
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(printed).not.toContain(token);
  });

  it('starts no second one, and says who runs the first (R36)', async () => {
    const first = await runGateway();
    const { code, stdout } = await chela(['gateway', 'run', '--json']);
    expect(code).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: {
        code: 'GATEWAY_RUNS_ALREADY',
        details: { port, pid: first.pid },
        fix: expect.stringContaining('--profile NAME'),
      },
    });
    expect((await chela(['status'])).stdout).toContain(`process ${first.pid}`);
  });

  it('ends with 2 for a port that is none', async () => {
    expect((await chela(['gateway', 'run', '--port', '70000'])).code).toBe(2);
    expect((await chela(['no-such-command'])).code).toBe(2);
  });
});
