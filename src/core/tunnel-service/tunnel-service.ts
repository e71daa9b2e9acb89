import type { SshTarget } from '../../shared/connection/ssh-target.ts';
import type {
  TunnelChange,
  TunnelOutcome,
  TunnelPlan,
  TunnelRun,
  TunnelServiceStatus,
  ValidTunnelChoices,
} from '../../shared/contract/tunnel-service.ts';
import { appError } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { createListeners } from '../listeners.ts';
import { findPortHolder } from '../port-holder/find-port-holder.ts';
import { probeGateway } from '../port-holder/probe-gateway.ts';
import { realSystem, type System } from '../port-holder/system.ts';

/** What a persistent tunnel is to be for, as the settings and the caller say. */
export type WantedTunnel = {
  readonly target: SshTarget;
  readonly localPort: number;
  readonly gatewayPort: number;
  /** The key that was picked in Settings. */
  readonly identityFile: string | null;
};

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
};

export type TunnelServiceOptions = {
  /** `sshTarget` as typed, instead of the saved one. Fails with what is wrong with it. */
  readonly wanted: (sshTarget?: string) => Result<WantedTunnel>;
  readonly system?: System | undefined;
};

export function createTunnelService(options: TunnelServiceOptions): TunnelService {
  const { wanted, system = realSystem } = options;
  const changes = createListeners<void>();
  const notYet = async (): Promise<Result<never>> =>
    err(appError('NOT_AVAILABLE', 'not yet', { details: { reason: 'Not yet' } }));

  async function status(): Promise<Result<TunnelServiceStatus>> {
    const now = wanted();
    const port = now.ok ? now.value.localPort : 18789;
    const [holder, isGateway] = await Promise.all([
      findPortHolder(port, system),
      probeGateway(port, { timeoutMs: 1500 }),
    ]);
    return ok({
      manager: 'systemd',
      unsupported: null,
      state: 'notInstalled',
      installed: null,
      pid: null,
      sinceMs: null,
      lastExit: null,
      port: { port, holder, isService: false, isGateway },
      drift: [],
      targetNow: null,
      hasLegacy: false,
      interrupted: null,
    });
  }

  return {
    status,
    plan: notYet,
    apply: notYet,
    cancel: () => undefined,
    settle: notYet,
    control: notYet,
    log: notYet,
    run: () => null,
    onDidChange: changes.add,
  };
}
