import type {
  TunnelPlan,
  TunnelPlanStep,
  TunnelRun,
  TunnelServiceStatus,
  TunnelStepId,
} from '../../shared/contract/tunnel-service.ts';

/** A persistent tunnel to play with: its states, a plan, a run. */
const home = '/home/ada';
const file = `${home}/.config/systemd/user/ai.openclaw.ssh-tunnel.service`;
const destination = { host: 'studio', port: 22, user: 'ada' };

export const notInstalled: TunnelServiceStatus = {
  manager: 'systemd',
  unsupported: null,
  state: 'notInstalled',
  installed: null,
  pid: null,
  sinceMs: null,
  lastExit: null,
  port: { port: 18789, holder: null, isService: false, isGateway: false },
  drift: [],
  targetNow: null,
  hasLegacy: false,
  interrupted: null,
};

export const installedRunning: TunnelServiceStatus = {
  ...notInstalled,
  state: 'running',
  installed: {
    manager: 'systemd',
    atMs: 0,
    target: 'ada@studio',
    destination,
    alias: 'remote-gateway',
    localPort: 18789,
    gatewayPort: 18789,
    keyFile: `${home}/.ssh/id_ed25519`,
    serviceFile: file,
    label: 'ai.openclaw.ssh-tunnel',
  },
  pid: 4242,
  sinceMs: 1_790_000_000_000,
  port: { port: 18789, holder: { pid: 4242, command: 'ssh' }, isService: true, isGateway: true },
};

const unit = [
  '[Unit]',
  'Description=SSH tunnel to the OpenClaw Gateway',
  '',
  '[Service]',
  'ExecStart=/usr/bin/ssh -N remote-gateway',
  'Restart=always',
  '',
  '[Install]',
  'WantedBy=default.target',
];
const block = [
  '# >>> chela >>>',
  'Host remote-gateway',
  '  HostName studio',
  '  User ada',
  '  LocalForward 18789 127.0.0.1:18789',
  '  ExitOnForwardFailure yes',
  '# <<< chela <<<',
  '',
];
const added = (name: string, lines: readonly string[], after: readonly string[] = []) =>
  [
    `--- ${name}`,
    `+++ ${name}`,
    `@@ -1,${after.length} +1,${lines.length + after.length} @@`,
    ...lines.map((line) => `+${line}`),
    ...after.map((line) => ` ${line}`),
    '',
  ].join('\n');

const step = (id: TunnelStepId, more: Partial<TunnelPlanStep> = {}): TunnelPlanStep => ({
  id,
  state: 'needed',
  canSkip: false,
  files: [],
  commands: [],
  notes: [],
  error: null,
  ...more,
});

export const installPlan: TunnelPlan = {
  id: 'plan-1',
  what: 'install',
  manager: 'systemd',
  target: 'ada@studio',
  destination,
  alias: 'remote-gateway',
  localPort: 18789,
  gatewayPort: 18789,
  keys: [
    { file: `${home}/.ssh/id_ed25519`, isLocked: true },
    { file: `${home}/.ssh/lab_ed25519`, isLocked: false },
  ],
  chosen: { key: `${home}/.ssh/chela_ed25519`, createKey: true, keyUse: 'tunnel', token: 'keep' },
  steps: [
    step('key', { files: [{ file: `${home}/.ssh/chela_ed25519`, change: 'create', diff: '' }] }),
    step('copyKey', {
      canSkip: true,
      files: [
        {
          file: '~/.ssh/authorized_keys',
          change: 'remote',
          diff: added('~/.ssh/authorized_keys', [
            'restrict,port-forwarding,permitopen="127.0.0.1:18789",command="false" ssh-ed25519 … (chela_ed25519.pub)',
          ]),
        },
      ],
    }),
    step('sshConfig', {
      files: [
        {
          file: `${home}/.ssh/config`,
          change: 'edit',
          diff: added(`${home}/.ssh/config`, block, ['Host studio', '  User ada']),
        },
      ],
      notes: [{ key: 'carriedOver', values: { keywords: 'ProxyJump' } }],
    }),
    step('token', { canSkip: true, state: 'done', notes: [] }),
    step('service', {
      files: [{ file, change: 'create', diff: added(file, unit) }],
      commands: [
        { argv: ['systemctl', '--user', 'daemon-reload'], where: 'here' },
        { argv: ['systemctl', '--user', 'enable', '--now', 'ai.openclaw.ssh-tunnel.service'], where: 'here' },
      ],
      notes: [{ key: 'portHandedOver', values: { port: 18789 } }],
    }),
    step('linger', {
      canSkip: true,
      commands: [{ argv: ['loginctl', 'enable-linger', 'ada'], where: 'here' }],
    }),
    step('proof'),
  ],
  isReady: true,
  isNothing: false,
};

export const uninstallPlan: TunnelPlan = {
  ...installPlan,
  id: 'plan-2',
  what: 'uninstall',
  chosen: { ...installPlan.chosen, createKey: false, keyUse: null },
  steps: [
    step('service', {
      files: [{ file, change: 'remove', diff: '' }],
      commands: [
        {
          argv: ['systemctl', '--user', 'disable', '--now', 'ai.openclaw.ssh-tunnel.service'],
          where: 'here',
        },
      ],
    }),
    step('sshConfig', {
      canSkip: true,
      files: [{ file: `${home}/.ssh/config`, change: 'edit', diff: '' }],
    }),
    step('copyKey', {
      canSkip: true,
      state: 'skipped',
      files: [{ file: '~/.ssh/authorized_keys', change: 'remote', diff: '' }],
    }),
    step('key', {
      canSkip: true,
      files: [{ file: `${home}/.ssh/chela_ed25519`, change: 'remove', diff: '' }],
    }),
  ],
};

/** A run of that plan whose first `done` steps are behind it. */
export function runOf(plan: TunnelPlan, done: number, outcome: TunnelRun['outcome'] = null): TunnelRun {
  return {
    id: `run-of-${plan.id}`,
    what: plan.what,
    outcome,
    steps: plan.steps.map(({ id, state }, at) => ({
      id,
      state:
        state !== 'needed' ? 'skipped' : at < done ? 'done' : at === done && !outcome ? 'running' : 'waiting',
    })),
  };
}

/** The plan with one of its steps changed. */
export function withStep(plan: TunnelPlan, id: TunnelStepId, more: Partial<TunnelPlanStep>): TunnelPlan {
  const steps = plan.steps.map((one) => (one.id === id ? { ...one, ...more } : one));
  return { ...plan, steps, isReady: steps.every(({ state }) => state !== 'blocked') };
}
