import { createStore, type StoreApi } from 'zustand/vanilla';
import { type DoctorStep, doctorStepIds } from '../../shared/contract/doctor.ts';
import type { ContractEvent } from '../../shared/contract/events.ts';
import { type AppError, appError } from '../../shared/errors.ts';
import type { Result } from '../../shared/result.ts';
import type { Bridge } from '../bridge.ts';

/**
 *  idle ──run──► starting ──► running ──► done          every rung was climbed or skipped
 *                   │            ├──stop──► stopped     a person had enough
 *                   └──failed────┴──► failed{error}     the doctor itself could not go on
 *  and from done, stopped and failed: run ──► starting
 */
type DoctorPhase =
  | { tag: 'idle' }
  | { tag: 'starting' }
  | { tag: 'running' }
  | { tag: 'done' }
  | { tag: 'stopped' }
  | { tag: 'failed'; error: AppError };

/** The last run. `steps` holds only the rungs heard of, lowest first. */
export type DoctorState = { phase: DoctorPhase; runId: string | null; steps: readonly DoctorStep[] };

export type DoctorActions = {
  /** Climbs from the beginning; nothing happens while it climbs. Rungs of an earlier run are dropped, however late. */
  run(): Promise<void>;
  stop(): Promise<void>;
  /** The last run as text to copy; never rejects. */
  report(withNames: boolean): Promise<Result<{ text: string }>>;
};

export type DoctorStore = { store: StoreApi<DoctorState>; actions: DoctorActions; start(): void };

type DoctorEvent = Extract<ContractEvent, { event: `doctor.${string}` }>;

export function createDoctorStore(
  bridge: Pick<Bridge, 'request' | 'onEvent' | 'state' | 'onDidChangeState'>,
): DoctorStore {
  const store = createStore<DoctorState>(() => ({ phase: { tag: 'idle' }, runId: null, steps: [] }));
  /** The first rungs may be heard before the answer that names their run. */
  let early: DoctorEvent[] = [];

  const isClimbing = () => ['starting', 'running'].includes(store.getState().phase.tag);

  function take(event: DoctorEvent): void {
    const { runId, steps, phase } = store.getState();
    if (phase.tag === 'starting') {
      early.push(event);
      return;
    }
    if (event.payload.runId !== runId) return;
    if (event.event === 'doctor.step') store.setState({ steps: withStep(steps, event.payload.step) });
    else if (phase.tag === 'running') store.setState({ phase: { tag: 'done' } });
  }

  return {
    store,
    actions: {
      async run() {
        if (isClimbing()) return;
        early = [];
        store.setState({ phase: { tag: 'starting' }, runId: null, steps: [] });
        const result = await bridge.request('doctor.run', {});
        if (store.getState().phase.tag !== 'starting') return;
        if (!result.ok) return store.setState({ phase: { tag: 'failed', error: result.error } });
        store.setState({ phase: { tag: 'running' }, runId: result.value.runId });
        const waiting = early;
        early = [];
        for (const event of waiting) take(event);
      },
      async stop() {
        const { runId, phase } = store.getState();
        if (phase.tag !== 'running' || runId === null) return;
        store.setState({ phase: { tag: 'stopped' } });
        await bridge.request('doctor.stop', { runId });
      },
      report: (withNames) => bridge.request('doctor.report', { withNames }),
    },
    start() {
      bridge.onEvent((event) => {
        if (event.event === 'doctor.step' || event.event === 'doctor.done') take(event);
      });
      bridge.onDidChangeState(() => {
        // The engine forgets a run with the screen that asked for it.
        if (bridge.state() === 'ready' || !isClimbing()) return;
        const error = appError('BRIDGE_CLOSED', 'the bridge was lost while the ladder was climbed');
        store.setState({ phase: { tag: 'failed', error } });
      });
    },
  };
}

function withStep(steps: readonly DoctorStep[], step: DoctorStep): readonly DoctorStep[] {
  return doctorStepIds.flatMap((id) => (id === step.id ? [step] : steps.filter((other) => other.id === id)));
}
