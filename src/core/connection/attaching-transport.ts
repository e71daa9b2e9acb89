import { assertNever } from '../../shared/assert-never.ts';
import type { TransportPhase } from '../../shared/connection/connection-state.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import { backoffDelayMs } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { createListeners } from '../listeners.ts';
import type { PortVerdict } from '../port-holder/look-at-port.ts';
import type { Transport } from './transport.ts';

export type AttachingOptions = {
  /** The Gateway that Chela runs itself, on a fixed port. */
  own: Transport;
  port: number;
  /** Who holds the port. Asked before a start, when the port is taken, and while somebody else's Gateway is used. */
  look: () => Promise<PortVerdict>;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
};

type State =
  | { readonly tag: 'stopped' }
  | { readonly tag: 'looking' }
  | { readonly tag: 'own' }
  | { readonly tag: 'attached'; readonly sinceMs: number; readonly pid: number | null }
  | {
      readonly tag: 'waiting';
      readonly attempt: number;
      readonly retryAt: number;
      readonly error: AppError;
    }
  | { readonly tag: 'stranger'; readonly error: AppError };

const CHECK_EVERY_MS = 10_000;
/** A Gateway that starts itself again is to find its port free. */
const GRACE_MS = 3000;
/** One that was used for a shorter time counts as one more failure. */
const STABLE_AFTER_MS = 30_000;
/** While it starts itself again, as it announced. */
const CHECK_RESTART_MS = 1000;

/**
 *  stopped ─start─► looking ──free───► own ──port taken──► looking
 *                    ▲  │ └─stranger─► stranger: permanent; retryNow looks again
 *                    │  └───gateway──► attached ──it ended──► waiting{attempt, retryAt}; not while it restarts
 *                    └──────────── due, retryNow ────────────────┘
 *
 * Uses a Gateway that already runs on the port, and starts Chela's own where none does. Never races one: a port
 * is looked at before each start, and late verdicts are dropped.
 */
export function attachingTransport({ own, port, look, clock, random }: AttachingOptions): Transport {
  const changes = createListeners<void>();
  let state: State = { tag: 'stopped' };
  let generation = 0;
  let failures = 0;
  let isLooking = false;
  let isOwnStarted = false;
  let ownSinceMs: number | null = null;
  /** Epoch milliseconds. */
  let restartingUntil = 0;
  let cancelTimer = () => {};

  function enter(next: State): void {
    state = next;
    changes.announce();
  }

  async function ask(onVerdict: (verdict: PortVerdict) => void): Promise<void> {
    cancelTimer();
    generation += 1;
    const mine = generation;
    isLooking = true;
    const verdict = await look();
    if (mine !== generation) return;
    isLooking = false;
    onVerdict(verdict);
  }

  /** `otherwise`: what to do about a free port. */
  function lookFirst(otherwise: () => void): void {
    enter({ tag: 'looking' });
    void ask((verdict) => {
      if (verdict.tag === 'free') otherwise();
      else if (verdict.tag === 'gateway') attach(verdict.pid);
      else enter({ tag: 'stranger', error: verdict.error });
    });
  }

  function runOwn(): void {
    // It announces itself when it has begun; before, it is `off`, which is nobody's business.
    state = { tag: 'own' };
    if (isOwnStarted) own.retryNow();
    else own.start();
    isOwnStarted = true;
  }

  function onOwnChange(): void {
    const phase = own.phase();
    ownSinceMs = phase.tag === 'up' ? (ownSinceMs ?? clock.now()) : null;
    if (state.tag !== 'own') return;
    if (phase.tag === 'failed' && phase.error.code === 'PORT_IN_USE') {
      // Free after all: whoever it was is gone again, and a person decides.
      lookFirst(() => enter({ tag: 'stranger', error: phase.error }));
    } else {
      changes.announce();
    }
  }

  function attach(pid: number | null): void {
    enter({ tag: 'attached', sinceMs: clock.now(), pid });
    scheduleCheck();
  }

  function scheduleCheck(afterMs = CHECK_EVERY_MS): void {
    cancelTimer();
    cancelTimer = clock.after(afterMs, check);
  }

  function check(): void {
    if (state.tag !== 'attached' || isLooking) return;
    const { sinceMs, pid } = state;
    void ask((verdict) => {
      if (verdict.tag !== 'gateway' && clock.now() < restartingUntil) scheduleCheck(CHECK_RESTART_MS);
      else if (verdict.tag !== 'gateway') waitForAnother(sinceMs);
      else if (verdict.pid === null || verdict.pid === pid) scheduleCheck();
      else attach(verdict.pid);
    });
  }

  function waitForAnother(sinceMs: number): void {
    failures = clock.now() - sinceMs >= STABLE_AFTER_MS ? 1 : failures + 1;
    const delayMs = Math.max(GRACE_MS, backoffDelayMs(failures, random()));
    cancelTimer = clock.after(delayMs, () => lookFirst(runOwn));
    enter({
      tag: 'waiting',
      attempt: failures,
      retryAt: clock.now() + delayMs,
      error: appError('ATTACHED_GATEWAY_ENDED', 'the Gateway on the port ended', { details: { port } }),
    });
  }

  const url = `ws://127.0.0.1:${port}`;
  return {
    start() {
      own.onDidChange(onOwnChange);
      lookFirst(runOwn);
    },
    async stop() {
      generation += 1;
      cancelTimer();
      changes.clear();
      state = { tag: 'stopped' };
      // A Gateway that somebody else started stays.
      await own.stop();
    },
    retryNow() {
      if (state.tag === 'own') own.retryNow();
      else if (state.tag === 'attached') check();
      else if (state.tag === 'waiting' || state.tag === 'stranger') lookFirst(runOwn);
    },
    probeNow: () => (state.tag === 'attached' ? check() : own.probeNow()),
    linkLost: check,
    restartAnnounced(notice) {
      if (state.tag === 'attached') restartingUntil = clock.now() + notice.withinMs;
      else own.restartAnnounced?.(notice);
    },
    phase(): TransportPhase {
      switch (state.tag) {
        case 'stopped':
          return { tag: 'off' };
        case 'looking':
          return { tag: 'starting', step: 'port' };
        case 'own':
          return own.phase();
        case 'attached':
          return { tag: 'up' };
        case 'waiting':
          return { ...state, tag: 'backingOff' };
        case 'stranger':
          return { tag: 'failed', error: state.error };
        default:
          return assertNever(state);
      }
    },
    url: () => (state.tag === 'attached' ? url : own.url()),
    localRun() {
      if (state.tag === 'attached') return { startedBy: 'another', sinceMs: state.sinceMs, pid: state.pid };
      return ownSinceMs === null ? null : { startedBy: 'chela', sinceMs: ownSinceMs, pid: null };
    },
    tunnelState: own.tunnelState,
    refusal: own.refusal,
    sshDetails: own.sshDetails,
    sshConnection: own.sshConnection,
    onDidChange: changes.add,
  };
}
