/** Where a credential can stand. Each gets a value of its own, so that what left a process names its source. */
export const sources = [
  'flagToken',
  'flagPassword',
  'envToken',
  'envPassword',
  'authToken',
  'authPassword',
  'remoteToken',
  'remotePassword',
] as const;
export type Source = (typeof sources)[number];

/** How the command learns where the Gateway is. */
type Setup = 'local' | 'remote' | 'flagUrl' | 'envUrl';

export type CredentialRow = {
  /** The requirement's number and what it comes to here. */
  readonly rule: string;
  readonly setup: Setup;
  readonly command: readonly string[];
  /** The sources that hold a value. The winner's is the Gateway's own secret. */
  readonly set: readonly Source[];
  /** The sources that hold a SecretRef to a variable that is not there. */
  readonly unresolved?: readonly Source[];
  /** The one source whose value may leave the process; null where none may. */
  readonly winner: Source | null;
  readonly exit: number;
};

const OK = 0;
const AUTHENTICATION = 4;
const CONFIGURATION = 78;

const health = ['health', '--json'];
const call = ['gateway', 'call', 'health', '--json'];
const probe = ['gateway', 'probe', '--json'];
const status = ['status', '--json'];
const deep = ['status', '--deep', '--json'];

const everyImplicit: readonly Source[] = [
  'envToken',
  'envPassword',
  'authToken',
  'authPassword',
  'remoteToken',
  'remotePassword',
];

/** Written from the requirements, not from the code that fulfils them. */
export const credentialRows: readonly CredentialRow[] = [
  // R13: explicit credentials always win.
  ...(['local', 'remote', 'flagUrl', 'envUrl'] as const).flatMap((setup): CredentialRow[] => [
    {
      rule: 'R13: --token wins over everything',
      setup,
      command: health,
      set: ['flagToken', ...everyImplicit],
      winner: 'flagToken',
      exit: OK,
    },
    {
      rule: 'R13: --password wins over everything',
      setup,
      command: call,
      set: ['flagPassword', ...everyImplicit],
      winner: 'flagPassword',
      exit: OK,
    },
  ]),

  // R14: a URL on the command line carries nothing implicit.
  ...[health, call, probe, status, deep].map(
    (command): CredentialRow => ({
      rule: 'R14: --url takes no implicit secret along',
      setup: 'flagUrl',
      command,
      set: everyImplicit,
      winner: null,
      exit: AUTHENTICATION,
    }),
  ),

  // R15: a URL of the environment takes the environment's credentials, and no others.
  {
    rule: 'R15: OPENCLAW_GATEWAY_URL goes with OPENCLAW_GATEWAY_TOKEN',
    setup: 'envUrl',
    command: health,
    set: ['envToken', 'authToken', 'remoteToken'],
    winner: 'envToken',
    exit: OK,
  },
  {
    rule: 'R15: OPENCLAW_GATEWAY_URL goes with OPENCLAW_GATEWAY_PASSWORD',
    setup: 'envUrl',
    command: call,
    set: ['envPassword', 'authPassword', 'remotePassword'],
    winner: 'envPassword',
    exit: OK,
  },
  {
    rule: 'R15: nor does any connection of status --deep take the file’s token there',
    setup: 'envUrl',
    command: deep,
    set: ['envToken', 'authToken', 'remoteToken'],
    winner: 'envToken',
    exit: OK,
  },
  {
    rule: 'R15: OPENCLAW_GATEWAY_URL never goes with the file’s credentials',
    setup: 'envUrl',
    command: health,
    set: ['authToken', 'authPassword', 'remoteToken', 'remotePassword'],
    winner: null,
    exit: AUTHENTICATION,
  },

  // R16: Local.
  {
    rule: 'R16: OPENCLAW_GATEWAY_TOKEN first',
    setup: 'local',
    command: health,
    set: ['envToken', 'authToken', 'remoteToken'],
    winner: 'envToken',
    exit: OK,
  },
  {
    rule: 'R16: gateway.auth.token second',
    setup: 'local',
    command: health,
    set: ['authToken', 'remoteToken'],
    winner: 'authToken',
    exit: OK,
  },
  {
    rule: 'R16: gateway.remote.token where nothing local is set',
    setup: 'local',
    command: call,
    set: ['remoteToken'],
    winner: 'remoteToken',
    exit: OK,
  },
  {
    rule: 'R16: OPENCLAW_GATEWAY_PASSWORD first',
    setup: 'local',
    command: health,
    set: ['envPassword', 'authPassword', 'remotePassword'],
    winner: 'envPassword',
    exit: OK,
  },
  {
    rule: 'R16: gateway.auth.password second',
    setup: 'local',
    command: health,
    set: ['authPassword', 'remotePassword'],
    winner: 'authPassword',
    exit: OK,
  },
  {
    rule: 'R16: gateway.remote.password where nothing local is set',
    setup: 'local',
    command: call,
    set: ['remotePassword'],
    winner: 'remotePassword',
    exit: OK,
  },

  // R17: Remote.
  {
    rule: 'R17: gateway.remote.token first',
    setup: 'remote',
    command: health,
    set: ['envToken', 'authToken', 'remoteToken'],
    winner: 'remoteToken',
    exit: OK,
  },
  {
    rule: 'R17: OPENCLAW_GATEWAY_TOKEN second',
    setup: 'remote',
    command: call,
    set: ['envToken', 'authToken'],
    winner: 'envToken',
    exit: OK,
  },
  {
    rule: 'R17: gateway.auth.token last',
    setup: 'remote',
    command: health,
    set: ['authToken'],
    winner: 'authToken',
    exit: OK,
  },
  {
    rule: 'R17: OPENCLAW_GATEWAY_PASSWORD first',
    setup: 'remote',
    command: health,
    set: ['envPassword', 'authPassword', 'remotePassword'],
    winner: 'envPassword',
    exit: OK,
  },
  {
    rule: 'R17: gateway.remote.password second',
    setup: 'remote',
    command: call,
    set: ['authPassword', 'remotePassword'],
    winner: 'remotePassword',
    exit: OK,
  },
  {
    rule: 'R17: gateway.auth.password last',
    setup: 'remote',
    command: health,
    set: ['authPassword'],
    winner: 'authPassword',
    exit: OK,
  },

  // R19: probe and status are strict.
  ...[probe, status].flatMap((command): CredentialRow[] => [
    {
      rule: 'R19: probes and status take gateway.remote.token',
      setup: 'remote',
      command,
      set: ['envToken', 'authToken', 'remoteToken'],
      winner: 'remoteToken',
      exit: OK,
    },
    {
      rule: 'R19: probes and status never fall back to local tokens',
      setup: 'remote',
      command,
      set: ['envToken', 'authToken'],
      winner: null,
      exit: AUTHENTICATION,
    },
  ]),

  // R21: a reference that can't be resolved closes the door.
  {
    rule: 'R21: an unresolved gateway.auth.token is not hidden by gateway.remote.token',
    setup: 'local',
    command: health,
    set: ['remoteToken'],
    unresolved: ['authToken'],
    winner: null,
    exit: CONFIGURATION,
  },
  {
    rule: 'R21: an unresolved gateway.auth.password is not hidden by gateway.remote.password',
    setup: 'local',
    command: health,
    set: ['remotePassword'],
    unresolved: ['authPassword'],
    winner: null,
    exit: CONFIGURATION,
  },
  {
    rule: 'R21: an unresolved gateway.remote.token is not hidden by the environment',
    setup: 'remote',
    command: health,
    set: ['envToken', 'authToken'],
    unresolved: ['remoteToken'],
    winner: null,
    exit: CONFIGURATION,
  },
  {
    rule: 'R13 R21: an explicit token needs no reference',
    setup: 'remote',
    command: health,
    set: ['flagToken'],
    unresolved: ['remoteToken'],
    winner: 'flagToken',
    exit: OK,
  },
];
