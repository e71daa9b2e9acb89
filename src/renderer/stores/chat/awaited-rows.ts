import type { EventFrame } from '@openclaw/gateway-client/browser';
import type { Clock } from '../../clock.ts';
import { mediaSegment } from './artifact.ts';
import type { ChatModel } from './chat-state.ts';
import { readTranscriptRow } from './payloads.ts';
import { answerRunId, resultsIn } from './rows.ts';

/** What the transcript has to hold of a run. */
export type Promised = {
  files: boolean;
  /** Whose results were heard. */
  calls: ReadonlySet<string>;
};

export type AwaitedRowsOptions = {
  clock: Clock;
  /** Reads the conversation again in which this run is; resolves when it is read. */
  read: (runId: string) => Promise<void>;
  isThere: (runId: string, promised: Promised) => boolean;
};

export type AwaitedRows = { hear(frame: EventFrame): void; end(): void };

type HeardPayload = { runId?: unknown; state?: unknown; stream?: unknown; data?: HeardData | null };
type HeardData = { mediaUrls?: unknown; toolCallId?: unknown; phase?: unknown; result?: unknown };

/** After the end of the run, or of a call that gave an image, in milliseconds. */
const looks = [300, 1000, 3000, 10_000] as const;
const ends = new Set<unknown>(['final', 'aborted', 'error']);

/**
 * OpenClaw names the files of an answer while it streams, and leaves images out of the results that it streams. Both are
 * written into the transcript, up to a few seconds after the run's end, and nobody is told (2026.9.6, observed): the
 * transcript is read again until they are there.
 */
export function createAwaitedRows({ clock, read, isThere }: AwaitedRowsOptions): AwaitedRows {
  const promises = new Map<string, Promised>();
  const cancels = new Map<string, () => void>();

  function promise(runId: string, more: { files?: boolean; call?: string }): Promised {
    const { files, calls } = promises.get(runId) ?? { files: false, calls: new Set<string>() };
    const promised = {
      files: files || more.files === true,
      calls: more.call === undefined ? calls : new Set([...calls, more.call]),
    };
    promises.set(runId, promised);
    return promised;
  }

  function look(runId: string, promised: Promised, at = 0) {
    cancels.get(runId)?.();
    cancels.delete(runId);
    const before = at === 0 ? 0 : (looks[at - 1] ?? 0);
    const next = looks[at];
    if (next === undefined || isThere(runId, promised)) return;
    const later = async () => {
      await read(runId);
      if (cancels.get(runId) === cancel) look(runId, promised, at + 1);
    };
    const cancel = clock.after(next - before, () => void later());
    cancels.set(runId, cancel);
  }

  return {
    hear({ event, payload }) {
      // Hundreds of these come in a second: none is parsed for this.
      const { runId, state, stream, data } = (payload ?? {}) as HeardPayload;
      if (typeof runId !== 'string') return;
      if (event === 'agent' && data) {
        if (Array.isArray(data.mediaUrls) && data.mediaUrls.length > 0) promise(runId, { files: true });
        const isResult = stream === 'tool' && data.phase === 'result';
        if (typeof data.toolCallId !== 'string' || !(isResult || data.phase === 'end')) return;
        const promised = promise(runId, { call: data.toolCallId });
        if (isResult && leavesOut(data.result)) look(runId, promised);
      }
      const promised = promises.get(runId);
      if (event !== 'chat' || !promised || !ends.has(state)) return;
      promises.delete(runId);
      look(runId, promised);
    },
    end() {
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
    },
  };
}

function leavesOut(result: unknown): boolean {
  const { content } = (result ?? {}) as { content?: unknown };
  const blocks: unknown[] = Array.isArray(content) ? content : [];
  return blocks.some((block) => {
    const { omitted, artifactId } = (block ?? {}) as { omitted?: unknown; artifactId?: unknown };
    return omitted === true && artifactId === undefined;
  });
}

/** Whether the transcript, as far as it is known, holds what was promised of this run. */
export function holds({ projection }: ChatModel, runId: string, { files, calls }: Promised): boolean {
  const rows = projection.entries.flatMap((entry) => {
    return answerRunId(entry) === runId ? (readTranscriptRow(entry.message) ?? []) : [];
  });
  const results = new Set(rows.flatMap((row) => resultsIn(row).map(([callId]) => callId)));
  const hasFiles = () => {
    return rows.some(
      ({ role, blocks }) => role === 'assistant' && blocks.some((block) => mediaSegment(block)),
    );
  };
  return [...calls].every((callId) => results.has(callId)) && (!files || hasFiles());
}
