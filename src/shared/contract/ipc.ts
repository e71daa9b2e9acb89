/**
 * Electron's carrier, between the preload and the one wrapper in main.
 * `request(method, params) → Result` by invoke; `subscribe(id)` and `unsubscribe(id)` are sent by the page, whose
 * events come back as `event(id, ContractEvent)`.
 */
export const ipcChannels = {
  request: 'chela:request',
  subscribe: 'chela:subscribe',
  unsubscribe: 'chela:unsubscribe',
  event: 'chela:event',
} as const;
