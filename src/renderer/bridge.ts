import { type ContractEvent, eventSchema } from '../shared/contract/events.ts';
import { type RequestFunction, requests } from '../shared/contract/requests.ts';
import type { ScreenApi } from '../shared/contract/screen-api.ts';
import { appError, toAppError } from '../shared/errors.ts';
import { err, type Result } from '../shared/result.ts';

/**
 *  opening ──► ready ◄──► lost        `lost`: the carrier dropped and is being opened again
 *     └──────────┴──────────┴──► refused   only a new link helps
 */
export type BridgeState = 'opening' | 'ready' | 'lost' | 'refused';

/** The screen's only way to the app, whatever carries it. Requests never reject. */
export type Bridge = {
  request: RequestFunction;
  onEvent(listener: (event: ContractEvent) => void): () => void;
  state(): BridgeState;
  onDidChangeState(listener: () => void): () => void;
  start(): void;
  stop(): void;
};

/** Carries requests and events without looking into them; a {@link Bridge} checks what it brings. */
export type Carrier = {
  request(method: string, params: unknown): Promise<Result<unknown>>;
  /** Values of an event, not yet checked. */
  start(handlers: { event: (event: unknown) => void; state: (state: BridgeState) => void }): void;
  stop(): void;
};

export function createBridge(carrier: Carrier): Bridge {
  const eventListeners = new Set<(event: ContractEvent) => void>();
  const stateListeners = new Set<() => void>();
  let state: BridgeState = 'opening';

  const request: RequestFunction = async (method, params) => {
    try {
      const result = await carrier.request(method, params);
      if (!result.ok) return result;
      const checked = requests[method].result.safeParse(result.value);
      if (!checked.success) return err(appError('INTERNAL', `unexpected answer to ${method}`));
      // The schema that checked it belongs to this very method.
      return { ok: true, value: checked.data as never };
    } catch (thrown) {
      return err(toAppError(thrown));
    }
  };

  return {
    request,
    onEvent(listener) {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    state: () => state,
    onDidChangeState(listener) {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    start() {
      carrier.start({
        event(value) {
          const checked = eventSchema.safeParse(value);
          if (!checked.success) return;
          for (const listener of eventListeners) listener(checked.data);
        },
        state(next) {
          if (next === state) return;
          state = next;
          for (const listener of stateListeners) listener();
        },
      });
      // Made while the carrier opens, in a task of its own: the first snapshot finds it ready.
      setTimeout(() => eventSchema.safeParse({ event: 'snapshot' }));
    },
    stop: () => carrier.stop(),
  };
}

/** Electron's carrier: what the preload put on `window.chela`. */
export function screenApiCarrier(api: ScreenApi): Carrier {
  let unsubscribe: (() => void) | null = null;
  return {
    request: (method, params) =>
      method in requests
        ? api.request(method as keyof typeof requests, params)
        : Promise.resolve(err(appError('BAD_REQUEST', `no such method: ${method}`))),
    start({ event, state }) {
      state('ready');
      unsubscribe = api.subscribe(event);
    },
    stop() {
      unsubscribe?.();
      unsubscribe = null;
    },
  };
}
