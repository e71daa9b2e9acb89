import type { Snapshot } from '../../shared/contract/snapshot.ts';

/** A Local mode that works; scenes change parts of it. */
export const localSnapshot: Snapshot = {
  app: { version: '0.1.0', runtime: 'web', platform: 'linux' },
  mode: 'local',
  target: '',
  connection: { tag: 'connected', sinceMs: 0 },
  tunnel: { tag: 'stopped' },
  endpoint: { url: 'ws://127.0.0.1:18789', generation: 1 },
  gateway: { version: '0.1.0', kind: 'embedded', mainSessionKey: 'agent:main:main' },
  health: { checkedAtMs: 0, ok: true, rttMs: 3, error: null },
  settings: {
    file: '/home/ada/.config/chela/settings.json',
    openclawFile: null,
    mode: { value: 'local', origin: 'default' },
    remote: {
      sshTarget: { value: '', origin: 'default' },
      gatewayPort: { value: 18789, origin: 'default' },
      localPort: { value: 18789, origin: 'default' },
      identityFile: { value: '', origin: 'default' },
      token: { isSet: false, origin: 'default' },
    },
    local: { port: { value: 18789, origin: 'default' } },
    appearance: { theme: 'system', language: 'en' },
  },
  questions: [],
  notices: [],
};

export const remoteSnapshot: Snapshot = {
  ...localSnapshot,
  mode: 'remote',
  target: 'ada@studio',
  endpoint: { url: 'ws://127.0.0.1:28789', generation: 2 },
  gateway: { version: '2026.9.6', kind: 'openclaw', mainSessionKey: 'agent:main:main' },
  settings: {
    ...localSnapshot.settings,
    mode: { value: 'remote', origin: 'settings' },
    remote: {
      sshTarget: { value: 'ada@studio', origin: 'settings' },
      gatewayPort: { value: 18789, origin: 'default' },
      localPort: { value: 18789, origin: 'default' },
      identityFile: { value: '/home/ada/.ssh/id_ed25519', origin: 'openclaw.json' },
      token: { isSet: true, origin: 'settings' },
    },
  },
};
