import type { ContractEvent } from '../shared/contract/events.ts';
import { appError } from '../shared/errors.ts';
import { err, ok, type Result } from '../shared/result.ts';
import type { Dispatch } from './dispatch.ts';
import type { Engine, Screen } from './engine.ts';
import type { GatewayAddress } from './link/dial.ts';
import { openRelay, type Relay } from './link/relay.ts';
import { createListeners } from './listeners.ts';

/** What a handler may do with the screen that asked. */
export type ScreenContext = {
  /** Tells this screen alone. */
  announce(event: ContractEvent): void;
  openRelay(address: GatewayAddress): Result<{ relayId: string }>;
  relay(relayId: string): Relay | null;
};

export type ScreensOptions = {
  dispatch: Dispatch<ScreenContext>;
  engine: Pick<Engine, 'snapshot' | 'onDidChange'>;
  newId: () => string;
};

/** More than one chat per window is not drawn; the rest is room for a reload that overlaps. */
const MAX_RELAYS = 8;

export type Screens = { open(): Screen; disposeAll(): void };

/** One per page or window: its subscription and its relays end with it. */
export function createScreens({ dispatch, engine, newId }: ScreensOptions): Screens {
  const all = new Set<Screen>();

  function open(): Screen {
    const events = createListeners<ContractEvent>();
    const relays = new Map<string, Relay>();
    const stops = new Set<() => void>();

    const context: ScreenContext = {
      announce: events.announce,
      openRelay(address) {
        if (relays.size >= MAX_RELAYS) {
          return err(
            appError('NOT_AVAILABLE', 'too many relays', { details: { reason: 'too many relays' } }),
          );
        }
        const relayId = newId();
        const relay = openRelay({
          ...address,
          onOpen: () => events.announce({ event: 'relay.opened', payload: { relayId } }),
          onMessage: (data) => events.announce({ event: 'relay.message', payload: { relayId, data } }),
          onClose: (code, reason) => {
            relays.delete(relayId);
            events.announce({ event: 'relay.closed', payload: { relayId, code, reason } });
          },
        });
        relays.set(relayId, relay);
        return ok({ relayId });
      },
      relay: (relayId) => relays.get(relayId) ?? null,
    };

    const screen: Screen = {
      request: (method, params) => dispatch(method, params, context),
      subscribe(listener) {
        listener({ event: 'snapshot', payload: engine.snapshot() });
        const stopEvents = events.add(listener);
        const stopSnapshots = engine.onDidChange((payload) => listener({ event: 'snapshot', payload }));
        const stop = () => {
          stopEvents();
          stopSnapshots();
          stops.delete(stop);
        };
        stops.add(stop);
        return stop;
      },
      dispose() {
        all.delete(screen);
        for (const stop of [...stops]) stop();
        events.clear();
        for (const relay of [...relays.values()]) relay.close();
        relays.clear();
      },
    };
    all.add(screen);
    return screen;
  }

  return {
    open,
    disposeAll() {
      for (const screen of [...all]) screen.dispose();
    },
  };
}
