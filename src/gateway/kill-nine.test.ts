import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { childMessageSchema, type GatewayConfig } from './index.ts';
import { openDatabase } from './sessions/database.ts';
import { createFixture, TOKEN } from './test-support/fixture.ts';
import { connect } from './test-support/wire-client.ts';

/** What `kill -9` may not take away: a message that was acknowledged is there afterwards, once. */
const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const isLong = process.env.CHELA_SOAK === '1';
const entry = fileURLToPath(new URL('../core/local-gateway/gateway-process.ts', import.meta.url));
const writer = fileURLToPath(new URL('./test-support/writer-child.ts', import.meta.url));
const KILLS = isLong ? 100 : 10;
/** A whole Gateway takes its time to load. */
const GATEWAY_KILLS = isLong ? 10 : 2;
/** Two state directories side by side: one process starts while the other is written to. */
const LANES = 2;
/** So that every kind of moment is hit: some are cut off after the first answer, some in the middle of many. */
const acksBeforeKill = (round: number) => 1 + ((round * 7) % 19);

async function startIn(child: ChildProcess, options: GatewayConfig): Promise<string> {
  const heard = once(child, 'message');
  child.send({ type: 'start', options });
  const message = childMessageSchema.parse((await heard)[0]);
  if (message.type !== 'started') throw new Error(JSON.stringify(message));
  return message.url;
}

/** Sends without waiting until enough were acknowledged; returns those that were. */
async function writeUntilKilled(child: ChildProcess, url: string, round: number): Promise<string[]> {
  const client = await connect({ url, auth: { token: TOKEN } });
  const acknowledged: string[] = [];
  const gone = once(child, 'exit');
  const wanted = acksBeforeKill(round);
  const sends = Array.from({ length: 40 }, async (_, index) => {
    const idempotencyKey = `${round}-${index}`;
    const params = { sessionKey: `s${index % 4}`, message: `/help ${idempotencyKey}`, idempotencyKey };
    const { ok } = await client.request('chat.send', params);
    if (!ok) throw new Error('a send was refused');
    acknowledged.push(idempotencyKey);
    if (acknowledged.length === wanted) child.kill('SIGKILL');
  });
  // Those that were not answered any more are rejected when the socket goes.
  await Promise.allSettled(sends);
  await gone;
  return acknowledged;
}

/** What the disk holds: every accepted run, and every user row of a transcript. */
function readBack(stateDir: string): { accepted: string[]; said: string[] } {
  const { sql, close } = openDatabase(stateDir);
  const ids = (query: string) =>
    sql
      .prepare(query)
      .all()
      .map(({ id }) => String(id));
  const accepted = ids('SELECT run_id AS id FROM runs');
  const said = ids(`SELECT run_id AS id FROM messages WHERE role = 'user'`);
  close();
  return { accepted, said };
}

/** Runs one writer after the other on one state directory and kills each in the middle. */
async function killWriters(rounds: readonly number[]): Promise<void> {
  const stateDir = await fixture.stateDir();
  const env = { ...process.env, NODE_COMPILE_CACHE: join(stateDir, 'compiled') };
  const acknowledged: string[] = [];
  for (const round of rounds) {
    const child = fork(writer, [stateDir, String(round)], { execArgv: [], silent: true, env });
    fixture.defer(() => child.kill('SIGKILL'));
    const gone = once(child, 'exit');
    let heard = 0;
    child.on('message', (runId) => {
      acknowledged.push(String(runId));
      heard += 1;
      if (heard === acksBeforeKill(round)) child.kill('SIGKILL');
    });
    expect(await gone).toEqual([null, 'SIGKILL']);
  }
  expectKept(stateDir, acknowledged);
}

function expectKept(stateDir: string, acknowledged: readonly string[]): void {
  const { accepted, said } = readBack(stateDir);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(acknowledged.filter((key) => !accepted.includes(key))).toEqual([]);
  // What was begun again after a kill did not write its question a second time.
  for (const keys of [accepted, said]) expect(keys.length).toBe(new Set(keys).size);
  expect(said.length).toBeGreaterThan(0);
}

describe('kill -9 while writing', () => {
  it(`${KILLS} times: every acknowledged message is there, once (R1)`, { timeout: 300_000 }, async () => {
    const rounds = Array.from({ length: KILLS }, (_, round) => round);
    const lanes = Array.from({ length: LANES }, (_, lane) =>
      rounds.filter((round) => round % LANES === lane),
    );
    await Promise.all(lanes.map(killWriters));
  });

  it('holds for the whole Gateway, from acknowledgement to the next start (R1)', {
    timeout: 120_000,
  }, async () => {
    const options: GatewayConfig = {
      port: 0,
      stateDir: await fixture.stateDir(),
      auth: { mode: 'token', token: TOKEN },
      model: null,
      locale: 'en',
      version: '0.1.0',
      discoverModelServers: false,
    };
    const acknowledged: string[] = [];
    for (let round = 0; round < GATEWAY_KILLS; round += 1) {
      const child = fork(entry, [], { execArgv: [], silent: true });
      fixture.defer(() => child.kill('SIGKILL'));
      acknowledged.push(...(await writeUntilKilled(child, await startIn(child, options), round)));
    }
    expectKept(options.stateDir, acknowledged);
  });
});
