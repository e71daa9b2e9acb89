import type { Snapshot } from '../../shared/contract/snapshot.ts';

const off = { state: 'off', error: null } as const;
const good = { state: 'good', error: null } as const;

/** A Local mode that works; scenes change parts of it. */
export const localSnapshot: Snapshot = {
  app: { version: '0.1.0', runtime: 'web', platform: 'linux' },
  mode: 'local',
  target: '',
  connection: { tag: 'connected', sinceMs: 0 },
  tunnel: { tag: 'stopped' },
  endpoint: { url: 'ws://127.0.0.1:18789', generation: 1 },
  gatewayKey: 'local',
  gateway: { version: '0.1.0', kind: 'embedded', mainSessionKey: 'agent:main:main' },
  health: { checkedAtMs: 0, ok: true, rttMs: 3, error: null },
  lamps: { network: off, ssh: off, forward: off, gateway: good, authentication: good },
  quality: null,
  ssh: null,
  hostKeyChange: null,
  tunnelRun: null,
  settings: {
    file: '/home/ada/.config/chela/settings.json',
    openclawFile: null,
    mode: { value: 'local', origin: 'default' },
    remote: {
      transport: { value: 'ssh', origin: 'default' },
      url: { value: '', origin: 'default' },
      tlsFingerprint: { value: '', origin: 'default' },
      sshTarget: { value: '', origin: 'default' },
      gatewayPort: { value: 18789, origin: 'default' },
      localPort: { value: 18789, origin: 'default' },
      identityFile: { value: '', origin: 'default' },
      token: { isSet: false, origin: 'default' },
      engine: { value: 'auto', origin: 'default' },
      hostKeyPolicy: { value: 'strict', origin: 'default' },
      sideForwards: { value: false, origin: 'default' },
    },
    local: { port: { value: 18789, origin: 'default' }, gateway: { value: 'auto', origin: 'default' } },
    appearance: { theme: 'system', language: 'en' },
  },
  questions: [],
  earlierOrigins: [],
  notices: [],
};

export const remoteSnapshot: Snapshot = {
  ...localSnapshot,
  mode: 'remote',
  target: 'ada@studio',
  endpoint: { url: 'ws://127.0.0.1:28789', generation: 2 },
  tunnel: { tag: 'up', localPort: 28789, owner: 'app', sinceMs: 0, suspectSinceMs: null },
  lamps: { network: good, ssh: good, forward: good, gateway: good, authentication: good },
  ssh: { engine: 'builtin', crypto: 'native', sideForwards: [] },
  gatewayKey: 'ssh:ada@studio#18789',
  gateway: { version: '2026.9.6', kind: 'openclaw', mainSessionKey: 'agent:main:main' },
  settings: {
    ...localSnapshot.settings,
    mode: { value: 'remote', origin: 'settings' },
    remote: {
      ...localSnapshot.settings.remote,
      sshTarget: { value: 'ada@studio', origin: 'settings' },
      identityFile: { value: '/home/ada/.ssh/id_ed25519', origin: 'openclaw.json' },
      token: { isSet: true, origin: 'settings' },
    },
  },
};

/** At the Gateway's own address, with a pinned certificate. */
export const directSnapshot: Snapshot = {
  ...remoteSnapshot,
  target: 'studio.example',
  via: 'tls',
  endpoint: { url: 'wss://studio.example:18789/', generation: 3, relayOnly: true },
  gatewayKey: 'wss://studio.example:18789/',
  tunnel: { tag: 'stopped' },
  lamps: { network: good, ssh: off, forward: off, gateway: good, authentication: good },
  ssh: null,
  settings: {
    ...remoteSnapshot.settings,
    remote: {
      ...localSnapshot.settings.remote,
      transport: { value: 'direct', origin: 'settings' },
      url: { value: 'wss://studio.example:18789', origin: 'settings' },
      tlsFingerprint: { value: Array(32).fill('A1').join(':'), origin: 'settings' },
      token: { isSet: true, origin: 'settings' },
    },
  },
};
