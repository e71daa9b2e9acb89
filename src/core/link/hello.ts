import { z } from 'zod';

const helloSchema = z.object({
  type: z.literal('hello-ok'),
  protocol: z.number(),
  server: z.looseObject({ version: z.string() }),
  auth: z.object({
    method: z.string().default('none'),
    scopes: z.array(z.string()).default([]),
    deviceToken: z.string().optional(),
  }),
  snapshot: z
    .object({ sessionDefaults: z.object({ mainSessionKey: z.string().optional() }).optional() })
    .optional(),
});

/** What the link's owner needs to know of `hello-ok`. */
export type HelloFacts = {
  readonly version: string;
  /** The session a chat opens first. */
  readonly mainSessionKey: string;
  /** `token`, `password`, `device-token`, `none`, …: what let us in. */
  readonly authMethod: string;
  readonly scopes: readonly string[];
  /** The whole `server` object, for facts only some Gateways state. */
  readonly server: Readonly<Record<string, unknown>>;
};

export type Hello = { readonly facts: HelloFacts; readonly deviceToken: string | null };

/** Null for what is no `hello-ok`. Unknown fields are accepted: live Gateways send more than the published schema. */
export function parseHello(payload: unknown): Hello | null {
  const parsed = helloSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { server, auth, snapshot } = parsed.data;
  return {
    facts: {
      version: server.version,
      mainSessionKey: snapshot?.sessionDefaults?.mainSessionKey ?? 'agent:main:main',
      authMethod: auth.method,
      scopes: auth.scopes,
      server,
    },
    deviceToken: auth.deviceToken ?? null,
  };
}
