import type { DoctorEvidence, DoctorFix, DoctorStep, DoctorStepId } from '../../shared/contract/doctor.ts';
import { type AppError, toAppError } from '../../shared/errors.ts';
import type { doctor } from '../../shared/i18n/en/doctor.ts';

/** What was seen, under a key of the catalogues. */
export type Evidence = DoctorEvidence & { key: keyof typeof doctor.evidence };

export function evidence(key: Evidence['key'], values: Evidence['values'] = {}): Evidence {
  return { key, values };
}

/** How a rung ended. `value` is what the rungs above it stand on. */
export type Outcome<T> =
  | { readonly ok: true; readonly evidence: Evidence; readonly value: T }
  | { readonly ok: false; readonly evidence: Evidence | null; readonly error: AppError };

export function holds(seen: Evidence): Outcome<true>;
export function holds<T>(seen: Evidence, value: T): Outcome<T>;
export function holds<T>(seen: Evidence, value?: T): Outcome<T | true> {
  return { ok: true, evidence: seen, value: value ?? true };
}

export const breaks = (error: AppError, seen: Evidence | null = null): Outcome<never> => ({
  ok: false,
  evidence: seen,
  error,
});

export type Ladder = {
  begin(id: DoctorStepId): void;
  /** Shows a rung that is under way with what is known so far. */
  show(id: DoctorStepId, seen: Evidence): void;
  /** The value of a rung that holds, or null. A rung that was not begun took no time. */
  end<T>(id: DoctorStepId, outcome: Outcome<T>): T | null;
  /** `begin`, the work, `end`. What the work throws breaks the rung, unless the signal fired: then it goes on up. */
  climb<T>(id: DoctorStepId, work: () => Outcome<T> | Promise<Outcome<T>>): Promise<T | null>;
  skip(id: DoctorStepId, why: Evidence): void;
  /** Takes time off the rung that is under way: a person was thinking. */
  discount(ms: number): void;
  /** Whatever has not ended is skipped for this reason. Every rung, bottom first. */
  finish(why: Evidence): DoctorStep[];
};

export type LadderOptions = {
  /** The rungs of this climb, bottom first. */
  readonly rungs: readonly DoctorStepId[];
  readonly onStep: (step: DoctorStep) => void;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
  readonly fixFor: (error: AppError) => DoctorFix;
  /** Blanked wherever they turn up: a server may echo what it was sent. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
};

/** The record of one climb. It knows the order and the time, not what a rung is about. */
export function createLadder(options: LadderOptions): Ladder {
  const { monotonicNow, fixFor } = options;
  const ended = new Map<DoctorStepId, DoctorStep>();
  const startedAt = new Map<DoctorStepId, number>();
  let discounted = 0;

  const tell = (step: DoctorStep) => options.onStep(blank(step, options.secrets));
  const settle = (step: DoctorStep) => {
    const told = blank(step, options.secrets);
    ended.set(step.id, told);
    options.onStep(told);
  };
  const running = (id: DoctorStepId, seen: Evidence | null) =>
    tell({ id, status: 'running', ms: null, evidence: seen, error: null, fix: null });

  const ladder: Ladder = {
    begin(id) {
      discounted = 0;
      startedAt.set(id, monotonicNow());
      running(id, null);
    },
    show: running,
    end(id, outcome) {
      const started = startedAt.get(id);
      const ms = started === undefined ? 0 : Math.max(0, Math.round(monotonicNow() - started - discounted));
      if (outcome.ok) {
        settle({ id, status: 'passed', ms, evidence: outcome.evidence, error: null, fix: null });
        return outcome.value;
      }
      const { error } = outcome;
      settle({ id, status: 'failed', ms, evidence: outcome.evidence, error, fix: fixFor(error) });
      return null;
    },
    async climb(id, work) {
      options.signal.throwIfAborted();
      ladder.begin(id);
      try {
        return ladder.end(id, await work());
      } catch (thrown) {
        if (options.signal.aborted) throw thrown;
        return ladder.end(id, breaks(toAppError(thrown)));
      }
    },
    skip(id, why) {
      settle({ id, status: 'skipped', ms: null, evidence: why, error: null, fix: null });
    },
    discount(ms) {
      discounted += ms;
    },
    finish(why) {
      for (const id of options.rungs) if (!ended.has(id)) ladder.skip(id, why);
      return options.rungs.flatMap((id) => ended.get(id) ?? []);
    },
  };
  return ladder;
}

/** Short values are left: blanking "a" would leave nothing readable, and no Gateway takes such a token. */
const MIN_SECRET = 4;

function blank(step: DoctorStep, secrets: readonly string[]): DoctorStep {
  const found = secrets.filter((secret) => secret.length >= MIN_SECRET);
  if (found.length === 0) return step;
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return found.reduce((text, secret) => text.replaceAll(secret, '•••'), value);
    }
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item)]));
    }
    return value;
  };
  return {
    ...step,
    evidence: clean(step.evidence) as DoctorStep['evidence'],
    error: clean(step.error) as DoctorStep['error'],
    fix: clean(step.fix) as DoctorStep['fix'],
  };
}
