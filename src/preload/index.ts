import { contextBridge, ipcRenderer } from 'electron';
import type { ContractEvent } from '../shared/contract/events.ts';
import { ipcChannels } from '../shared/contract/ipc.ts';
import { SCREEN_API_KEY, type ScreenApi } from '../shared/contract/screen-api.ts';
import { isKnownMethod } from './known-methods.ts';

const listeners = new Map<number, (event: ContractEvent) => void>();
let lastId = 0;

ipcRenderer.on(ipcChannels.event, (_event, id: number, event: ContractEvent) => listeners.get(id)?.(event));

const api: ScreenApi = {
  request(method, params) {
    if (isKnownMethod(method)) return ipcRenderer.invoke(ipcChannels.request, method, params);
    return Promise.resolve({
      ok: false,
      error: { code: 'BAD_REQUEST', message: 'unknown request', retryable: false },
    });
  },
  subscribe(listener) {
    lastId += 1;
    const id = lastId;
    listeners.set(id, listener);
    ipcRenderer.send(ipcChannels.subscribe, id);
    return () => {
      if (listeners.delete(id)) ipcRenderer.send(ipcChannels.unsubscribe, id);
    };
  },
};

contextBridge.exposeInMainWorld(SCREEN_API_KEY, api);
