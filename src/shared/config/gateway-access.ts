import { z } from 'zod';

/** Where a Gateway listens (R23). `auto` is loopback where that can be had, else `lan`. */
export const bindSchema = z.enum(['loopback', 'lan', 'tailnet', 'custom', 'auto']);

export type Bind = z.infer<typeof bindSchema>;

const nonEmpty = z.string().min(1);

const trustedProxySchema = z.strictObject({
  /** The header that names the user whom the proxy has let in. */
  userHeader: nonEmpty,
  requiredHeaders: z.array(nonEmpty).default([]),
  /** Empty: everybody whom the proxy lets in. */
  allowUsers: z.array(nonEmpty).default([]),
  /** A proxy on this host, which any local program can pretend to be (R28). */
  allowLoopback: z.boolean().default(false),
});

export type TrustedProxyPolicy = z.infer<typeof trustedProxySchema>;

export const rateLimitSchema = z.strictObject({
  maxAttempts: z.number().int().positive(),
  windowMs: z.number().int().positive(),
  lockoutMs: z.number().int().positive(),
  exemptLoopback: z.boolean(),
});

export type RateLimitPolicy = z.infer<typeof rateLimitSchema>;

/** Nobody configured the secret: enough for loopback, not for other addresses (R25). */
const generated = z.boolean().optional();

/** How callers prove who they are. Holds secrets. */
const serverAuthSchema = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('token'),
    token: nonEmpty,
    generated,
  }),
  z.strictObject({ mode: z.literal('password'), password: nonEmpty, generated }),
  z.strictObject({ mode: z.literal('none') }),
  z.strictObject({
    mode: z.literal('trusted-proxy'),
    trustedProxy: trustedProxySchema,
    /** For callers of this host that do not come through the proxy. */
    password: nonEmpty.optional(),
  }),
]);

export type ServerAuthConfig = z.infer<typeof serverAuthSchema>;

const listsSchema = z.strictObject({
  allow: z.array(nonEmpty).optional(),
  deny: z.array(nonEmpty).optional(),
});

/** Who gets in, where one knocks, and what is to be had then: part of the options of a Gateway. */
export const gatewayAccessShape = {
  auth: serverAuthSchema,
  bind: bindSchema.optional(),
  /** The address of `bind: 'custom'`. */
  customBindHost: nonEmpty.optional(),
  /** Addresses and CIDR ranges whose forwarding headers are believed. */
  trustedProxies: z.array(nonEmpty).optional(),
  /** Believe `X-Real-IP` of a trusted proxy that sends no `X-Forwarded-For`. */
  allowRealIpFallback: z.boolean().optional(),
  /** Scopes of verified users, by the name that the proxy or Tailscale gives. */
  identityScopes: z.record(z.string(), z.array(nonEmpty)).optional(),
  /** Tailscale's identity headers sign a user in (R27). Default: yes while `tailscale.mode` is `serve`. */
  allowTailscale: z.boolean().optional(),
  rateLimit: rateLimitSchema.partial().optional(),
  tailscale: z.strictObject({ mode: z.enum(['off', 'serve']) }).optional(),
  http: z.strictObject({ chatCompletions: z.boolean() }).optional(),
  /** Tools that `/tools/invoke` shall have besides the usual ones, and shall not have (`*`: none at all); `deny` wins. */
  tools: listsSchema.optional(),
  controlUi: z
    .strictObject({
      /** Web origins, besides loopback ones, that may connect. Compared as written; `null` and `file:` never pass. */
      allowedOrigins: z.array(z.string()),
    })
    .optional(),
  nodes: z
    .strictObject({
      /** Devices of this host are paired without asking. Default: yes. */
      pairing: z.strictObject({ autoApproveLocal: z.boolean().optional() }).optional(),
      /** What nodes may do besides what their platform may, and what none may. */
      commands: listsSchema.optional(),
      /** Nodes may publish skills, and tools of their plugins. Default: yes. */
      allowSkills: z.boolean().optional(),
      pluginTools: z.boolean().optional(),
    })
    .optional(),
};

export const gatewayAccessSchema = z.strictObject(gatewayAccessShape);

export type GatewayAccess = z.infer<typeof gatewayAccessSchema>;
