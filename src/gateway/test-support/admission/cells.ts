import type { GatewayOptions } from '../../index.ts';
import type { ConnectOptions } from '../wire-client.ts';
import { ADDRESS, placeAddress, type Via } from './places.ts';

/** One attempt to get in. `world` names the configuration and its bind, the rest is what the client does. */
export type Cell = {
  readonly world: World;
  readonly via: Via;
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
  'bind' | 'customBindHost' | 'auth' | 'trustedProxies' | 'controlUi' | 'nodes' | 'identityScopes'
>;

const token = { mode: 'token', token: SECRET } as const;
const ownProxy = {
  userHeader: 'x-forwarded-user',
  requiredHeaders: [],
  allowUsers: [],
  allowLoopback: false,
};

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
  lan: { bind: 'lan', auth: token, controlUi: { allowedOrigins: ['https://chat.example'] } },
  lanPassword: { bind: 'lan', auth: { mode: 'password', password: SECRET } },
  lanProxied: {
    bind: 'lan',
    trustedProxies: [ADDRESS],
    auth: { mode: 'trusted-proxy', password: SECRET, trustedProxy: ownProxy },
  },
  custom: { bind: 'custom', customBindHost: ADDRESS, auth: token },
  tailnet: { bind: 'tailnet', auth: token },
} satisfies Record<string, WorldOptions>;

export type World = keyof typeof worldTable;
export const worldNames = Object.keys(worldTable) as World[];

/** The address that the cells `via: 'address'` of a world take; undefined where this computer has none. */
export const addressOf = (world: World): string | undefined => placeAddress(world === 'tailnet');

export function worldOptions(world: World): WorldOptions {
  const filled = JSON.stringify(worldTable[world]).replaceAll(ADDRESS, addressOf(world) ?? ADDRESS);
  return JSON.parse(filled) as WorldOptions;
}

/** The `gateway` section of openclaw.json for a world. */
export function openclawOf(world: World): Record<string, unknown> {
  const { auth, identityScopes, ...rest } = worldOptions(world);
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
    vias?: Via[];
  },
): Cell[] => {
  const cells: Cell[] = [];
  for (const client of axes.clients ?? Object.keys(clients)) {
    for (const device of axes.devices ?? (['none', 'new'] as const)) {
      for (const credential of axes.credentials ?? ['none', 'token', 'wrongToken']) {
        for (const origin of axes.origins ?? ['absent', 'loopback', 'foreign']) {
          for (const headers of axes.headers ?? ['direct']) {
            for (const via of axes.vias ?? (['loopback'] as const)) {
              cells.push({ world, via, client, device, credential, origin, headers });
            }
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
const cells: readonly Cell[] = [
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
  ...product('token', {
    credentials: ['none', 'token'],
    origins: ['absent', 'loopback'],
    vias: ['loopback6'],
  }),
  ...product('none', { credentials: ['none'], origins: ['absent', 'loopback'], vias: ['loopback6'] }),
  ...product('token', { clients: some, credentials: ['token'], vias: ['address'] }),
  // By the address without `own`: what the real Gateway says depends on whether it is a private one.
  ...product('lan', {
    origins: ['absent', 'loopback', 'foreign', 'listed'],
    vias: ['loopback', 'loopback6', 'address'],
  }),
  ...product('lan', { origins: ['own'] }),
  ...product('lan', {
    clients: some,
    credentials: ['token'],
    origins: ['absent'],
    headers: forwarding,
    vias: ['loopback', 'address'],
  }),
  ...product('lanPassword', {
    credentials: ['none', 'password', 'wrongPassword', 'token'],
    origins: ['absent', 'loopback'],
    vias: ['loopback', 'address'],
  }),
  ...product('lanProxied', {
    clients: [...some, 'cli', 'controlUi'],
    credentials: ['none', 'password'],
    origins: ['absent', 'loopback', 'foreign'],
    headers: ['direct', 'proxied', 'proxiedNoFor', 'forwardedFor'],
    vias: ['loopback', 'address'],
  }),
  ...product('custom', {
    origins: ['absent', 'loopback', 'foreign', 'own'],
    vias: ['loopback', 'loopback6', 'address'],
  }),
  ...product('tailnet', {
    origins: ['absent', 'loopback', 'foreign', 'own'],
    vias: ['loopback', 'loopback6', 'address'],
  }),
];

/** The cells of a world that this computer can try: without the addresses that it lacks. */
export function cellsOf(world: World): readonly Cell[] {
  const hasAddress = addressOf(world) !== undefined;
  const needsAddress = world === 'tailnet' || JSON.stringify(worldTable[world]).includes(ADDRESS);
  if (needsAddress && !hasAddress) return [];
  return cells.filter((cell) => cell.world === world && (hasAddress || cell.via !== 'address'));
}

/** Outcomes by world, by client and device: which credential/origin/headers@via led to each. */
export type Outcomes = Record<string, Record<string, Record<string, string>>>;

const whoOf = ({ client, device }: Cell) => `${client}, ${device === 'new' ? 'new' : 'no'} device`;
const howOf = ({ credential, origin, headers, via }: Cell) =>
  `${credential}/${origin}/${headers}${via === 'loopback' ? '' : `@${via}`}`;

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
