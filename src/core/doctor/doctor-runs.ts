import type { DoctorStep } from '../../shared/contract/doctor.ts';
import type { ContractEvent } from '../../shared/contract/events.ts';
import { type DoctorPatient, runDoctor } from './run-doctor.ts';

/** The ladders that screens have asked for. */
export type DoctorRuns = {
  /** Starts one and returns its id at once; steps and end go to `announce`. */
  run(announce: (event: ContractEvent) => void): string;
  stop(runId: string): void;
  /** Of the run that ended last; null before there was one. */
  lastSteps(): readonly DoctorStep[] | null;
  /** Stops all; resolves when their sockets are gone. */
  stopAll(): Promise<void>;
};

export type DoctorRunsOptions = {
  /** Read at the start of each run. */
  patient: () => DoctorPatient;
  newId: () => string;
  onFault: (thrown: unknown) => void;
};

export function createDoctorRuns({ patient, newId, onFault }: DoctorRunsOptions): DoctorRuns {
  const running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  let last: readonly DoctorStep[] | null = null;

  async function climb(
    runId: string,
    stop: AbortController,
    announce: (event: ContractEvent) => void,
  ): Promise<void> {
    try {
      last = await runDoctor(patient(), {
        signal: stop.signal,
        onStep: (step) => announce({ event: 'doctor.step', payload: { runId, step } }),
      });
    } catch (thrown) {
      onFault(thrown);
    }
    running.delete(runId);
    announce({ event: 'doctor.done', payload: { runId } });
  }

  return {
    run(announce) {
      const runId = newId();
      const stop = new AbortController();
      // After the answer with the id has gone out.
      const done = Promise.resolve().then(() => climb(runId, stop, announce));
      running.set(runId, { stop, done });
      return runId;
    },
    stop: (runId) => running.get(runId)?.stop.abort(),
    lastSteps: () => last,
    async stopAll() {
      const all = [...running.values()];
      for (const { stop } of all) stop.abort();
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
