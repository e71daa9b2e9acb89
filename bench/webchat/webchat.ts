import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import { builtApp } from '../../e2e/fixtures/built-app.ts';
import { type Goal, type Report, resultOf } from '../report.ts';
import { stress } from './stress.ts';

const full = { messages: 10_000, streamMs: 8000, rounds: 5 };
const short = { messages: 2000, streamMs: 1500, rounds: 1 };

/** WebChat with a long conversation and a quick stream, in a real browser on a CPU that is four times slower. */
export async function benchWebchat(options: {
  short: boolean;
  say: (line: string) => void;
}): Promise<Report> {
  const { messages, streamMs, rounds } = options.short ? short : full;
  const assetsDir = join(await builtApp(), 'renderer', 'assets');
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const measured: Awaited<ReturnType<typeof stress>>[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      options.say(`round ${round} of ${rounds}: ${messages} messages, scrolled; 200 deltas a second`);
      measured.push(await stress(browser, { messages, streamMs }));
    }
  } finally {
    await browser.close();
  }
  const row = (
    what: string,
    unit: string,
    read: (one: (typeof measured)[number]) => number,
    goal: Goal | null,
  ) => resultOf(what, unit, measured.map(read), [], goal);
  const atMost = (value: number): Goal => ({ kind: 'oursAtMost', value });
  return {
    name: 'webchat',
    peer: '-',
    notes: [`${messages} messages, nothing cached, CPU 4 times slower`],
    results: [
      resultOf('script before lazy parts, compressed', 'KB', [compressedKb(assetsDir)], [], atMost(400)),
      row('page load to the last message', 'ms', (one) => one.paintMs, null),
      row('memory', 'MB', (one) => one.memoryMb, atMost(150)),
      row('scrolling end to end', 'frames/s', (one) => one.framesPerSecond, null),
      row('scrolling, longest task', 'ms', (one) => one.scrollLongestMs, null),
      row('200 deltas/s, input delay p99', 'ms', (one) => one.inputP99Ms, atMost(50)),
      row('200 deltas/s, longest task', 'ms', (one) => one.streamLongestMs, null),
    ],
  };
}

/** What every window reads at once; languages, formulas and the highlighter come later, or never. */
function compressedKb(assetsDir: string): number {
  const entries = readdirSync(assetsDir).filter((name) => /^index-.*\.js$/.test(name));
  return entries.reduce((sum, name) => sum + gzipSync(readFileSync(join(assetsDir, name))).length, 0) / 1024;
}
