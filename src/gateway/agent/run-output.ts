import type { GatewayClock } from '../clock.ts';
import { shownSoFar, splitMedia } from './media/answer-media.ts';

/** One step of the answer on its way to the clients, without the lines that attach files. */
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
  /** All segments, as they were said. */
  readonly text: string;
  /** The segment that is being said, and its number. */
  readonly segmentText: string;
  readonly segment: number;
  /** What clients were sent of all segments, and of the one that is being said. */
  readonly shown: string;
  readonly shownSegment: string;
  push(piece: string): void;
  /** Forgets the segment that is being said; the clients are told when they heard some of it. */
  retract(): void;
  /** The segment is said: sends what waits of it. Nothing is sent afterwards until the next push. */
  flush(): void;
  /** Begins the next segment; the last was flushed. */
  endSegment(): void;
};

const STEP_MS = 50;
const SEPARATOR = '\n\n';

const joined = (before: string, text: string) =>
  before === '' || text === '' ? before + text : before + SEPARATOR + text;

export function createRunOutput(clock: GatewayClock, onStep: (step: OutputStep) => void): RunOutput {
  let before = '';
  let shownBefore = '';
  let segment = 1;
  let text = '';
  let shown = '';
  let lastStepAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;

  const step = (next: string) => {
    cancel?.();
    cancel = null;
    if (next === shown) return;
    const delta = next.slice(shown.length);
    const isFirst = shown === '' && shownBefore !== '';
    shown = next;
    lastStepAt = clock.now();
    onStep({
      segment,
      delta,
      segmentText: shown,
      answerDelta: isFirst ? SEPARATOR + delta : delta,
      answer: joined(shownBefore, shown),
      replace: false,
    });
  };
  const stepSoFar = () => step(shownSoFar(text));

  return {
    get text() {
      return joined(before, text);
    },
    get segmentText() {
      return text;
    },
    get segment() {
      return segment;
    },
    get shown() {
      return joined(shownBefore, shown);
    },
    get shownSegment() {
      return shown;
    },
    push(piece) {
      text += piece;
      const wait = lastStepAt + STEP_MS - clock.now();
      if (wait <= 0) stepSoFar();
      else cancel ??= clock.after(wait, stepSoFar);
    },
    retract() {
      cancel?.();
      cancel = null;
      const wasHeard = shown !== '';
      text = '';
      shown = '';
      if (!wasHeard) return;
      const answer = shownBefore;
      onStep({ segment, delta: '', segmentText: '', answerDelta: answer, answer, replace: true });
    },
    flush: () => step(splitMedia(text).text),
    endSegment() {
      before = joined(before, text);
      shownBefore = joined(shownBefore, shown);
      text = '';
      shown = '';
      segment += 1;
    },
  };
}
