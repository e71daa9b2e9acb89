import type { GatewayClock } from '../clock.ts';

/** One step of the answer on its way to the clients. */
export type OutputStep = {
  /** Counts from 1; each call of a model makes a segment. */
  readonly segment: number;
  readonly delta: string;
  readonly segmentText: string;
  /** What the whole answer grew by, and the whole answer: its segments with a blank line between them. */
  readonly answerDelta: string;
  readonly answer: string;
  /** The text takes the place of what was sent before. */
  readonly replace: boolean;
};

/**
 * Collects what a run says and passes it on in steps. Each step carries the whole text so far (observed), so
 * a fast model must not make one per token.
 */
export type RunOutput = {
  /** All segments. */
  readonly text: string;
  /** The segment that is being said, and its number. */
  readonly segmentText: string;
  readonly segment: number;
  push(piece: string): void;
  /** Forgets the segment that is being said; the clients are told when they heard some of it. */
  retract(): void;
  /** Sends what is waiting and begins the next segment. */
  endSegment(): void;
  /** Sends what is waiting. Nothing is sent afterwards until the next push. */
  flush(): void;
};

const STEP_MS = 50;
const SEPARATOR = '\n\n';

export function createRunOutput(clock: GatewayClock, onStep: (step: OutputStep) => void): RunOutput {
  let before = '';
  let segment = 1;
  let text = '';
  let sent = 0;
  let lastStepAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;

  const answer = () => (before === '' || text === '' ? before + text : before + SEPARATOR + text);
  const flush = () => {
    cancel?.();
    cancel = null;
    if (sent === text.length) return;
    const delta = text.slice(sent);
    const isFirst = sent === 0 && before !== '';
    sent = text.length;
    lastStepAt = clock.now();
    onStep({
      segment,
      delta,
      segmentText: text,
      answerDelta: isFirst ? SEPARATOR + delta : delta,
      answer: answer(),
      replace: false,
    });
  };

  return {
    get text() {
      return answer();
    },
    get segmentText() {
      return text;
    },
    get segment() {
      return segment;
    },
    push(piece) {
      text += piece;
      const wait = lastStepAt + STEP_MS - clock.now();
      if (wait <= 0) flush();
      else cancel ??= clock.after(wait, flush);
    },
    retract() {
      cancel?.();
      cancel = null;
      const wasHeard = sent > 0;
      text = '';
      sent = 0;
      if (!wasHeard) return;
      onStep({ segment, delta: '', segmentText: '', answerDelta: before, answer: before, replace: true });
    },
    endSegment() {
      flush();
      before = answer();
      text = '';
      sent = 0;
      segment += 1;
    },
    flush,
  };
}
