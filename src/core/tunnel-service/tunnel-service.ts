import { check, lock } from 'proper-lockfile';
import { DEFAULT_GATEWAY_PORT } from '../../shared/config/port.ts';
import { parseSshTarget, type SshTarget } from '../../shared/connection/ssh-target.ts';
import type {
  TunnelChange,
  TunnelOutcome,
  TunnelPlan,
  TunnelRun,
  TunnelServiceStatus,
  ValidTunnelChoices,
} from '../../shared/contract/tunnel-service.ts';
import { AppErrorException, appError, toAppError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { createListeners } from '../listeners.ts';
import { isListening } from '../port-holder/is-listening.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { type GatherParts, gatherInstall, type TokenState, type WantedTunnel } from './facts.ts';
import { type InstallParts, installSteps, keptChoices, recordOf } from './install.ts';
import { type Journal, journalFile, type PendingRecord, readJournal, writeJournal } from './journal.ts';
import { type Place, placeOf } from './place.ts';
import { planInstall } from './plan.ts';
import { type ServiceManager, waitMs } from './service-manager.ts';
import { managerOf, readStatus } from './status.ts';
import { runTransaction, type TransactionOptions, undoAll } from './transaction.ts';
import type { UndoTools } from './undo.ts';
import { gatherUninstall, planUninstall } from './uninstall.ts';
import { uninstallSteps } from './uninstall-steps.ts';

/** The persistent tunnel of this user (R30-R37); the app and the command line have the same. Nothing here rejects. */
export type TunnelService = {
  status(): Promise<Result<TunnelServiceStatus>>;
  plan(what: TunnelChange, choices: ValidTunnelChoices): Promise<Result<TunnelPlan>>;
  /** Carries out the plan with this id; an error means that nothing was touched. */
  apply(what: TunnelChange, choices: ValidTunnelChoices, id: string): Promise<Result<TunnelOutcome>>;
  /** Ends a run after the step it is at, and undoes it. */
  cancel(): void;
  settle(how: 'resume' | 'rollback'): Promise<Result<TunnelOutcome>>;
  control(action: 'start' | 'stop' | 'restart'): Promise<Result<TunnelServiceStatus>>;
  log(lines: number): Promise<Result<{ source: string; lines: string[] }>>;
  /** The one that runs, or ran last. */
  run(): TunnelRun | null;
  onDidChange(listener: () => void): () => void;
  /**
   * Resolves when somebody listens on the port, or no service of ours is on its way to it: at once where none is installed or it is
   * stopped, and after {@link patienceMs} where it does not come. Never rejects.
   */
  awaitPort(port: number, signal: AbortSignal): Promise<void>;
  /** Cancels, and resolves when all is undone. */
  stop(): Promise<void>;
};

export type TunnelServiceOptions = {
  readonly place: Pick<Place, 'homeDir' | 'dataDir' | 'env'> & Partial<Place>;
  /** `sshTarget` as typed, instead of the saved one. Fails with what is wrong with it. */
  readonly wanted: (sshTarget?: string) => Result<WantedTunnel>;
  /** A session with a target, with the engine's usual questions. Rejects with an AppErrorException. */
  readonly connect: (target: SshTarget, signal: AbortSignal) => Promise<SshConnection>;
  readonly token: {
    state(): TokenState;
    /** Keeps the one of this session where it outlives a restart. */
    keep(): Promise<Result<unknown>>;
    save(token: string): Promise<Result<unknown>>;
    forget(): Promise<Result<unknown>>;
  };
  /** Chela's own tunnel lets its port go, and comes back: to adopt the service, or to take the port again. */
  readonly handOver: { release(): Promise<void>; takeBack(): Promise<void> };
};

/** Who was killed in the middle of a change holds it this long. */
const lockOptions = { realpath: false, stale: 5000, update: 1000 };

/** Longer than a service manager waits between two starts, and a login takes. */
const patienceMs = 25_000;

export function createTunnelService(options: TunnelServiceOptions): TunnelService {
  const place = placeOf(options.place);
  const { dataDir } = place;
  const changes = createListeners<void>();
  let last: TunnelRun | null = null;
  let running: { readonly stop: AbortController; readonly ended: Promise<unknown> } | null = null;

  async function partsNow(): Promise<GatherParts> {
    const journal = await readJournal(dataDir);
    return {
      // A terminal may see less of this computer than the desktop did, and what is installed is where it is.
      place: { ...place, manager: place.manager ?? journal.installed?.facts.manager ?? null },
      journal,
      wanted: (sshTarget) => unwrap(options.wanted(sshTarget)),
      token: options.token.state,
    };
  }

  async function status(): Promise<TunnelServiceStatus> {
    const wanted = options.wanted();
    const port = wanted.ok ? wanted.value.localPort : DEFAULT_GATEWAY_PORT;
    const found = await readStatus(await partsNow(), port);
    // What is under way, here or in another process, is not interrupted.
    return found.interrupted && (await isBusy()) ? { ...found, interrupted: null } : found;
  }

  async function isBusy(): Promise<boolean> {
    return running !== null || (await check(journalFile(dataDir), lockOptions).catch(() => false));
  }

  async function planNow(what: TunnelChange, choices: ValidTunnelChoices) {
    const parts = await partsNow();
    if (what === 'uninstall') {
      const facts = await gatherUninstall(parts.journal, choices);
      const manager = await managerOf(parts);
      return { what, facts, manager, plan: planUninstall(facts, manager), journal: parts.journal } as const;
    }
    const { facts, tools } = await gatherInstall(parts, what, choices);
    return {
      what,
      facts,
      ...tools,
      plan: planInstall(facts, tools.manager, place.homeDir),
      journal: parts.journal,
    } as const;
  }

  type Planned = Awaited<ReturnType<typeof planNow>>;

  /** One at a time, in this process and among all. */
  async function exclusively<T>(what: TunnelChange, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (running) throw busy();
    const stop = new AbortController();
    const ended = Promise.withResolvers<void>();
    running = { stop, ended: ended.promise };
    const before = last;
    try {
      const release = await lock(journalFile(dataDir), {
        ...lockOptions,
        onCompromised: () => undefined,
      }).catch((thrown: NodeJS.ErrnoException) => {
        throw thrown.code === 'ELOCKED' ? busy() : thrown;
      });
      try {
        last = { id: crypto.randomUUID(), what, steps: [], outcome: null };
        return await work(stop.signal);
      } finally {
        // It was refused, and no run came of it.
        if (last?.outcome === null) last = before;
        await release().catch(() => undefined);
      }
    } finally {
      running = null;
      ended.resolve();
      changes.announce();
    }
  }

  function show(change: Partial<TunnelRun>): void {
    if (last) last = { ...last, ...change };
    changes.announce();
  }

  function finished(outcome: TunnelOutcome): TunnelOutcome {
    show({ outcome });
    return outcome;
  }

  async function carryOut(
    planned: Planned,
    carried: PendingRecord['undo'],
    signal: AbortSignal,
  ): Promise<TunnelOutcome> {
    const sessions = createSessions(options.connect);
    try {
      const outcome = await runTransaction({
        dataDir,
        // By what was installed before: that is what it goes back to.
        undoTools: undoTools(await managerOf(await partsNow()), sessions),
        onProgress: (steps) => show({ steps }),
        signal,
        ...workOf(planned, carried, sessions.until(signal), signal),
      });
      await options.handOver.takeBack();
      return finished(outcome);
    } finally {
      await sessions.closeAll();
    }
  }

  function workOf(
    planned: Planned,
    carried: PendingRecord['undo'],
    connect: UndoTools['connect'],
    signal: AbortSignal,
  ): Pick<TransactionOptions, 'pending' | 'steps' | 'installed'> {
    const begun = { what: planned.what, atMs: place.clock.now(), undo: carried };
    if (planned.what === 'uninstall') {
      const { record, skip } = planned.facts;
      return {
        pending: { ...begun, choices: { ...record.choices, skip: [...skip] } },
        steps: uninstallSteps({ ...planned, place, connect, forgetToken }),
        installed: () => null,
      };
    }
    const { facts } = planned;
    const parts: InstallParts = {
      ...planned,
      place,
      connect,
      saveToken: async (token) => void unwrap(await options.token.save(token)),
      keepToken: async () => void unwrap(await options.token.keep()),
      releasePort: () => options.handOver.release(),
      signal,
    };
    const { steps, copied } = installSteps(parts);
    return {
      pending: { ...begun, choices: keptChoices(facts.choices) },
      steps,
      installed: (undo) => recordOf(parts, copied(), undo),
    };
  }

  const forgetToken = async () => void unwrap(await options.token.forget());

  /** What was begun is undone to its end, whoever cancelled it. */
  function undoTools(manager: ServiceManager, sessions: ReturnType<typeof createSessions>): UndoTools {
    return { place, manager, connect: sessions.until(new AbortController().signal), forgetToken };
  }

  async function settle(how: 'resume' | 'rollback'): Promise<TunnelOutcome> {
    const { pending: seen } = await readJournal(dataDir);
    if (seen === null) return { tag: 'done' };
    return exclusively(seen.what, async (signal) => {
      // Another process may have settled it meanwhile.
      const { pending } = await readJournal(dataDir);
      if (pending === null) return finished({ tag: 'done' });
      if (how === 'rollback') return finished(await rollBack(pending));
      const { keyFile, ...choices } = pending.choices;
      const planned = await planNow(pending.what, { ...choices, key: { kind: 'use', file: keyFile } });
      if (!planned.plan.isReady) throw blocked(planned.plan);
      return carryOut(planned, pending.undo, signal);
    });
  }

  async function rollBack(pending: PendingRecord): Promise<TunnelOutcome> {
    const parts = await partsNow();
    const sessions = createSessions(options.connect);
    try {
      const manager = await managerOf(parts);
      const { left, restored, undo } = await undoAll(pending.undo, undoTools(manager, sessions));
      const rest = left.length === 0 ? null : { ...pending, undo };
      await writeJournal(dataDir, { ...parts.journal, pending: rest });
      await options.handOver.takeBack();
      const error = left[0]?.error;
      return error
        ? { tag: 'failed', error, step: pending.done.at(-1) ?? 'proof', restored, left }
        : { tag: 'done' };
    } finally {
      await sessions.closeAll();
    }
  }

  async function control(action: 'start' | 'stop' | 'restart'): Promise<TunnelServiceStatus> {
    const parts = await partsNow();
    if (parts.journal.installed === null) throw absent();
    if (await isBusy()) throw busy();
    const manager = await managerOf(parts);
    // To start it, its port has to be free; after a stop the app's own tunnel takes over.
    if (action !== 'stop') await options.handOver.release();
    try {
      await manager[action]();
      if (action !== 'stop') await untilListening(parts.journal, place);
    } finally {
      await options.handOver.takeBack();
    }
    return status();
  }

  async function log(lines: number): Promise<{ source: string; lines: string[] }> {
    const parts = await partsNow();
    const { installed, pending } = parts.journal;
    // What a change that was cut off has started may have said why.
    if (installed === null && pending === null) throw absent();
    return (await managerOf(parts)).log(lines);
  }

  async function awaitPort(port: number, signal: AbortSignal): Promise<void> {
    const parts = await partsNow();
    const { installed, pending } = parts.journal;
    if (installed?.facts.localPort !== port || pending) return;
    const { tag } = await (await managerOf(parts)).state();
    if (tag !== 'running' && tag !== 'restarting') return;
    const giveUpAt = place.clock.now() + patienceMs;
    while (!signal.aborted && place.clock.now() < giveUpAt && !(await isListening(port))) {
      await waitMs(place.clock, 250);
    }
  }

  return {
    status: () => attempt(status),
    plan: (what, choices) => attempt(async () => (await planNow(what, choices)).plan),
    apply: (what, choices, id) =>
      attempt(() =>
        exclusively(what, async (signal) => {
          const planned = await planNow(what, choices);
          if (planned.journal.pending) {
            throw new AppErrorException(appError('TUNNEL_SERVICE_INTERRUPTED', 'an earlier change is open'));
          }
          if (planned.plan.id !== id)
            throw new AppErrorException(appError('TUNNEL_PLAN_STALE', 'another plan by now'));
          if (!planned.plan.isReady) throw blocked(planned.plan);
          return carryOut(planned, [], signal);
        }),
      ),
    cancel: () => running?.stop.abort(),
    settle: (how) => attempt(() => settle(how)),
    control: (action) => attempt(() => control(action)),
    log: (lines) => attempt(() => log(lines)),
    run: () => last,
    onDidChange: changes.add,
    awaitPort: (port, signal) => awaitPort(port, signal).catch(() => undefined),
    async stop() {
      running?.stop.abort();
      await running?.ended;
    },
  };
}

function busy(): AppErrorException {
  return new AppErrorException(appError('TUNNEL_SERVICE_BUSY', 'another change is under way'));
}

function absent(): AppErrorException {
  return new AppErrorException(appError('TUNNEL_SERVICE_ABSENT', 'nothing is installed'));
}

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new AppErrorException(result.error);
  return result.value;
}

async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (thrown) {
    return err(toAppError(thrown));
  }
}

/** With what stands in the way of the first blocked step. */
function blocked({ steps }: TunnelPlan): AppErrorException {
  const step = steps.find(({ state }) => state === 'blocked');
  return new AppErrorException(step?.error ?? appError('TUNNEL_PLAN_BLOCKED', 'a step is blocked'));
}

/** One session for each host of a run. */
function createSessions(connect: TunnelServiceOptions['connect']) {
  const open = new Map<string, Promise<SshConnection>>();
  return {
    /** Where none is open, an attempt that ends with `signal`. */
    until:
      (signal: AbortSignal) =>
      (text: string): Promise<SshConnection> => {
        const parsed = parseSshTarget(text);
        if (!parsed.ok)
          throw new AppErrorException(appError('SSH_TARGET_INVALID', text, { details: { target: text } }));
        const session = open.get(text) ?? connect(parsed.target, signal);
        open.set(text, session);
        session.catch(() => open.delete(text));
        return session;
      },
    async closeAll(): Promise<void> {
      for (const session of open.values()) await session.then((one) => one.close()).catch(() => undefined);
    },
  };
}

/** A few seconds for a service to open its port, so that the app finds it there. */
async function untilListening({ installed }: Journal, { clock }: Place): Promise<void> {
  if (installed === null) return;
  for (let tries = 0; tries < 25; tries += 1) {
    if (await isListening(installed.facts.localPort)) return;
    await waitMs(clock, 200);
  }
}
