import { join } from 'node:path';
import { z } from 'zod';
import { assertNever } from '../../shared/assert-never.ts';
import type { ConnectionState } from '../../shared/connection/connection-state.ts';
import {
  emptyHistory,
  noteRtt,
  noteState,
  type QualityHistory,
  qualityOf,
} from '../../shared/connection/quality.ts';
import type { Health, Quality } from '../../shared/contract/snapshot.ts';
import type { Clock } from '../clock.ts';
import { readPrivateFile, writePrivateFile } from '../device/private-file.ts';

/** How the connection to each Gateway has been; kept over restarts. */
export type QualityLog = {
  /** Turns to a Gateway (null: none); what was noted of it before goes on. */
  follow(gatewayKey: string | null): void;
  note(state: ConnectionState): void;
  noteHealth(health: Health | null): void;
  /** Null while nothing is followed. */
  quality(): Quality | null;
  /** Writes what is not on disk yet. */
  flush(): Promise<void>;
};

const bucketSchema = z.object({
  startMs: z.number(),
  wantedMs: z.number(),
  upMs: z.number(),
  drops: z.number(),
  rtts: z.array(z.number()),
});
const fileSchema = z.object({ version: z.literal(1), gateways: z.record(z.string(), z.array(bucketSchema)) });

const MAX_GATEWAYS = 8;
const SAVE_EVERY_MS = 5 * 60_000;

/** Reads `<dataDir>/quality.json`; a file that can't be read counts as empty, because nothing depends on it. */
export async function openQualityLog(dataDir: string, clock: Clock): Promise<QualityLog> {
  const file = join(dataDir, 'quality.json');
  const histories = new Map<string, QualityHistory>();
  const stored = await readPrivateFile(file);
  for (const [key, buckets] of Object.entries(parse(stored.ok ? stored.value : null))) {
    histories.set(key, emptyHistory(clock.now(), buckets));
  }

  let followed: string | null = null;
  let lastHealthAtMs = 0;
  let savedAtMs = clock.now();
  let writing: Promise<unknown> = Promise.resolve();

  function change(step: (history: QualityHistory) => QualityHistory): void {
    if (followed === null) return;
    const history = histories.get(followed) ?? emptyHistory(clock.now());
    // Set again to keep the map in order of use.
    histories.delete(followed);
    histories.set(followed, step(history));
    if (clock.now() - savedAtMs >= SAVE_EVERY_MS) save();
  }

  function save(): void {
    savedAtMs = clock.now();
    const recent = [...histories].slice(-MAX_GATEWAYS);
    const gateways = Object.fromEntries(recent.map(([key, { buckets }]) => [key, buckets]));
    const text = JSON.stringify({ version: 1, gateways });
    writing = writing.then(() => writePrivateFile(file, text));
  }

  return {
    follow(gatewayKey) {
      if (gatewayKey === followed) return;
      change((history) => noteState(history, 'off', clock.now()));
      followed = gatewayKey;
    },
    note({ tag }) {
      const state = stateOf(tag);
      change((history) => (history.now.state === state ? history : noteState(history, state, clock.now())));
    },
    noteHealth(health) {
      if (!health || health.rttMs === null || health.checkedAtMs === lastHealthAtMs) return;
      const { rttMs } = health;
      lastHealthAtMs = health.checkedAtMs;
      change((history) => noteRtt(history, rttMs, clock.now()));
    },
    quality() {
      const history = followed === null ? undefined : histories.get(followed);
      return history ? qualityOf(history, clock.now()) : null;
    },
    async flush() {
      change((history) => noteState(history, 'off', clock.now()));
      save();
      await writing;
    },
  };
}

/** A first connect, with all its questions, is no time in which something was down. */
function stateOf(tag: ConnectionState['tag']): 'off' | 'down' | 'up' {
  switch (tag) {
    case 'idle':
    case 'connecting':
      return 'off';
    case 'connected':
    case 'degraded':
      return 'up';
    case 'reconnecting':
    case 'failed':
      return 'down';
    default:
      return assertNever(tag);
  }
}

function parse(text: string | null): z.infer<typeof fileSchema>['gateways'] {
  if (text === null) return {};
  try {
    return fileSchema.parse(JSON.parse(text)).gateways;
  } catch {
    return {};
  }
}
