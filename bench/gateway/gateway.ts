import { setTimeout as pause } from 'node:timers/promises';
import { type ModelServer, startModelServer } from '../../e2e/fixtures/model-server.ts';
import { type Goal, medianOf, type Report, type Result, resultOf } from '../report.ts';
import { bareNodeMs } from './bare-node.ts';
import { type BenchClient, rateOf, withClients } from './client.ts';
import { canMeasureProcesses, usageOf } from './processes.ts';
import { historyParams, listParams, seed, seeded } from './seed.ts';
import { ourGateway, type Running, realGateway, type Side } from './sides.ts';
import { stream } from './stream.ts';

type Say = (line: string) => void;
export type Amounts = ReturnType<typeof amountsOf>;
type Both<T> = { readonly ours: T; readonly theirs: T };

const atLeast = (value: number): Goal => ({ kind: 'ratioAtLeast', value });
const atMost = (value: number): Goal => ({ kind: 'ratioAtMost', value });

/** `restMs`: what a start or a load leaves behind for the collector is no part of what a server keeps. */
const amountsOf = (short: boolean) =>
  short
    ? {
        rounds: 2,
        starts: 1,
        loadMs: 250,
        idleMs: 1_000,
        injects: 3,
        streamRuns: 1,
        wordsPerRun: 100,
        restMs: 500,
      }
    : {
        rounds: 5,
        starts: 5,
        loadMs: 2_000,
        idleMs: 10_000,
        injects: 10,
        streamRuns: 6,
        wordsPerRun: 2_000,
        restMs: 2_000,
      };

/** Our Gateway, as it is built, against the real one from npm: one driver, one run, turn by turn. */
export async function benchGateway(options: { short: boolean; say: Say }): Promise<Report> {
  const { short, say } = options;
  const amounts = amountsOf(short);
  const model = await startModelServer();
  const running: Running[] = [];
  try {
    const { results: starts, floorMs } = await measureStarts(amounts, model, say, running);
    const [ours, theirs] = running as [Running, Running];
    const servers = { ours, theirs };
    say('filling both …');
    const sizes = { ours: await seed(ours, 'ours'), theirs: await seed(theirs, 'theirs') };
    const results = [
      ...starts,
      ...(await measureIdle(servers, amounts, say)),
      ...(await measureRates(servers, amounts, say)),
      await measureFanOut(servers, amounts, say),
      ...(await measureMemory(servers, amounts, say)),
      ...(await stream(servers, amounts, say)),
    ];
    const kb = (bytes: number) => `${Math.round(bytes / 1000)} KB`;
    const notes = [
      `${amounts.rounds} rounds${short ? ', short: times mean little' : ''}; ${process.version}; start to hello-ok: ${amounts.starts} rounds after one that fills code caches`,
      `a bare Node that opens a database and a port takes ${Math.round(floorMs)} ms: nothing in a process of its own starts sooner`,
      `sessions.list: ours ${kb(sizes.ours.list)}, theirs ${kb(sizes.theirs.list)}; chat.history of ${seeded.messages}: ours ${kb(sizes.ours.history)}, theirs ${kb(sizes.theirs.history)}`,
    ];
    return { name: 'gateway', peer: 'openclaw', notes, results };
  } finally {
    for (const server of running) await server.stop();
    await model.stop();
  }
}

/** Leaves one of each side running, ours first. */
async function measureStarts(
  { starts, restMs }: Amounts,
  model: ModelServer,
  say: Say,
  left: Running[],
): Promise<{ results: Result[]; floorMs: number }> {
  const floors: number[] = [];
  const ms: Both<number[]> = { ours: [], theirs: [] };
  const resident: Both<number[]> = { ours: [], theirs: [] };
  const once = async (name: 'ours' | 'theirs', side: Side, isKept: boolean, isCounted: boolean) => {
    const server = await side({ modelPort: model.port });
    left.push(server);
    if (isCounted) ms[name].push(server.startMs);
    if (isCounted && canMeasureProcesses) {
      await pause(restMs);
      resident[name].push(usageOf(server.rootPid).residentMB);
    }
    if (isKept) return;
    await server.stop();
    left.splice(left.indexOf(server), 1);
  };
  await once('ours', ourGateway, false, false);
  if (starts > 1) await once('theirs', realGateway, false, false);
  for (let round = 1; round <= starts; round++) {
    say(`start to hello-ok, round ${round} of ${starts} …`);
    const isLast = round === starts;
    floors.push(await bareNodeMs());
    await once('ours', ourGateway, isLast, true);
    await once('theirs', realGateway, isLast, true);
  }
  const results = [
    resultOf('start to hello-ok', 'ms', ms.ours, ms.theirs, atMost(1 / 40)),
    ...(canMeasureProcesses
      ? [resultOf('resident memory after it', 'MB', resident.ours, resident.theirs, atMost(1 / 10))]
      : []),
  ];
  return { results, floorMs: medianOf(floors) };
}

async function measureIdle(servers: Both<Running>, amounts: Amounts, say: Say): Promise<Result[]> {
  if (!canMeasureProcesses) return [];
  say('doing nothing …');
  const percent: Both<number[]> = { ours: [], theirs: [] };
  for (let round = 0; round < amounts.rounds; round++) {
    const before = { ours: usageOf(servers.ours.rootPid), theirs: usageOf(servers.theirs.rootPid) };
    // Nobody computes here, so both do nothing at the same time.
    await pause(amounts.idleMs);
    for (const name of ['ours', 'theirs'] as const) {
      const used = usageOf(servers[name].rootPid).cpuSeconds - before[name].cpuSeconds;
      percent[name].push((used * 100_000) / amounts.idleMs);
    }
  }
  return [resultOf('idle CPU, one client', '%', percent.ours, percent.theirs, atMost(1))];
}

async function measureRates(servers: Both<Running>, amounts: Amounts, say: Say): Promise<Result[]> {
  const methods = [
    { method: 'health', params: () => ({}), goal: atLeast(8) },
    { method: 'sessions.list', params: listParams, goal: atLeast(4) },
    { method: 'chat.history', params: () => historyParams, goal: atLeast(6) },
  ];
  const results: Result[] = [];
  for (const { method, params, goal } of methods) {
    for (const count of [1, 20]) {
      const what = `${method}, ${count} ${count === 1 ? 'client' : 'clients'}`;
      say(`${what} …`);
      const both = await interleaved(servers, amounts.rounds, (server, side) =>
        withClients(server, count, (clients) => rateOf(clients, amounts.loadMs, method, params(side))),
      );
      results.push(resultOf(what, 'requests/s', both.ours, both.theirs, goal));
    }
  }
  return results;
}

/** After both have done the same work, and had time to tidy up. */
async function measureMemory(servers: Both<Running>, { restMs }: Amounts, say: Say): Promise<Result[]> {
  if (!canMeasureProcesses) return [];
  say('letting both rest …');
  await pause(restMs);
  const [ours, theirs] = [servers.ours, servers.theirs].map(({ rootPid }) => [usageOf(rootPid).residentMB]);
  return [resultOf('resident memory after all this', 'MB', ours ?? [], theirs ?? [], atMost(1 / 10))];
}

/** From the request to the moment at which the last of 20 clients has the message. */
async function measureFanOut(servers: Both<Running>, amounts: Amounts, say: Say): Promise<Result> {
  say('one message to 20 clients …');
  const { sessionKey } = seeded;
  let counter = 0;
  const inject = async (sender: BenchClient, clients: readonly BenchClient[]) => {
    counter += 1;
    const marker = `marker-${counter}-marker`;
    const heard = clients.map((client) => client.hears(marker));
    const startedAt = performance.now();
    await sender.request('chat.inject', { sessionKey, message: marker });
    return Math.max(...(await Promise.all(heard))) - startedAt;
  };
  const both = await interleaved(servers, amounts.rounds, (server) =>
    withClients(server, 20, async (clients) => {
      for (const client of clients) {
        await client.request('sessions.subscribe', {});
        await client.request('sessions.messages.subscribe', { key: sessionKey });
      }
      const times: number[] = [];
      for (let index = 0; index < amounts.injects; index++) times.push(await inject(server.client, clients));
      return medianOf(times);
    }),
  );
  return resultOf('one message to the last of 20 clients', 'ms', both.ours, both.theirs, atMost(1 / 5));
}

/** Ours, then theirs; the other way round in every second round. */
async function interleaved(
  servers: Both<Running>,
  rounds: number,
  measure: (server: Running, side: 'ours' | 'theirs') => Promise<number>,
): Promise<Both<number[]>> {
  const both: Both<number[]> = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    const order = ['ours', 'theirs'] as const;
    for (const name of round % 2 === 0 ? order : order.toReversed())
      both[name].push(await measure(servers[name], name));
  }
  return both;
}
