import { z } from 'zod';
import { appErrorSchema } from './app-error.ts';

/**
 * The persistent tunnel (R30-R37): an `ssh -N <alias>` that the system keeps running when Chela is closed. A plan is shown, and only the
 * plan that was shown is carried out, as one transaction: all of its steps, or everything back as it was.
 */

/** The parts of a plan, in their order; an uninstall goes through them backwards. */
export const tunnelStepIds = [
  /** R31: a key of this computer's own that needs nobody to unlock it. */
  'key',
  /** R31: its public half in the host's `authorized_keys`, and a login with it alone. */
  'copyKey',
  /** R30: the marked block in `~/.ssh/config`. */
  'sshConfig',
  /** R32: the Gateway's token, where it outlives a restart. */
  'token',
  /** R35: `com.openclaw.ssh-tunnel`, unloaded and in the Trash. macOS. */
  'legacy',
  /** R33, R34, R37: the LaunchAgent, unit, autostart entry or scheduled task, written and running. */
  'service',
  /** Linux: the user's services run without a login session (`loginctl enable-linger`). */
  'linger',
  /** A real Gateway's challenge through the port. */
  'proof',
] as const;
export type TunnelStepId = (typeof tunnelStepIds)[number];

const stepIdSchema = z.enum(tunnelStepIds);

/** `autostart`: XDG, where no systemd of the user answers. */
const tunnelManagers = ['launchd', 'systemd', 'autostart', 'taskScheduler'] as const;
export type TunnelManager = (typeof tunnelManagers)[number];

const managerSchema = z.enum(tunnelManagers);

/** `repair`: what is installed, by its own choices, and for the target of today. */
const whatSchema = z.enum(['install', 'repair', 'uninstall']);
export type TunnelChange = z.infer<typeof whatSchema>;

export const tunnelAliasSchema = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

const choicesSchema = z.strictObject({
  /** Instead of the saved one: `user@host[:port]`. */
  sshTarget: z.string().max(512).optional(),
  /** The name in `~/.ssh/config`; `remote-gateway` when absent. */
  alias: tunnelAliasSchema.optional(),
  /** Absent: what the plan proposes. `file` is an absolute path. */
  key: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('use'), file: z.string().max(4096) }),
      z.strictObject({ kind: z.literal('create') }),
    ])
    .optional(),
  /**
   * What the host lets a key do that Chela makes: `tunnel`, open the Gateway's port and nothing else; `any`, all that a key may. Absent: as
   * installed, else `tunnel`. Without a meaning for another key, whose line is a plain one.
   */
  keyUse: z.enum(['tunnel', 'any']).optional(),
  /** `keep`: the one that Chela has. `fetch`: read from the host's openclaw.json over SSH. Absent: what the plan proposes. */
  token: z.enum(['keep', 'fetch']).optional(),
  /**
   * Left out; of an uninstall: what stays. Only steps with `canSkip`. Absent: as the plan proposes, which is to leave out `linger`, and of
   * an uninstall what lies on the host and the token.
   */
  skip: z.array(stepIdSchema).optional(),
});

export type TunnelChoices = z.input<typeof choicesSchema>;
export type ValidTunnelChoices = z.output<typeof choicesSchema>;

const fileChangeSchema = z.object({
  file: z.string(),
  /** `trash`: moved to the Trash. `remote`: on the host. */
  change: z.enum(['create', 'edit', 'remove', 'trash', 'remote']),
  /** Unified, secrets masked; empty where the content is nobody's business (a key) or does not change. */
  diff: z.string(),
});

const commandSchema = z.object({
  /** The exact argv; nothing of it is a secret. */
  argv: z.array(z.string()).min(1),
  where: z.enum(['here', 'host']),
});

/** `tunnelService.notes.<key>` of the catalogues, with its values. */
const noteSchema = z.object({
  key: z.enum([
    /** The key asks for a passphrase; an agent has to hold it whenever the service starts. */
    'keyNeedsAgent',
    /** `file`: the key was made by Chela. */
    'keyMade',
    /** `keywords`: taken over from what the configuration says for the target. */
    'carriedOver',
    /** Another program starts the tunnel at the next login, and the session has to be there. */
    'autostartOnly',
    /** Without linger it ends at logout. */
    'endsAtLogout',
    /** The token would be gone after a restart. */
    'tokenOnlyNow',
    /** `origin`: where it comes from at every start. */
    'tokenOutside',
    /** There is none; `fetch` could find it on the host. A Gateway that knows this computer needs none. */
    'tokenMissing',
    /** `port`: the app's own tunnel ends there first. */
    'portHandedOver',
    /** `port`, `command`, `pid`: somebody else holds it. */
    'portTaken',
    /** `file`: changed by somebody since; only our own part goes. */
    'changedSince',
    /** The key on the host was there before Chela and stays. */
    'keyWasThere',
  ]),
  values: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type TunnelNote = z.infer<typeof noteSchema>;

const planStepSchema = z.object({
  id: stepIdSchema,
  /** `done`: nothing to change. `skipped`: left out by choice. `blocked`: `error` says why, and the plan cannot be applied. */
  state: z.enum(['needed', 'done', 'skipped', 'blocked']),
  canSkip: z.boolean(),
  files: z.array(fileChangeSchema),
  commands: z.array(commandSchema),
  notes: z.array(noteSchema),
  error: appErrorSchema.nullable(),
});

const keySchema = z.object({
  file: z.string(),
  /** A passphrase stands before it. */
  isLocked: z.boolean(),
});
export type TunnelKey = z.infer<typeof keySchema>;

const planSchema = z.object({
  /** Names exactly this plan: what was gathered, and the choices. */
  id: z.string(),
  what: whatSchema,
  manager: managerSchema,
  /** `user@host[:port]` as it was typed, and where it leads. */
  target: z.string(),
  destination: z.object({ host: z.string(), port: z.number().int(), user: z.string() }),
  alias: z.string(),
  localPort: z.number().int(),
  gatewayPort: z.number().int(),
  /** ed25519 keys of this computer. */
  keys: z.array(keySchema),
  /** What stands for the choices that were left open. */
  chosen: z.object({
    key: z.string(),
    createKey: z.boolean(),
    /** Null of a key that Chela did not make. */
    keyUse: z.enum(['tunnel', 'any']).nullable(),
    token: z.enum(['keep', 'fetch']),
  }),
  steps: z.array(planStepSchema),
  /** No step is blocked. */
  isReady: z.boolean(),
  /** No step is needed. */
  isNothing: z.boolean(),
});
export type TunnelPlan = z.infer<typeof planSchema>;
export type TunnelPlanStep = z.infer<typeof planStepSchema>;
export type TunnelFileChange = z.infer<typeof fileChangeSchema>;
export type TunnelCommand = z.infer<typeof commandSchema>;

const outcomeSchema = z.discriminatedUnion('tag', [
  z.object({ tag: z.literal('done') }),
  z.object({
    tag: z.literal('failed'),
    error: appErrorSchema,
    /** The step that failed. */
    step: stepIdSchema,
    /** Files, and programs by their label, that are again as they were. */
    restored: z.array(z.string()),
    /** What could not be put back, with the reason. Empty: everything is as before. */
    left: z.array(z.object({ name: z.string(), error: appErrorSchema })),
  }),
]);
export type TunnelOutcome = z.infer<typeof outcomeSchema>;

const runStepStateSchema = z.enum(['waiting', 'running', 'done', 'skipped', 'failed', 'undone']);

/** A plan that is being carried out, or the last one, until Chela ends. In the snapshot, so that every screen sees it. */
export const tunnelRunSchema = z.object({
  id: z.string(),
  what: whatSchema,
  steps: z.array(z.object({ id: stepIdSchema, state: runStepStateSchema })),
  /** Null while it runs. */
  outcome: outcomeSchema.nullable(),
});
export type TunnelRun = z.infer<typeof tunnelRunSchema>;

const driftSchema = z.object({
  step: stepIdSchema,
  file: z.string(),
  kind: z.enum(['missing', 'changed']),
  /** From what is on disk to what it should be. */
  diff: z.string(),
});
export type TunnelDrift = z.infer<typeof driftSchema>;

export const tunnelInstalledSchema = z.object({
  manager: managerSchema,
  /** Epoch milliseconds. */
  atMs: z.number(),
  target: z.string(),
  destination: z.object({ host: z.string(), port: z.number().int(), user: z.string() }),
  alias: z.string(),
  localPort: z.number().int(),
  gatewayPort: z.number().int(),
  keyFile: z.string(),
  /** Its plist, unit, desktop entry or task. */
  serviceFile: z.string(),
  /** `ai.openclaw.ssh-tunnel`. */
  label: z.string(),
});
export type TunnelInstalled = z.infer<typeof tunnelInstalledSchema>;

const statusSchema = z.object({
  /** Null where this system has nothing that could keep it running; `unsupported` says why. */
  manager: managerSchema.nullable(),
  unsupported: appErrorSchema.nullable(),
  /**
   * `foreign`: a service of our label that Chela did not install. `restarting`: it ended, and the system starts it again.
   * `unknown`: the system did not say.
   */
  state: z.enum(['notInstalled', 'running', 'restarting', 'stopped', 'foreign', 'unknown']),
  installed: tunnelInstalledSchema.nullable(),
  pid: z.number().int().nullable(),
  /** Epoch milliseconds; null where the system does not tell. */
  sinceMs: z.number().nullable(),
  lastExit: z
    .object({
      code: z.number().int().nullable(),
      signal: z.string().nullable(),
      /** The last line of the log, where there is one. */
      reason: z.string().nullable(),
    })
    .nullable(),
  port: z.object({
    port: z.number().int(),
    /** Null where nobody listens, or the system does not tell. */
    holder: z.object({ pid: z.number().int(), command: z.string() }).nullable(),
    /** The holder is the service. */
    isService: z.boolean(),
    /** A Gateway's challenge comes through. */
    isGateway: z.boolean(),
  }),
  drift: z.array(driftSchema),
  /** The saved target leads elsewhere than the installed one; null where it does not, or nothing is installed. */
  targetNow: z.string().nullable(),
  /** `com.openclaw.ssh-tunnel` is there (R35). */
  hasLegacy: z.boolean(),
  /** A change that was cut off, by a crash or a power cut. Nothing else can be applied before it is settled. */
  interrupted: z.object({ what: whatSchema, atMs: z.number(), done: z.array(stepIdSchema) }).nullable(),
});
export type TunnelServiceStatus = z.infer<typeof statusSchema>;

const nothing = z.strictObject({});

export const tunnelServiceRequests = {
  'tunnelService.status': { params: nothing, result: statusSchema },
  /** TUNNEL_SERVICE_UNSUPPORTED, SSH_TARGET_…, TUNNEL_SERVICE_ABSENT (repair, uninstall). */
  'tunnelService.plan': {
    params: z.strictObject({ what: whatSchema, choices: choicesSchema }),
    result: planSchema,
  },
  /**
   * Carries the plan with this id out and answers at its end; the snapshot's `tunnelRun` tells how far it is, and questions come as
   * always. Before anything was touched: TUNNEL_PLAN_STALE, TUNNEL_PLAN_BLOCKED, TUNNEL_SERVICE_BUSY, TUNNEL_SERVICE_INTERRUPTED.
   */
  'tunnelService.apply': {
    params: z.strictObject({ what: whatSchema, choices: choicesSchema, id: z.string().max(128) }),
    result: outcomeSchema,
  },
  /** Stops a run between two steps; what it did is undone. */
  'tunnelService.cancel': { params: nothing, result: z.object({}) },
  /** Goes on with an interrupted change (`resume`: by a new plan of the same choices), or undoes what it did. */
  'tunnelService.settle': {
    params: z.strictObject({ how: z.enum(['resume', 'rollback']) }),
    result: outcomeSchema,
  },
  /** R36: `restart` is `kickstart -k`, `stop` is `bootout`. TUNNEL_SERVICE_ABSENT, TUNNEL_SERVICE_FAILED. */
  'tunnelService.control': {
    params: z.strictObject({ action: z.enum(['start', 'stop', 'restart']) }),
    result: statusSchema,
  },
  /** The end of what the service wrote, oldest first, without secrets. */
  'tunnelService.log': {
    params: z.strictObject({ lines: z.number().int().min(1).max(500) }),
    result: z.object({
      /** A file, or the command that shows more. */
      source: z.string(),
      lines: z.array(z.string()),
    }),
  },
} as const;
