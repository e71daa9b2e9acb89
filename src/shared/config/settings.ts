import { z } from 'zod';
import {
  hostKeyPolicies,
  locales,
  localGateways,
  modes,
  remoteTransports,
  sshEngines,
  storedTokenPlaces,
  themes,
} from './choices.ts';

export const portSchema = z.number().int().min(1).max(65535);
export const modeSchema = z.enum(modes);
const themeSchema = z.enum(themes);
export const localeSchema = z.enum(locales);

const sshEngineSchema = z.enum(sshEngines);
export const hostKeyPolicySchema = z.enum(hostKeyPolicies);

/** Where a token entered in Chela may be kept. */
const tokenPlaces = ['keychain', 'session', 'file'] as const;
export type TokenPlace = (typeof tokenPlaces)[number];

export const remoteTransportSchema = z.enum(remoteTransports);

export const localGatewaySchema = z.enum(localGateways);

export type LocalGatewayChoice = z.infer<typeof localGatewaySchema>;
export type RemoteTransport = z.infer<typeof remoteTransportSchema>;
export type SshEngineChoice = z.infer<typeof sshEngineSchema>;
export type HostKeyPolicy = z.infer<typeof hostKeyPolicySchema>;
export type Mode = z.infer<typeof modeSchema>;
export type Theme = z.infer<typeof themeSchema>;
export type Locale = z.infer<typeof localeSchema>;

/**
 * Chela's own settings: one schema, one file (`settings.json`, 0600). A missing key means "not chosen here":
 * the value then comes from `openclaw.json` or is the default. Unknown keys survive a write.
 */
export const settingsSchema = z.looseObject({
  version: z.literal(1).default(1),
  /** OpenClaw runs: on this computer, or reached by SSH. Row R6. */
  mode: modeSchema.optional(),
  remote: z
    .looseObject({
      transport: remoteTransportSchema.optional(),
      /** Where the Gateway itself is, for `direct`. */
      url: z.string().max(2048).optional(),
      /** R26: SHA-256 of its certificate. */
      tlsFingerprint: z.string().max(256).optional(),
      /** `user@host[:port]`. Row R10. */
      sshTarget: z.string().max(512).optional(),
      /** The port on which the Gateway listens on the remote host's loopback. */
      gatewayPort: portSchema.optional(),
      /** The port of the local end. Absent: the same number as `gatewayPort`. */
      localPort: portSchema.optional(),
      /** Absolute path of a private key. Absent: the agent and the usual files of `~/.ssh`. */
      identityFile: z.string().max(4096).optional(),
      /** From before there was a keychain; moved there when one answers. */
      token: z.string().max(4096).optional(),
      /** Where the token of this target is kept. Absent: none was entered, or for one session only. */
      tokenIn: z.enum(storedTokenPlaces).optional(),
      engine: sshEngineSchema.optional(),
      hostKeyPolicy: hostKeyPolicySchema.optional(),
      /** Forward the two ports after the Gateway's as well. */
      sideForwards: z.boolean().optional(),
    })
    .default({}),
  local: z.looseObject({ port: portSchema.optional(), gateway: localGatewaySchema.optional() }).default({}),
  appearance: z.looseObject({ theme: themeSchema.optional(), language: localeSchema.optional() }).default({}),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Where an effective value comes from. */
const originSchema = z.enum(['settings', 'openclaw.json', 'environment', 'default']);
export type Origin = z.infer<typeof originSchema>;

const sourced = <T extends z.ZodType>(value: T) => z.object({ value, origin: originSchema });

/** What a screen sees of the settings: effective values with their origin, and no secret. */
export const settingsViewSchema = z.object({
  /** Absolute path of Chela's own file, for the line "Stored in …". */
  file: z.string(),
  /** Absolute path of the `openclaw.json` that was read, or null where there is none. */
  openclawFile: z.string().nullable(),
  mode: sourced(modeSchema),
  remote: z.object({
    transport: sourced(remoteTransportSchema),
    /** Empty where none is known; the tunnel's own end is none. */
    url: sourced(z.string()),
    tlsFingerprint: sourced(z.string()),
    sshTarget: sourced(z.string()),
    gatewayPort: sourced(portSchema),
    localPort: sourced(portSchema),
    identityFile: sourced(z.string()),
    /** The token itself never reaches a screen. */
    token: z.object({
      isSet: z.boolean(),
      origin: originSchema,
      /** Of a token that was entered in Chela. `settings`: plain in the settings file, from before there was a choice. */
      keptIn: z.enum([...tokenPlaces, 'settings']).optional(),
    }),
    engine: sourced(sshEngineSchema),
    hostKeyPolicy: sourced(hostKeyPolicySchema),
    sideForwards: sourced(z.boolean()),
  }),
  local: z.object({ port: sourced(portSchema), gateway: sourced(localGatewaySchema) }),
  appearance: z.object({ theme: themeSchema, language: localeSchema.nullable() }),
});

export type SettingsView = z.infer<typeof settingsViewSchema>;

/** A change: an absent key stays, null goes back to "not chosen here". An empty text counts as null. */
export const settingsPatchSchema = z.strictObject({
  mode: modeSchema.nullable().optional(),
  remote: z
    .strictObject({
      transport: remoteTransportSchema.nullable().optional(),
      url: z.string().max(2048).nullable().optional(),
      tlsFingerprint: z.string().max(256).nullable().optional(),
      sshTarget: z.string().max(512).nullable().optional(),
      gatewayPort: portSchema.nullable().optional(),
      localPort: portSchema.nullable().optional(),
      identityFile: z.string().max(4096).nullable().optional(),
      token: z.string().max(4096).nullable().optional(),
      /** Where to keep `token` where no keychain answers; without it such a save is TOKEN_STORE_ASK. */
      tokenPlace: z.enum(['session', 'file']).optional(),
      engine: sshEngineSchema.nullable().optional(),
      hostKeyPolicy: hostKeyPolicySchema.nullable().optional(),
      sideForwards: z.boolean().nullable().optional(),
    })
    .optional(),
  local: z
    .strictObject({
      port: portSchema.nullable().optional(),
      gateway: localGatewaySchema.nullable().optional(),
    })
    .optional(),
  appearance: z
    .strictObject({ theme: themeSchema.nullable().optional(), language: localeSchema.nullable().optional() })
    .optional(),
});

export type SettingsPatch = z.infer<typeof settingsPatchSchema>;
