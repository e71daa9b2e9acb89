import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RequestFunction } from '../../shared/contract/requests.ts';
import type { VersionedSnapshot } from '../../shared/contract/snapshot.ts';
import type { Bridge, BridgeState } from '../bridge.ts';

export type { BridgeState };

/** The last snapshot the engine sent, and whether it can be reached. Nothing here is ever guessed or patched. */
export type AppState = { bridge: BridgeState; current: VersionedSnapshot | null };

export type AppStore = { store: StoreApi<AppState>; request: RequestFunction; start(): void };

export function createAppStore(bridge: Bridge): AppStore {
  const store = createStore<AppState>(() => ({ bridge: bridge.state(), current: null }));
  // A restarted engine counts from the beginning, so the first snapshot after `ready` always holds.
  let isFresh = true;

  return {
    store,
    request: bridge.request,
    start() {
      bridge.onDidChangeState(() => {
        if (bridge.state() === 'ready') isFresh = true;
        store.setState({ bridge: bridge.state() });
      });
      bridge.onEvent((event) => {
        if (event.event !== 'snapshot') return;
        const { current } = store.getState();
        if (!isFresh && current && event.payload.revision <= current.revision) return;
        isFresh = false;
        store.setState({ current: event.payload });
      });
    },
  };
}
