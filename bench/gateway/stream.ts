import { setTimeout as pause } from 'node:timers/promises';
import { type Result, resultOf } from '../report.ts';
import { type BenchClient, withClients } from './client.ts';
import type { Amounts } from './gateway.ts';
import { canMeasureProcesses, usageOf } from './processes.ts';
import type { Running } from './sides.ts';

const CLIENTS = 50;
const WORDS_PER_SECOND = 200;

type Streamed = { readonly eventsPerSecond: number; readonly cpuPercent: number; readonly grownMB: number };

/**
 * A model writes 200 words per second, answer after answer, and 50 clients hear each. Flat memory: between the end of
 * the first answer and the end of the last.
 */
export async function stream(
  servers: { readonly ours: Running; readonly theirs: Running },
  amounts: Amounts,
  say: (line: string) => void,
): Promise<Result[]> {
  say(`${WORDS_PER_SECOND} words per second to ${CLIENTS} clients …`);
  const ours = await streamThrough(servers.ours, amounts);
  const theirs = await streamThrough(servers.theirs, amounts);
  const what = `${WORDS_PER_SECOND} words/s to ${CLIENTS} clients`;
  const row = (name: string, unit: string, pick: (side: Streamed) => number, most: number | null) =>
    resultOf(
      `${what}: ${name}`,
      unit,
      [pick(ours)],
      [pick(theirs)],
      most === null ? null : { kind: 'oursAtMost', value: most },
    );
  const events = row('events that arrive', 'events/s', (side) => side.eventsPerSecond, null);
  if (!canMeasureProcesses) return [events];
  return [
    events,
    row('CPU', '%', (side) => side.cpuPercent, null),
    row('memory that is not given back', 'MB', (side) => side.grownMB, 16),
  ];
}

function streamThrough(server: Running, { streamRuns, wordsPerRun }: Amounts): Promise<Streamed> {
  return withClients(server, CLIENTS, async (clients) => {
    for (const client of clients) await client.request('sessions.subscribe', {});
    const usage = () => (canMeasureProcesses ? usageOf(server.rootPid) : { residentMB: 0, cpuSeconds: 0 });
    const counted = () => clients.reduce((sum, client) => sum + client.eventCount(), 0);
    const before = { events: counted(), at: performance.now(), ...usage() };
    const resident: number[] = [];
    for (let run = 0; run < streamRuns; run++) {
      await answered(server.client, `slow ${wordsPerRun} at ${WORDS_PER_SECOND}`);
      resident.push(usage().residentMB);
    }
    const seconds = (performance.now() - before.at) / 1000;
    const after = { events: counted(), ...usage() };
    return {
      eventsPerSecond: (after.events - before.events) / seconds,
      cpuPercent: ((after.cpuSeconds - before.cpuSeconds) * 100) / seconds,
      grownMB: (resident.at(-1) ?? 0) - (resident[0] ?? 0),
    };
  });
}

/** One message and its whole answer. */
async function answered(client: BenchClient, message: string): Promise<void> {
  const runId = crypto.randomUUID();
  await client.request('chat.send', { sessionKey: 'agent:main:stream', message, idempotencyKey: runId });
  const timeoutMs = 25_000;
  for (let attempt = 0; attempt < 10; attempt++) {
    const answer = await client.request('agent.wait', { runId, timeoutMs });
    const { payload } = JSON.parse(answer.toString()) as { payload: { status: string } };
    if (payload.status === 'ok') return;
    if (payload.status !== 'timeout') throw new Error(`the answer ended with ${payload.status}`);
    await pause(50);
  }
  throw new Error('the answer did not end');
}
