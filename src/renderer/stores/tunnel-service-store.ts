import { createStore, type StoreApi } from 'zustand/vanilla';
import type {
  TunnelChange,
  TunnelChoices,
  TunnelPlan,
  TunnelServiceStatus,
} from '../../shared/contract/tunnel-service.ts';
import type { AppError } from '../../shared/errors.ts';
import type { Result } from '../../shared/result.ts';
import type { AppState, AppStore } from './app-store.ts';

/**
 *  idle ──plan──► looking ──► shown ──apply──► applying ──► idle     how it ended is in the snapshot's `tunnelRun`
 *                    │         │  ▲└─leave─► idle   │
 *                    │         └choose (looks again) │
 *                    └──► failed ◄───────────────────┘               a plan that went stale is shown anew
 */
export type TunnelServicePhase =
  | { tag: 'idle' }
  | { tag: 'looking'; what: TunnelChange }
  | {
      tag: 'shown';
      plan: TunnelPlan;
      choices: TunnelChoices;
      /** Other choices are being worked out; the plan is that of the last ones. */
      isLooking: boolean;
      /** It was agreed to, and had changed meanwhile. */
      isStale: boolean;
      /** Why the last choices gave no plan. */
      error: AppError | null;
    }
  | { tag: 'applying'; plan: TunnelPlan; isCancelled: boolean }
  | { tag: 'failed'; error: AppError };

type Busy = 'start' | 'stop' | 'restart' | 'resume' | 'rollback';

export type TunnelServiceState = {
  phase: TunnelServicePhase;
  /** Null until the system has answered once. */
  status: Result<TunnelServiceStatus> | null;
  busy: Busy | null;
  /** What was planned last: the focus comes back to its button. */
  opened: TunnelChange;
  /** The run whose end somebody has seen and put away. */
  putAway: string | null;
};

export type TunnelServiceActions = {
  look(): Promise<void>;
  /** Looks, and again whenever Chela hears of what may have changed the service, until the returned function is called. */
  watch(): () => void;
  plan(what: TunnelChange): Promise<void>;
  /** Other choices for the plan on the screen. */
  choose(choices: TunnelChoices): Promise<void>;
  leave(): void;
  apply(): Promise<void>;
  cancel(): void;
  settle(how: 'resume' | 'rollback'): Promise<void>;
  control(action: 'start' | 'stop' | 'restart'): Promise<void>;
};

export type TunnelServiceStore = { store: StoreApi<TunnelServiceState>; actions: TunnelServiceActions };

/** The persistent tunnel (R30-R37) as Settings shows it. It outlives the screen, so that a plan is still there. */
export function createTunnelServiceStore({
  store: app,
  request,
}: Pick<AppStore, 'store' | 'request'>): TunnelServiceStore {
  const store = createStore<TunnelServiceState>(() => ({
    phase: { tag: 'idle' },
    status: null,
    busy: null,
    opened: 'install',
    putAway: null,
  }));
  const run = () => app.getState().current?.snapshot.tunnelRun ?? null;
  const putAwayRun = () => {
    const last = run();
    return last?.outcome ? { putAway: last.id } : {};
  };
  /** Of several requests only the answer to the last counts. */
  let generation = 0;

  async function look(): Promise<void> {
    const status = await request('tunnelService.status', {});
    store.setState({ status });
  }

  function watch(): () => void {
    let last = occasionOf(app.getState());
    // Good news of before is none by now; a failure still waits for somebody to see it.
    const run = app.getState().current?.snapshot.tunnelRun;
    if (run?.outcome?.tag === 'done') store.setState(putAwayRun());
    void look();
    return app.subscribe((state) => {
      const now = occasionOf(state);
      if (now !== last) void look();
      last = now;
    });
  }

  async function planWith(what: TunnelChange, choices: TunnelChoices, isStale = false): Promise<void> {
    generation += 1;
    const mine = generation;
    const planned = await request('tunnelService.plan', { what, choices });
    if (mine !== generation) return;
    const { phase } = store.getState();
    if (planned.ok) {
      store.setState({
        phase: { tag: 'shown', plan: planned.value, choices, isLooking: false, isStale, error: null },
        ...putAwayRun(),
      });
    } else if (phase.tag === 'shown') {
      store.setState({ phase: { ...phase, isLooking: false, error: planned.error } });
    } else {
      store.setState({ phase: { tag: 'failed', error: planned.error } });
    }
  }

  async function busyWith<T>(busy: Busy, work: () => Promise<Result<T>>): Promise<void> {
    if (store.getState().busy !== null) return;
    generation += 1;
    store.setState({ busy, phase: { tag: 'idle' }, ...putAwayRun() });
    const done = await work();
    store.setState({ busy: null });
    if (!done.ok) store.setState({ phase: { tag: 'failed', error: done.error } });
    await look();
  }

  return {
    store,
    actions: {
      look,
      watch,
      async plan(what) {
        if (store.getState().phase.tag === 'looking') return;
        store.setState({ phase: { tag: 'looking', what }, opened: what, ...putAwayRun() });
        await planWith(what, {});
      },
      async choose(choices) {
        const { phase } = store.getState();
        if (phase.tag !== 'shown') return;
        store.setState({ phase: { ...phase, choices, isLooking: true } });
        await planWith(phase.plan.what, choices, phase.isStale);
      },
      leave() {
        generation += 1;
        store.setState({ phase: { tag: 'idle' }, ...putAwayRun() });
      },
      async apply() {
        const { phase } = store.getState();
        if (phase.tag !== 'shown' || phase.isLooking) return;
        const { plan, choices } = phase;
        generation += 1;
        const mine = generation;
        store.setState({ phase: { tag: 'applying', plan, isCancelled: false } });
        const applied = await request('tunnelService.apply', { what: plan.what, choices, id: plan.id });
        if (mine !== generation) return;
        if (applied.ok) {
          store.setState({ phase: { tag: 'idle' } });
        } else if (applied.error.code === 'TUNNEL_PLAN_STALE') {
          await planWith(plan.what, choices, true);
        } else {
          store.setState({ phase: { tag: 'failed', error: applied.error } });
        }
        await look();
      },
      cancel() {
        const { phase } = store.getState();
        if (phase.tag === 'applying') store.setState({ phase: { ...phase, isCancelled: true } });
        void request('tunnelService.cancel', {});
      },
      settle: (how) => busyWith(how, () => request('tunnelService.settle', { how })),
      control: (action) => busyWith(action, () => request('tunnelService.control', { action })),
    },
  };
}

/** Another text where the service may be another, or run otherwise. */
function occasionOf({ current }: AppState): string {
  if (!current) return '';
  const { tunnel, settings, tunnelRun } = current.snapshot;
  const isOver = tunnelRun?.outcome !== null;
  return JSON.stringify([tunnel.tag, settings.remote.sshTarget.value, tunnelRun?.id, isOver]);
}
