import { z } from 'zod';
import { modeSchema, settingsViewSchema } from '../config/settings.ts';
import { connectionStateSchema } from '../connection/connection-state.ts';
import { tunnelStateSchema } from '../connection/tunnel-state.ts';
import { appErrorSchema } from '../errors.ts';
import { questionSchema } from './question.ts';

/** The Gateway at the other end, as its `hello-ok` named it. */
const gatewayInfoSchema = z.object({
  version: z.string(),
  /** `embedded`: ours in this app; `openclaw`: the real one. */
  kind: z.enum(['embedded', 'openclaw']),
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

/** Where WebChat opens its WebSocket. A new `generation` means: open again, even if the URL is the same. */
const endpointSchema = z.object({ url: z.string(), generation: z.number().int() });

/** The whole truth a screen draws. The engine owns it; screens never patch guesses. */
const snapshotSchema = z.object({
  app: z.object({ version: z.string(), runtime: z.enum(['electron', 'web']), platform: z.string() }),
  mode: modeSchema,
  /** What the person called the other end: the SSH target in remote mode, empty in local mode. */
  target: z.string(),
  connection: connectionStateSchema,
  tunnel: tunnelStateSchema,
  endpoint: endpointSchema.nullable(),
  gateway: gatewayInfoSchema.nullable(),
  health: healthSchema.nullable(),
  settings: settingsViewSchema,
  questions: z.array(questionSchema),
  /** Troubles that do not stop the app, e.g. a broken `openclaw.json`. */
  notices: z.array(appErrorSchema),
});

export type Snapshot = z.infer<typeof snapshotSchema>;
export type GatewayInfo = z.infer<typeof gatewayInfoSchema>;
export type Health = z.infer<typeof healthSchema>;
export type Endpoint = z.infer<typeof endpointSchema>;

export const versionedSnapshotSchema = z.object({ revision: z.number().int(), snapshot: snapshotSchema });
export type VersionedSnapshot = z.infer<typeof versionedSnapshotSchema>;
