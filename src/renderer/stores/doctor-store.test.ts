import { describe, expect, it } from 'vitest';
import type { DoctorStep, DoctorStepId } from '../../shared/contract/doctor.ts';
import { appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { BridgeState } from '../bridge.ts';
import { createFakeBridge } from '../test-support/fake-bridge.ts';
import { remoteSnapshot } from '../test-support/snapshot.ts';
import { createDoctorStore } from './doctor-store.ts';

const step = (id: DoctorStepId, status: DoctorStep['status'] = 'passed'): DoctorStep => ({
  id,
  status,
  ms: status === 'running' ? null : 3,
  evidence: null,
  error: null,
  fix: null,
});

function setUp() {
  const fake = createFakeBridge(remoteSnapshot);
  const doctor = createDoctorStore(fake.bridge);
  doctor.start();
  fake.bridge.start();
  return {
    fake,
    ...doctor,
    see: (runId: string, seen: DoctorStep) =>
      fake.emit({ event: 'doctor.step', payload: { runId, step: seen } }),
    end: (runId: string) => fake.emit({ event: 'doctor.done', payload: { runId } }),
    seen: () => doctor.store.getState().steps.map(({ id, status }) => `${id} ${status}`),
    phase: () => doctor.store.getState().phase.tag,
  };
}

describe('the doctor store (R36)', () => {
  it('fills as it climbs, in the ladder’s order, and ends', async () => {
    const { actions, see, end, seen, phase } = setUp();
    expect(phase()).toBe('idle');
    await actions.run();
    expect(phase()).toBe('running');
    see('run-1', step('network', 'running'));
    see('run-1', step('tcp', 'running'));
    see('run-1', step('network'));
    see('run-1', step('dns', 'skipped'));
    expect(seen()).toEqual(['network passed', 'dns skipped', 'tcp running']);
    end('run-1');
    expect(phase()).toBe('done');
  });

  it('loses no rung that is heard of before the answer', async () => {
    const { fake, actions, see, end, seen, phase } = setUp();
    let answer: (result: Result<unknown>) => void = () => undefined;
    fake.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const running = actions.run();
    await Promise.resolve();
    see('run-2', step('network'));
    see('run-1', step('tcp', 'failed'));
    end('run-2');
    answer(ok({ runId: 'run-2' }));
    await running;
    expect(seen()).toEqual(['network passed']);
    expect(phase()).toBe('done');
  });

  it('drops what an earlier run says late', async () => {
    const { fake, actions, see, end, seen, phase } = setUp();
    await actions.run();
    end('run-1');
    fake.answer = (method) => (method === 'doctor.run' ? ok({ runId: 'run-2' }) : null);
    await actions.run();
    see('run-1', step('tcp', 'failed'));
    end('run-1');
    expect([seen(), phase()]).toEqual([[], 'running']);
  });

  it('climbs once at a time', async () => {
    const { fake, actions } = setUp();
    await Promise.all([actions.run(), actions.run()]);
    await actions.run();
    expect(fake.asked.filter(({ method }) => method === 'doctor.run')).toHaveLength(1);
  });

  it('stops, and still takes the rungs that were under way', async () => {
    const { fake, actions, see, end, seen, phase } = setUp();
    await actions.run();
    await actions.stop();
    expect(fake.asked.at(-1)).toEqual({ method: 'doctor.stop', params: { runId: 'run-1' } });
    see('run-1', step('network', 'skipped'));
    end('run-1');
    expect([seen(), phase()]).toEqual([['network skipped'], 'stopped']);
  });

  it('says what kept it from starting, and may be asked again', async () => {
    const { fake, actions, store, phase } = setUp();
    fake.answer = () => err(appError('INTERNAL', 'x'));
    await actions.run();
    expect(store.getState().phase).toMatchObject({ tag: 'failed', error: { code: 'INTERNAL' } });
    fake.answer = () => null;
    await actions.run();
    expect(phase()).toBe('running');
  });

  it('ends with the bridge, because the engine forgets the run with its screen', async () => {
    let state: BridgeState = 'ready';
    let tell: () => void = () => undefined;
    const { bridge } = createFakeBridge(remoteSnapshot);
    const { store, actions, start } = createDoctorStore({
      request: bridge.request,
      onEvent: bridge.onEvent,
      state: () => state,
      onDidChangeState(listener) {
        tell = listener;
        return () => undefined;
      },
    });
    start();
    await actions.run();
    tell();
    expect(store.getState().phase.tag).toBe('running');
    state = 'lost';
    tell();
    expect(store.getState().phase).toMatchObject({ tag: 'failed', error: { code: 'BRIDGE_CLOSED' } });
  });

  it('fetches the report as it is asked for', async () => {
    const { fake, actions } = setUp();
    fake.answer = () => ok({ text: 'report' });
    expect(await actions.report(true)).toEqual(ok({ text: 'report' }));
    expect(fake.asked).toEqual([{ method: 'doctor.report', params: { withNames: true } }]);
  });
});
