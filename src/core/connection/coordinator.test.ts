import { describe, expect, it } from 'vitest';
import { appError } from '../../shared/errors.ts';
import { createCoordinator } from './coordinator.ts';
import type { Plan } from './plan.ts';

function plan(port: number): Plan {
  return {
    tag: 'local',
    port,
    gateway: 'auto',
    access: { auth: { mode: 'none' }, nodes: { pairing: { autoApproveLocal: true } } },
    attach: {},
    model: null,
    agent: {},
  };
}

function setUp() {
  const log: string[] = [];
  const gates: (() => void)[] = [];
  const coordinator = createCoordinator((made) => {
    const name = made.tag === 'local' ? `local ${made.port}` : made.tag;
    return {
      name,
      start: () => void log.push(`start ${name}`),
      stop: async () => {
        log.push(`stop ${name}`);
        await new Promise<void>((resolve) => gates.push(resolve));
        log.push(`stopped ${name}`);
      },
    };
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const begin = async () => {
    coordinator.apply(plan(1));
    await coordinator.settled();
  };
  const openGate = async () => {
    await turn();
    gates.shift()?.();
    await turn();
  };
  return { log, coordinator, begin, openGate };
}

describe('coordinator (R6)', () => {
  it('stops the old route wholly before the new one starts', async () => {
    const { log, coordinator, begin, openGate } = setUp();
    await begin();
    coordinator.apply(plan(2));
    await openGate();
    expect(log).toEqual(['start local 1', 'stop local 1', 'stopped local 1', 'start local 2']);
    expect(coordinator.current()?.name).toBe('local 2');
  });

  it('does only the last of the plans that came while it was busy', async () => {
    const { log, coordinator, begin, openGate } = setUp();
    await begin();
    for (const port of [2, 3, 4]) coordinator.apply(plan(port));
    await openGate();
    expect(log).toEqual(['start local 1', 'stop local 1', 'stopped local 1', 'start local 4']);
  });

  it('leaves a running route alone when the plan is the same', async () => {
    const { log, coordinator } = setUp();
    coordinator.apply(plan(1));
    coordinator.apply(plan(1));
    await coordinator.settled();
    expect(log).toEqual(['start local 1']);
  });

  it('goes through a refused plan like any other', async () => {
    const { log, coordinator, begin, openGate } = setUp();
    await begin();
    coordinator.apply({ tag: 'refused', error: appError('SSH_TARGET_MISSING', '') });
    await openGate();
    expect(log.at(-1)).toBe('start refused');
  });

  it('has no route while none is wanted, and makes the same one anew afterwards', async () => {
    const { log, coordinator, begin, openGate } = setUp();
    await begin();
    coordinator.apply(null);
    expect(coordinator.current()).toBeNull();
    await openGate();
    expect(log.at(-1)).toBe('stopped local 1');
    expect(coordinator.current()).toBeNull();
    coordinator.apply(plan(1));
    await coordinator.settled();
    expect(log.at(-1)).toBe('start local 1');
  });

  it('starts nothing after stop, not even a plan that was waiting', async () => {
    const { log, coordinator, begin, openGate } = setUp();
    await begin();
    coordinator.apply(plan(2));
    const done = coordinator.stop();
    coordinator.apply(plan(3));
    await openGate();
    await done;
    expect(log).toEqual(['start local 1', 'stop local 1', 'stopped local 1']);
    expect(coordinator.current()).toBeNull();
  });
});
