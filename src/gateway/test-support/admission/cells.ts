import type { GatewayOptions } from '../../index.ts';
import type { ConnectOptions } from '../wire-client.ts';

/** One attempt to get in. `world` names the configuration, the rest is what the client does. */
export type Cell = {
  readonly world: World;
  readonly client: string;
  readonly device: 'none' | 'new';
  readonly credential: string;
  readonly origin: string;
  readonly headers: string;
};

export const SECRET = 'a-shared-secret-for-the-matrix-0123456789';

/** The clients of the matrix: identity, mode and role. */
export const clients: Record<string, Pick<ConnectOptions, 'id' | 'mode' | 'role' | 'scopes'>> = {
  cli: { id: 'cli', mode: 'cli' },
  backend: { id: 'gateway-client', mode: 'backend' },
  probe: { id: 'openclaw-probe', mode: 'probe' },
  linux: { id: 'openclaw-linux', mode: 'ui' },
  webchat: { id: 'webchat-ui', mode: 'webchat' },
  controlUi: { id: 'openclaw-control-ui', mode: 'ui' },
  tui: { id: 'openclaw-tui', mode: 'ui' },
  node: { id: 'node-host', mode: 'node', role: 'node', scopes: [] },
};

export const credentials: Record<string, Record<string, string> | null> = {
  none: null,
  token: { token: SECRET },
  password: { password: SECRET },
  wrongToken: { token: 'wrong' },
  wrongPassword: { password: 'wrong' },
  deviceToken: { deviceToken: 'wrong' },
};

/** `HOST` stands for the Gateway's own host and port. */
export const origins: Record<string, string | undefined> = {
  absent: undefined,
  loopback: 'http://localhost:5173',
  foreign: 'https://evil.example',
  null: 'null',
  listed: 'https://chat.example',
  app: 'app://menubar',
  own: 'http://HOST',
};

const user = { 'x-forwarded-user': 'ann@example.com' };
const proto = { 'x-forwarded-proto': 'https' };
const from = (address: string) => ({ 'x-forwarded-for': address });

export const headerSets: Record<string, Record<string, string>> = {
  direct: {},
  forwardedFor: from('10.1.2.3'),
  forwardedForLoopback: from('127.0.0.1'),
  forwardedForGarbage: from('unknown'),
  forwardedChain: from('10.1.2.3, 127.0.0.1'),
  forwarded: { forwarded: 'for=10.1.2.3' },
  forwardedProto: proto,
  realIp: { 'x-real-ip': '10.1.2.3' },
  proxied: { ...user, ...proto, ...from('10.1.2.3') },
  proxiedBoss: { 'x-forwarded-user': 'Boss@Example.com', ...proto, ...from('10.1.2.3') },
  proxiedBossCapped: {
    'x-forwarded-user': 'boss@example.com',
    ...proto,
    ...from('10.1.2.3'),
    'x-openclaw-scopes': 'operator.read',
  },
  proxiedCappedToNothing: { ...user, ...proto, ...from('10.1.2.3'), 'x-openclaw-scopes': '' },
  proxiedNoFor: { ...user, ...proto },
  proxiedForLoopback: { ...user, ...proto, ...from('127.0.0.1') },
  proxiedNoProto: { ...user, ...from('10.1.2.3') },
  proxiedNoUser: { ...proto, ...from('10.1.2.3') },
  proxiedBlankUser: { 'x-forwarded-user': ' ', ...proto, ...from('10.1.2.3') },
  proxiedMallory: { 'x-forwarded-user': 'mallory@example.com', ...proto, ...from('10.1.2.3') },
  tailscale: {
    'tailscale-user-login': 'ann@example.com',
    ...from('100.64.0.9'),
    ...proto,
    'x-forwarded-host': 'box.tail.ts.net',
  },
  tailscaleOnly: { 'tailscale-user-login': 'ann@example.com' },
  evilHost: { host: 'evil.example' },
};

/** The options of a Gateway; {@link openclawOf} says the same in the words of openclaw.json. */
type WorldOptions = Pick<
  GatewayOptions,
  'bind' | 'auth' | 'trustedProxies' | 'controlUi' | 'nodes' | 'identityScopes'
>;

const worldTable = {
  token: { bind: 'loopback', auth: { mode: 'token', token: SECRET } },
  password: { bind: 'loopback', auth: { mode: 'password', password: SECRET } },
  none: { bind: 'loopback', auth: { mode: 'none' } },
  explicit: {
    bind: 'loopback',
    auth: { mode: 'token', token: SECRET },
    nodes: { pairing: { autoApproveLocal: false } },
    controlUi: { allowedOrigins: ['https://chat.example', 'app://menubar'] },
  },
  behindProxy: {
    bind: 'loopback',
    auth: { mode: 'token', token: SECRET },
    trustedProxies: ['127.0.0.1'],
    controlUi: { allowedOrigins: ['https://chat.example'] },
  },
  trustedProxy: {
    bind: 'loopback',
    identityScopes: { 'boss@example.com': ['operator.admin'] },
    trustedProxies: ['127.0.0.0/8'],
    controlUi: { allowedOrigins: ['https://chat.example'] },
    auth: {
      mode: 'trusted-proxy',
      password: SECRET,
      trustedProxy: {
        userHeader: 'x-forwarded-user',
        requiredHeaders: ['x-forwarded-proto'],
        allowUsers: ['ann@example.com', 'boss@example.com', 'Boss@Example.com'],
        allowLoopback: true,
      },
    },
  },
  trustedProxyRemote: {
    bind: 'loopback',
    trustedProxies: ['127.0.0.1'],
    auth: {
      mode: 'trusted-proxy',
      password: SECRET,
      trustedProxy: {
        userHeader: 'x-forwarded-user',
        requiredHeaders: ['x-forwarded-proto'],
        allowUsers: [],
        allowLoopback: false,
      },
    },
  },
} satisfies Record<string, WorldOptions>;

export type World = keyof typeof worldTable;
export const worlds: Readonly<Record<World, WorldOptions>> = worldTable;

/** The `gateway` section of openclaw.json for a world. */
export function openclawOf(world: World): Record<string, unknown> {
  const { auth, identityScopes, ...rest } = worlds[world];
  return { ...rest, auth: { ...auth, ...(identityScopes === undefined ? {} : { identityScopes }) } };
}

const product = (
  world: World,
  axes: {
    clients?: string[];
    devices?: Cell['device'][];
    credentials?: string[];
    origins?: string[];
    headers?: string[];
  },
): Cell[] => {
  const cells: Cell[] = [];
  for (const client of axes.clients ?? Object.keys(clients)) {
    for (const device of axes.devices ?? (['none', 'new'] as const)) {
      for (const credential of axes.credentials ?? ['none', 'token', 'wrongToken']) {
        for (const origin of axes.origins ?? ['absent', 'loopback', 'foreign']) {
          for (const headers of axes.headers ?? ['direct']) {
            cells.push({ world, client, device, credential, origin, headers });
          }
        }
      }
    }
  }
  return cells;
};

const everyCredential = Object.keys(credentials);
const forwarding = [
  'forwardedFor',
  'forwardedForLoopback',
  'forwardedForGarbage',
  'forwardedChain',
  'forwarded',
  'forwardedProto',
  'realIp',
  'tailscale',
  'tailscaleOnly',
  'evilHost',
];
const some = ['backend', 'linux', 'webchat', 'node'];

/** The whole matrix, in the order in which it is walked. */
export const cells: readonly Cell[] = [
  ...product('token', { credentials: everyCredential }),
  ...product('token', { origins: ['null', 'app', 'own'], credentials: ['token'] }),
  ...product('token', { clients: some, credentials: ['token'], headers: forwarding, origins: ['absent'] }),
  ...product('password', { credentials: everyCredential, origins: ['absent', 'loopback'] }),
  ...product('none', { credentials: ['none', 'wrongToken', 'wrongPassword'] }),
  ...product('none', { clients: some, credentials: ['none'], headers: forwarding, origins: ['absent'] }),
  ...product('explicit', { credentials: ['none', 'token'], origins: Object.keys(origins) }),
  ...product('behindProxy', {
    clients: [...some, 'cli', 'controlUi'],
    credentials: ['none', 'token', 'wrongToken'],
    origins: ['absent', 'loopback', 'listed'],
    headers: ['direct', 'forwardedFor', 'forwardedForLoopback', 'forwardedChain', 'forwardedProto', 'realIp'],
  }),
  ...product('trustedProxy', {
    clients: [...some, 'cli', 'controlUi'],
    credentials: ['none'],
    origins: ['absent', 'loopback', 'listed'],
    headers: Object.keys(headerSets).filter((name) => name.startsWith('proxied')),
  }),
  ...product('trustedProxy', {
    clients: [...some, 'cli'],
    credentials: ['none', 'token', 'password', 'wrongPassword'],
    origins: ['absent', 'loopback'],
    headers: ['direct', 'forwardedFor'],
  }),
  ...product('trustedProxyRemote', {
    clients: some,
    credentials: ['none', 'password'],
    origins: ['absent'],
    headers: ['direct', 'proxied', 'forwardedFor'],
  }),
];

/** Outcomes by world, by client and device: which credential/origin/headers led to each. */
export type Outcomes = Record<string, Record<string, Record<string, string>>>;

const whoOf = ({ client, device }: Cell) => `${client}, ${device === 'new' ? 'new' : 'no'} device`;
const howOf = ({ credential, origin, headers }: Cell) => `${credential}/${origin}/${headers}`;

export const cellName = (cell: Cell): string => `${cell.world}: ${whoOf(cell)}, ${howOf(cell)}`;

/** One readable table of what became of the cells. */
export function tabulate(results: readonly (readonly [Cell, string])[]): Outcomes {
  const table: Outcomes = {};
  for (const [cell, outcome] of results) {
    const world = table[cell.world] ?? {};
    table[cell.world] = world;
    const who = world[whoOf(cell)] ?? {};
    world[whoOf(cell)] = who;
    who[outcome] = who[outcome] === undefined ? howOf(cell) : `${who[outcome]} ${howOf(cell)}`;
  }
  return table;
}

/** The outcome that a table has for a cell. */
export function outcomeIn(table: Outcomes, cell: Cell): string | undefined {
  const how = howOf(cell);
  const entries = Object.entries(table[cell.world]?.[whoOf(cell)] ?? {});
  return entries.find(([, list]) => list.split(' ').includes(how))?.[0];
}
