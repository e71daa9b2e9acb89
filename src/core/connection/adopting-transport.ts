import type { TransportPhase } from '../../shared/connection/connection-state.ts';
import type { AppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { createListeners } from '../listeners.ts';
import type { AdoptVerdict } from '../port-holder/adopt.ts';
import type { Transport } from './transport.ts';

export type AdoptingOptions = {
  /** A tunnel of our own, on a fixed local port. */
  tunnel: Transport;
  port: number;
  /** Asked when the port is taken, and from time to time while its holder is used. */
  explain: () => Promise<AdoptVerdict>;
  /**
   * Resolves when the persistent tunnel listens on the port, or is not to be waited for: two that start together, or one that the system
   * starts again, would take the port from each other. Never rejects. Absent: nobody is waited for.
   */
  awaitService?: ((signal: AbortSignal) => Promise<void>) | undefined;
  clock: Clock;
};

const CHECK_EVERY_MS = 10_000;

/**
 *  awaiting ──► tunnel ──port taken──► explaining ──adopt──► adopted ──no longer ours──► awaiting, then tried again
 *                                          └────busy────► the tunnel's failure, with the holder's name
 *
 * Uses the persistent tunnel where it already holds the port, and never races it. Late verdicts are dropped.
 */
export function adoptingTransport({
  tunnel,
  port,
  explain,
  awaitService,
  clock,
}: AdoptingOptions): Transport {
  const changes = createListeners<void>();
  let state:
    | { tag: 'awaiting' }
    | { tag: 'tunnel' }
    | { tag: 'explaining' }
    | { tag: 'adopted'; sinceMs: number }
    | { tag: 'busy'; error: AppError } = {
    tag: 'tunnel',
  };
  let generation = 0;
  let cancelCheck = () => {};
  let isStarted = false;
  const stopping = new AbortController();

  function enter(next: typeof state): void {
    state = next;
    changes.announce();
  }

  async function ask(onVerdict: (verdict: AdoptVerdict) => void): Promise<void> {
    cancelCheck();
    generation += 1;
    const mine = generation;
    const verdict = await explain();
    if (mine === generation) onVerdict(verdict);
  }

  function isPortTaken(): boolean {
    const phase = tunnel.phase();
    return phase.tag === 'failed' && phase.error.code === 'PORT_IN_USE';
  }

  function onTunnelChange(): void {
    if (state.tag === 'adopted' || state.tag === 'explaining' || state.tag === 'awaiting') return;
    if (!isPortTaken()) {
      enter({ tag: 'tunnel' });
    } else if (state.tag === 'tunnel') {
      enter({ tag: 'explaining' });
      void ask((verdict) => {
        if (verdict.tag === 'busy') enter({ tag: 'busy', error: verdict.error });
        else adopt();
      });
    }
  }

  function adopt(): void {
    enter({ tag: 'adopted', sinceMs: clock.now() });
    scheduleCheck();
  }

  function scheduleCheck(): void {
    cancelCheck();
    cancelCheck = clock.after(CHECK_EVERY_MS, check);
  }

  function check(): void {
    void ask((verdict) => (verdict.tag === 'adopt' ? scheduleCheck() : awaitThenTry()));
  }

  function awaitThenTry(): void {
    if (!awaitService) {
      tryTunnel();
      return;
    }
    generation += 1;
    cancelCheck();
    const mine = generation;
    enter({ tag: 'awaiting' });
    void awaitService(stopping.signal).then(() => {
      if (mine === generation) tryTunnel();
    });
  }

  /** Nobody is to be waited for, or somebody wants it tried now. */
  function tryTunnel(): void {
    generation += 1;
    cancelCheck();
    state = { tag: 'tunnel' };
    if (isStarted) tunnel.retryNow();
    else tunnel.start();
    isStarted = true;
    changes.announce();
  }

  return {
    start() {
      tunnel.onDidChange(onTunnelChange);
      awaitThenTry();
    },
    stop() {
      generation += 1;
      stopping.abort();
      cancelCheck();
      changes.clear();
      return tunnel.stop();
    },
    retryNow: () => (state.tag === 'adopted' ? check() : tryTunnel()),
    probeNow() {
      if (state.tag === 'adopted') check();
      else if (state.tag !== 'awaiting') tunnel.probeNow();
    },
    phase(): TransportPhase {
      if (state.tag === 'adopted') return { tag: 'up' };
      if (state.tag === 'explaining' || state.tag === 'awaiting') return { tag: 'starting', step: 'port' };
      return state.tag === 'busy' ? { tag: 'failed', error: state.error } : tunnel.phase();
    },
    url: () => (state.tag === 'adopted' ? `ws://127.0.0.1:${port}` : tunnel.url()),
    tunnelState() {
      if (state.tag === 'adopted') {
        return { tag: 'up', localPort: port, owner: 'service', sinceMs: state.sinceMs, suspectSinceMs: null };
      }
      if (state.tag === 'explaining' || state.tag === 'awaiting') return { tag: 'starting', step: 'port' };
      return state.tag === 'busy' ? { tag: 'failed', error: state.error } : tunnel.tunnelState();
    },
    refusal: () => (state.tag === 'adopted' ? null : tunnel.refusal()),
    sshDetails: () => (state.tag === 'adopted' ? null : tunnel.sshDetails()),
    sshConnection: () => tunnel.sshConnection(),
    onDidChange: changes.add,
  };
}
