import { z } from 'zod';
import { modeSchema, settingsViewSchema } from '../config/settings.ts';
import { connectionStateSchema } from '../connection/connection-state.ts';
import { tunnelStateSchema } from '../connection/tunnel-state.ts';
import { appErrorSchema } from './app-error.ts';
import { questionSchema } from './question.ts';
import { tunnelRunSchema } from './tunnel-service.ts';

/** Who runs the Gateway of this computer. */
const localRunSchema = z.object({
  /** `another`: it was there already, and stays when Chela ends. */
  startedBy: z.enum(['chela', 'another']),
  /** Since when it runs, or since when Chela uses it. */
  sinceMs: z.number(),
  /** Of the one that was there already, where the system tells. */
  pid: z.number().int().nullable(),
});

/** The Gateway at the other end, as its `hello-ok` named it. */
const gatewayInfoSchema = z.object({
  version: z.string(),
  /** `embedded`: ours in this app; `openclaw`: the real one. */
  kind: z.enum(['embedded', 'openclaw']),
  /** Of a Gateway on this computer, in Local mode. */
  local: localRunSchema.optional(),
  /** The session WebChat opens first, e.g. `agent:main:main`. */
  mainSessionKey: z.string(),
});

export const healthSchema = z.object({
  checkedAtMs: z.number(),
  ok: z.boolean(),
  /** Round trip of the `health` request; null when it did not answer. */
  rttMs: z.number().nullable(),
  error: appErrorSchema.nullable(),
});

/** ● good, ▲ attention, ■ stopped, ◌ working; `off` where it does not apply (no SSH in local mode). */
const lampSchema = z.object({
  state: z.enum(['good', 'attention', 'stopped', 'working', 'off']),
  error: appErrorSchema.nullable(),
});

/** Each tells about its own layer only; the tray shows the worst. */
const lampsSchema = z.object({
  network: lampSchema,
  ssh: lampSchema,
  forward: lampSchema,
  gateway: lampSchema,
  authentication: lampSchema,
});

/** How the connection has been in the last 24 hours. */
const qualitySchema = z.object({
  drops: z.number().int(),
  /** 0 to 1, of the time in which a connection was wanted; null before there was any. */
  uptime: z.number().nullable(),
  /** Oldest first, a quarter of an hour each, 96 of them. */
  strip: z.array(
    z.object({
      startMs: z.number(),
      /** 0 to 1; null while nothing was wanted. */
      up: z.number().nullable(),
      /** Median round trip; null where none was measured. */
      rttMs: z.number().nullable(),
      drops: z.number().int(),
    }),
  ),
});

/** What carries the tunnel. */
const sshDetailsSchema = z.object({
  engine: z.enum(['builtin', 'openssh']),
  /** Of the built-in engine: ssh2's native binding, or plain JavaScript. */
  crypto: z.enum(['native', 'javascript']).nullable(),
  /** Ports beside the Gateway's, with what keeps them from working. */
  sideForwards: z.array(z.object({ port: z.number().int(), error: appErrorSchema.nullable() })),
});

/** A host key that changed, waiting for a person to type the host's name. */
const hostKeyChangeSchema = z.object({
  host: z.string(),
  port: z.number().int(),
  keyType: z.string(),
  fingerprint: z.string(),
  /** The offered key drawn as OpenSSH draws it. */
  art: z.string().optional(),
  known: z.array(
    z.object({ keyType: z.string(), fingerprint: z.string(), file: z.string(), line: z.number().int() }),
  ),
});

/** Where WebChat opens its WebSocket. A new `generation` means: open again, even if the URL is the same. */
const endpointSchema = z.object({
  url: z.string(),
  generation: z.number().int(),
  /** Only the engine may dial it: a page can neither pin a certificate nor hold R24, and its Origin is a stranger's. */
  relayOnly: z.literal(true).optional(),
});

/** The whole truth a screen draws. The engine owns it; screens never patch guesses. */
export const snapshotSchema = z.object({
  app: z.object({
    version: z.string(),
    runtime: z.enum(['electron', 'web', 'terminal']),
    platform: z.string(),
  }),
  mode: modeSchema,
  /** What the person called the other end: the SSH target or the Gateway's host in remote mode, empty in local mode. */
  target: z.string(),
  /** How the Gateway's own address is reached; absent over SSH and in local mode. */
  via: z.enum(['tls', 'plaintext']).optional(),
  connection: connectionStateSchema,
  tunnel: tunnelStateSchema,
  endpoint: endpointSchema.nullable(),
  /**
   * Names the Gateway across restarts: of the endpoint, or the one that is wanted while there is none. Null while nobody
   * can say which that will be: whichever is on this computer before the first was found, or a target that is none.
   */
  gatewayKey: z.string().nullable(),
  gateway: gatewayInfoSchema.nullable(),
  health: healthSchema.nullable(),
  lamps: lampsSchema,
  quality: qualitySchema.nullable(),
  /** Null in local mode. */
  ssh: sshDetailsSchema.nullable(),
  hostKeyChange: hostKeyChangeSchema.nullable(),
  settings: settingsViewSchema,
  questions: z.array(questionSchema),
  /** A change of the persistent tunnel that runs, or ran last; null when there was none since the start. */
  tunnelRun: tunnelRunSchema.nullable(),
  /** Where the page was when its usual port was taken, served beside it: what it has stored there is to be fetched. */
  earlierOrigins: z.array(z.string()),
  /** Troubles that do not stop the app, e.g. a broken `openclaw.json`. */
  notices: z.array(appErrorSchema),
});

export type Snapshot = z.infer<typeof snapshotSchema>;
export type LocalRun = z.infer<typeof localRunSchema>;
export type GatewayInfo = z.infer<typeof gatewayInfoSchema>;
export type Health = z.infer<typeof healthSchema>;
export type Lamp = z.infer<typeof lampSchema>;
export type Lamps = z.infer<typeof lampsSchema>;
export type Quality = z.infer<typeof qualitySchema>;
export type SshDetails = z.infer<typeof sshDetailsSchema>;
export type HostKeyChange = z.infer<typeof hostKeyChangeSchema>;
export type Endpoint = z.infer<typeof endpointSchema>;

export const versionedSnapshotSchema = z.object({ revision: z.number().int(), snapshot: snapshotSchema });
export type VersionedSnapshot = z.infer<typeof versionedSnapshotSchema>;
