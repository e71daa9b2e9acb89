import type { EventFrame } from '@openclaw/gateway-client/browser';
import type { Clock } from '../../clock.ts';
import { mediaSegment } from './artifact.ts';
import type { ChatModel } from './chat-state.ts';
import { readTranscriptRow } from './payloads.ts';
import { answerRunId } from './rows.ts';

export type AwaitedFilesOptions = {
  clock: Clock;
  /** Reads the conversation again in which this run is; resolves when it is read. */
  read: (runId: string) => Promise<void>;
  isThere: (runId: string) => boolean;
};

export type AwaitedFiles = { hear(frame: EventFrame): void; end(): void };

type HeardPayload = { runId?: unknown; state?: unknown; data?: { mediaUrls?: unknown } | null };

/** After the end of the run, in milliseconds. */
const looks = [300, 1000, 3000, 10_000] as const;

/**
 * OpenClaw names the files of an answer while it streams, writes them into the transcript up to a few seconds after the
 * run's end, and tells nobody (2026.9.6, observed): the transcript is read again until they are there.
 */
export function createAwaitedFiles({ clock, read, isThere }: AwaitedFilesOptions): AwaitedFiles {
  const promised = new Set<string>();
  const cancels = new Map<string, () => void>();

  function look(runId: string, at: number) {
    const before = at === 0 ? 0 : (looks[at - 1] ?? 0);
    const next = looks[at];
    cancels.delete(runId);
    if (next === undefined || isThere(runId)) return;
    const later = async () => {
      await read(runId);
      if (cancels.has(runId)) look(runId, at + 1);
    };
    cancels.set(
      runId,
      clock.after(next - before, () => void later()),
    );
  }

  return {
    hear({ event, payload }) {
      // Hundreds of these come in a second: none is parsed for this.
      const { runId, state, data } = (payload ?? {}) as HeardPayload;
      if (typeof runId !== 'string') return;
      if (event === 'agent' && Array.isArray(data?.mediaUrls) && data.mediaUrls.length > 0)
        promised.add(runId);
      if (event === 'chat' && state === 'final' && promised.delete(runId)) look(runId, 0);
    },
    end() {
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
    },
  };
}

/** Whether an answer of this run came with a picture or a file, as far as the transcript is known. */
export function hasFiles({ projection }: ChatModel, runId: string): boolean {
  return projection.entries.some((entry) => {
    const blocks = answerRunId(entry) === runId ? readTranscriptRow(entry.message)?.blocks : [];
    return blocks?.some((block) => mediaSegment(block) !== null) ?? false;
  });
}
