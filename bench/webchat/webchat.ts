import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from '@playwright/test';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { freePort } from '../../e2e/fixtures/free-port.ts';
import { startModelServer } from '../../e2e/fixtures/model-server.ts';
import { startUpstreamGateway } from '../../e2e/fixtures/upstream-gateway.ts';
import { type Goal, type Report, type Result, resultOf } from '../report.ts';
import { type Ceiling, measureCeiling } from './ceiling.ts';
import { type Inspector, type Load, measureLoad, openInspector } from './load.ts';
import { controlUi, makeSession, measureTyping, ourPage, type Typing } from './opening.ts';
import { launchBenchBrowser } from './pages.ts';
import { type Stress, stress } from './stress.ts';

const openedSession = 'agent:main:bench';

type Say = (line: string) => void;
type Amounts = typeof full;

/** So long that the 99th percentile is not just the slowest of the keys: about two hundred are pressed. */
const full = { messages: 10_000, opened: 3000, streamMs: 20_000, rounds: 5 };
const short = { messages: 2000, opened: 150, streamMs: 1500, rounds: 1 };

const atMost = (value: number): Goal => ({ kind: 'oursAtMost', value });
const atLeast = (value: number): Goal => ({ kind: 'oursAtLeast', value });

/** WebChat in a real browser on a CPU that is four times slower: on its own, and against the Control UI on the real Gateway. */
export async function benchWebchat(options: { short: boolean; say: Say }): Promise<Report> {
  const amounts = options.short ? short : full;
  const assetsDir = join(await builtApp(), 'renderer', 'assets');
  const debuggingPort = await freePort();
  const browser = await launchBenchBrowser(debuggingPort);
  try {
    const inspector = await openInspector(debuggingPort);
    const { results, ceilings } = await alone(browser, inspector, assetsDir, amounts, options.say);
    const compared = await against(browser, inspector, amounts, options.say);
    const shown = (read: (one: Ceiling) => number) =>
      Math.round(resultOf('', '', ceilings.map(read), [], null).ours?.median ?? Number.NaN);
    return {
      name: 'webchat',
      peer: 'Control UI',
      notes: [
        `CPU 4 times slower, nothing cached; ${amounts.rounds} rounds${options.short ? ', short: times mean little' : ''}`,
        `alone: ${amounts.messages} messages in one page; with the real Gateway: ${amounts.opened} messages`,
        `the ceiling, an empty page treated the same: wheel ${shown((one) => one.wheel)} frames/s (${shown((one) => one.wheelCpuMs)} ms of the main thread a second), drag ${shown((one) => one.drag)} frames/s, input delay p99 ${shown((one) => one.inputP99Ms)} ms`,
      ],
      results: [...compared, ...results],
    };
  } finally {
    await browser.close();
  }
}

/** Our page with more than a Gateway gives at once, and what an empty page would have got. */
async function alone(browser: Browser, inspector: Inspector, assetsDir: string, amounts: Amounts, say: Say) {
  const { messages, streamMs, rounds } = amounts;
  const measured: Stress[] = [];
  const ceilings: Ceiling[] = [];
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}: ${messages} messages, scrolled; 200 deltas a second`);
    measured.push(await stress(browser, inspector, { messages, streamMs }));
    ceilings.push(await measureCeiling(browser, streamMs));
  }
  const row = (what: string, unit: string, read: (one: Stress) => number, goal: Goal | null): Result =>
    resultOf(what, unit, measured.map(read), [], goal);
  const results = [
    row(
      'script until a conversation is shown, compressed',
      'KB',
      (one) => compressedKb(assetsDir, one.load),
      atMost(400),
    ),
    row('page load to a field to type in', 'ms', (one) => one.load.fieldMs, atMost(1000)),
    row('history to the last message shown', 'ms', ({ load }) => load.shownMs - load.dataMs, atMost(300)),
    row('memory', 'MB', (one) => one.memoryMb, atMost(150)),
    row('main thread while nothing happens', '%', (one) => one.idlePercent, atMost(2)),
    row('scrolling, 3 000 pixels/s', 'frames/s', (one) => one.frames.wheel, atLeast(55)),
    row('scrolling, main thread for a second of it', 'ms', (one) => one.frames.wheelCpuMs, null),
    row('scrolling, end to end in 240 jumps', 'frames/s', (one) => one.frames.drag, atLeast(55)),
    row('200 deltas/s, input delay p99', 'ms', (one) => one.inputP99Ms, atMost(50)),
    row('200 deltas/s, main thread', '%', (one) => one.streamPercent, atMost(60)),
  ];
  return { results, ceilings };
}

/** The same session, in our page and in the Control UI of the Gateway that has it. */
async function against(
  browser: Browser,
  inspector: Inspector,
  amounts: Amounts,
  say: Say,
): Promise<Result[]> {
  const { opened, streamMs, rounds } = amounts;
  const model = await startModelServer();
  const gateway = await startUpstreamGateway({
    modelPort: model.port,
    token: 'a-shared-token-for-the-bench',
  });
  const open: { ours: Load[]; theirs: Load[] } = { ours: [], theirs: [] };
  const type: { ours: Typing[]; theirs: Typing[] } = { ours: [], theirs: [] };
  try {
    say(`filling a session of the real Gateway with ${opened} messages …`);
    await makeSession(gateway, openedSession, opened);
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}: both pages on the real Gateway`);
      for (const side of ['ours', 'theirs'] as const) {
        const pageOf = (key: string) =>
          side === 'ours' ? ourPage(gateway, key) : Promise.resolve(controlUi(gateway, key));
        const chat = await pageOf(openedSession);
        open[side].push(await measureLoad(inspector, chat.link(), `number ${opened - 1}.`));
        await chat.stop();
        const key = `agent:main:typing-${side}-${round}`;
        await makeSession(gateway, key, 1);
        const typed = await pageOf(key);
        type[side].push(await measureTyping(browser, typed, streamMs));
        await typed.stop();
      }
    }
  } finally {
    await gateway.stop();
    await model.stop();
  }
  const row = <T>(
    what: string,
    unit: string,
    both: { ours: T[]; theirs: T[] },
    read: (one: T) => number,
    goal: Goal | null,
  ) => resultOf(what, unit, both.ours.map(read), both.theirs.map(read), goal);
  return [
    row('page load to the last message', 'ms', open, (one) => one.shownMs, {
      kind: 'ratioAtMost',
      value: 1 / 3,
    }),
    row('until then, longest task', 'ms', open, (one) => one.longestMs, atMost(100)),
    row('until then, tasks over 50 ms in all', 'ms', open, (one) => one.longTotalMs, null),
    row(
      'until then, script as it is run',
      'KB',
      open,
      ({ scripts }) => scripts.reduce((sum, { kb }) => sum + kb, 0),
      null,
    ),
    row('an answer of 100 words/s, input delay p99', 'ms', type, (one) => one.inputP99Ms, atMost(50)),
    row('an answer of 100 words/s, main thread', '%', type, (one) => one.streamPercent, null),
  ];
}

/** Languages, formulas and the highlighter come later, or never; the highlighter's worker comes with the first code. */
function compressedKb(assetsDir: string, { scripts }: Load): number {
  const read = scripts.filter(({ name }) => !name.startsWith('worker-'));
  const bytes = read.map(({ name }) => gzipSync(readFileSync(join(assetsDir, name))).length);
  return bytes.reduce((sum, one) => sum + one, 0) / 1024;
}
