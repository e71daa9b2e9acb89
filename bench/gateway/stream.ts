import { setTimeout as pause } from 'node:timers/promises';
import { type Result, resultOf } from '../report.ts';
import { type BenchClient, withClients } from './client.ts';
import type { Amounts } from './gateway.ts';
import { canMeasureProcesses, usageOf } from './processes.ts';
import type { Running } from './sides.ts';

const CLIENTS = 50;
const WORDS_PER_SECOND = 200;
const LOOK_EVERY_MS = 250;

type Streamed = { readonly eventsPerSecond: number; readonly cpuPercent: number; readonly growthMB: number };

/**
 * A model writes 200 words per second, answer after answer, and 50 clients hear each. Flat memory: its slope over the second
 * half, since single looks catch a collector before or after its work.
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
    row('growth of memory, second half', 'MB/min', (side) => side.growthMB, 16),
  ];
}

function streamThrough(server: Running, { streamRuns, wordsPerRun }: Amounts): Promise<Streamed> {
  return withClients(server, CLIENTS, async (clients) => {
    for (const client of clients) await client.request('sessions.subscribe', {});
    const usage = () => (canMeasureProcesses ? usageOf(server.rootPid) : { residentMB: 0, cpuSeconds: 0 });
    const counted = () => clients.reduce((sum, client) => sum + client.eventCount(), 0);
    const before = { events: counted(), at: performance.now(), ...usage() };
    const looks: Look[] = [];
    const looking = setInterval(
      () => looks.push({ minutes: performance.now() / 60_000, residentMB: usage().residentMB }),
      LOOK_EVERY_MS,
    );
    try {
      for (let run = 0; run < streamRuns; run++) {
        await answered(server.client, `slow ${wordsPerRun} at ${WORDS_PER_SECOND}`);
      }
    } finally {
      clearInterval(looking);
    }
    const seconds = (performance.now() - before.at) / 1000;
    const after = { events: counted(), ...usage() };
    return {
      eventsPerSecond: (after.events - before.events) / seconds,
      cpuPercent: ((after.cpuSeconds - before.cpuSeconds) * 100) / seconds,
      growthMB: slopeOf(looks.slice(Math.floor(looks.length / 2))),
    };
  });
}

type Look = { readonly minutes: number; readonly residentMB: number };

/** Of the line that fits best, in MB per minute. */
function slopeOf(looks: readonly Look[]): number {
  const mean = (pick: (look: Look) => number) =>
    looks.reduce((sum, look) => sum + pick(look), 0) / looks.length;
  const at = mean(({ minutes }) => minutes);
  const level = mean(({ residentMB }) => residentMB);
  const spread = mean(({ minutes }) => (minutes - at) ** 2);
  return spread === 0 ? 0 : mean(({ minutes, residentMB }) => (minutes - at) * (residentMB - level)) / spread;
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
