import type { GatewayClock } from '../clock.ts';

/**
 * Collects what a run says and passes it on in steps. Each step carries the whole text so far (observed), so
 * a fast model must not make one per token.
 */
export type RunOutput = {
  readonly text: string;
  push(piece: string): void;
  /** Sends what is waiting. Nothing is sent afterwards until the next push. */
  flush(): void;
};

const STEP_MS = 50;

export function createRunOutput(
  clock: GatewayClock,
  onStep: (step: { delta: string; text: string }) => void,
): RunOutput {
  let text = '';
  let sent = 0;
  let lastStepAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;

  const flush = () => {
    cancel?.();
    cancel = null;
    if (sent === text.length) return;
    const delta = text.slice(sent);
    sent = text.length;
    lastStepAt = clock.now();
    onStep({ delta, text });
  };

  return {
    get text() {
      return text;
    },
    push(piece) {
      text += piece;
      const wait = lastStepAt + STEP_MS - clock.now();
      if (wait <= 0) flush();
      else cancel ??= clock.after(wait, flush);
    },
    flush,
  };
}
