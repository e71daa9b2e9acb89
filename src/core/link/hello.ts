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

/**
 * Null for what is no `hello-ok`. Unknown fields are accepted: live Gateways send more than the published schema. Read by
 * hand, because every command waits for it and a schema takes longer to make.
 */
export function parseHello(payload: unknown): Hello | null {
  const { type, protocol, server, auth, snapshot } = fields(payload) ?? {};
  const about = fields(server);
  const granted = fields(auth);
  if (type !== 'hello-ok' || typeof protocol !== 'number' || !about || !granted) return null;
  const { version } = about;
  const { method = 'none', scopes = [], deviceToken } = granted;
  if (typeof version !== 'string' || typeof method !== 'string') return null;
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string')) return null;
  if (deviceToken !== undefined && typeof deviceToken !== 'string') return null;
  const { mainSessionKey } = fields(fields(snapshot)?.sessionDefaults) ?? {};
  return {
    facts: {
      version,
      mainSessionKey: typeof mainSessionKey === 'string' ? mainSessionKey : 'agent:main:main',
      authMethod: method,
      scopes,
      server: about,
    },
    deviceToken: deviceToken ?? null,
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}
