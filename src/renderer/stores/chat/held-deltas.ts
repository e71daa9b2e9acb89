import type { EventFrame } from '@openclaw/gateway-client/browser';

/**
 * The newest `chat` delta of each run, held until the conversation is drawn: it has the whole text so far, so those
 * before it need not be read at all.
 */
export type HeldDeltas = {
  /**
   * False where the frame has to be heard now. What is held goes before it, but for an `agent` event of a call that goes
   * on, or of the text.
   */
  hold(frame: EventFrame): boolean;
  release(): void;
};

export function createHeldDeltas(hear: (frame: EventFrame) => void): HeldDeltas {
  const held = new Map<string, EventFrame>();

  function release() {
    const frames = [...held.values()];
    held.clear();
    frames.forEach(hear);
  }

  return {
    hold(frame) {
      const runId = wholeDeltaOf(frame);
      if (runId !== null) held.set(runId, frame);
      else if (frame.event !== 'agent' || beginsCall(frame)) release();
      return runId !== null;
    },
    release,
  };
}

/** What was said before a call stands above it. */
function beginsCall({ payload }: EventFrame): boolean {
  const { data } = (payload ?? {}) as { data?: { phase?: unknown; toolCallId?: unknown } | null };
  return data?.phase === 'start' && typeof data.toolCallId === 'string';
}

/** The run; null where the frame is something else, or has only what is new (older Gateways). */
function wholeDeltaOf({ event, payload }: EventFrame): string | null {
  const { state, runId, message } = (payload ?? {}) as {
    state?: unknown;
    runId?: unknown;
    message?: unknown;
  };
  const isWhole = event === 'chat' && state === 'delta' && typeof message === 'object' && message !== null;
  return isWhole && typeof runId === 'string' ? runId : null;
}
