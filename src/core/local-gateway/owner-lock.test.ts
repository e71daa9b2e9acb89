import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realSystem } from '../port-holder/system.ts';
import { claimGateway, readOwner } from './owner-lock.ts';

let dir: string;
const ends: (() => unknown)[] = [];
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'chela-owner-')), 'gateway');
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  rmSync(join(dir, '..'), { recursive: true, force: true });
});

const cli = { kind: 'cli', port: 18_789, profile: null } as const;
const file = () => join(dir, 'owner.json');

/** A process of its own, that owns the directory. */
async function otherOwner(): Promise<number> {
  const pid = await otherPid();
  expect(await claimGateway(dir, { ...cli, kind: 'app' }, realSystem, pid)).toMatchObject({ ok: true });
  return pid;
}

describe('one Gateway per state directory (R5)', () => {
  it('names its owner in a private file, until it is released', async () => {
    const claimed = await claimGateway(dir, { ...cli, profile: 'rescue' });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(await readOwner(dir)).toMatchObject({ ...cli, profile: 'rescue', pid: process.pid });
    if (claimed.ok) claimed.value.release();
    expect(await readOwner(dir)).toBeNull();
  });

  it('a second one learns who the first is', async () => {
    const pid = await otherOwner();
    expect(await claimGateway(dir, { ...cli, port: 19_000 })).toMatchObject({
      ok: false,
      error: { code: 'GATEWAY_RUNS_ALREADY', details: { port: 18_789, command: 'Chela', pid } },
    });
  });

  it.each([
    ['app', 'Chela --profile work'],
    ['cli', 'chela --profile work gateway run'],
  ] as const)('and of a profile, which: %s', async (kind, command) => {
    const pid = await otherPid();
    await claimGateway(dir, { ...cli, kind, profile: 'work' }, realSystem, pid);
    expect(await claimGateway(dir, cli)).toMatchObject({ error: { details: { command, pid } } });
  });

  it('of several at once one wins', async () => {
    const pids = await Promise.all([otherPid(), otherPid(), otherPid(), otherPid()]);
    const claims = await Promise.all(pids.map((pid) => claimGateway(dir, cli, realSystem, pid)));
    expect(claims.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('what a process left behind that is gone is replaced', async () => {
    const pid = await otherOwner();
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => readOwner(dir)).toBeNull();
    expect(await claimGateway(dir, cli)).toMatchObject({ ok: true });
  });

  it('so is one whose number another process got', async () => {
    await otherOwner();
    const left = JSON.parse(readFileSync(file(), 'utf8')) as { startedAs: string };
    writeFileSync(file(), JSON.stringify({ ...left, startedAs: `${left.startedAs}0` }));
    expect(await readOwner(dir)).toBeNull();
    expect(await claimGateway(dir, cli)).toMatchObject({ ok: true });
  });

  it('an OpenClaw that outlived its Chela is the owner, until another Chela supervises it', async () => {
    const [chela, openclaw] = [await otherPid(), await otherPid()];
    const supervises = { ...cli, kind: 'openclaw' } as const;
    const claimed = await claimGateway(dir, supervises, realSystem, chela);
    if (!claimed.ok) throw new Error(claimed.error.code);
    await claimed.value.nameChild(openclaw);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(await readOwner(dir)).toMatchObject({ pid: chela, isLeft: false });

    process.kill(chela, 'SIGKILL');
    await expect.poll(() => readOwner(dir)).toMatchObject({ pid: openclaw, kind: 'openclaw', isLeft: true });
    expect(await claimGateway(dir, cli)).toMatchObject({
      ok: false,
      error: { code: 'GATEWAY_RUNS_ALREADY', details: { command: 'OpenClaw', pid: openclaw } },
    });
    const taken = await claimGateway(dir, supervises);
    if (!taken.ok) throw new Error(taken.error.code);
    expect(taken.value.child()).toMatchObject({ pid: openclaw });
    expect(await readOwner(dir)).toMatchObject({ pid: process.pid, isLeft: false });
    taken.value.release();
    expect(await readOwner(dir)).toBeNull();
  });

  it('a child that cannot be written down changes nothing about who owns it', async () => {
    const claimed = await claimGateway(dir, { ...cli, kind: 'openclaw' });
    if (!claimed.ok) throw new Error(claimed.error.code);
    // In the way of the draft.
    mkdirSync(`${file()}.${process.pid}`);
    await expect(claimed.value.nameChild(await otherPid())).rejects.toThrow();
    expect(claimed.value.child()).toBeNull();
    expect(await readOwner(dir)).toMatchObject({ pid: process.pid, isLeft: false });
    claimed.value.release();
    expect(await readOwner(dir)).toBeNull();
  });

  it('an OpenClaw that ended with its Chela owns nothing', async () => {
    const [chela, openclaw] = [await otherPid(), await otherPid()];
    const claimed = await claimGateway(dir, { ...cli, kind: 'openclaw' }, realSystem, chela);
    if (claimed.ok) await claimed.value.nameChild(openclaw);
    for (const pid of [chela, openclaw]) process.kill(pid, 'SIGKILL');
    await expect.poll(() => readOwner(dir)).toBeNull();
    expect(await claimGateway(dir, cli)).toMatchObject({ ok: true });
  });

  it.each(['', 'nonsense', '{"pid":-1}'])('a damaged file is no owner: %j', async (text) => {
    expect(await claimGateway(dir, cli)).toMatchObject({ ok: true });
    writeFileSync(file(), text);
    expect(await readOwner(dir)).toBeNull();
    expect(await claimGateway(dir, cli)).toMatchObject({ ok: true });
  });
});

async function otherPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'console.log(1);setInterval(()=>{},9e8)']);
  ends.push(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}
