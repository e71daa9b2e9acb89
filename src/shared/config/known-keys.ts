import { z } from 'zod';
import { parseGatewayUrl } from '../connection/gateway-url.ts';
import { parseSshTarget } from '../connection/ssh-target.ts';
import { parseTlsFingerprint } from '../connection/tls-pin.ts';
import { type ConfigPath, formatConfigPath } from './config-path.ts';
import { hostKeyPolicySchema, modeSchema, portSchema } from './settings.ts';

/** Names the sentence in the catalogues: `causes.CONFIG_VALUE_INVALID.<expected>`. */
export type Expected =
  | 'mode'
  | 'port'
  | 'bind'
  | 'authMode'
  | 'transport'
  | 'hostKeyPolicy'
  | 'text'
  | 'texts'
  | 'flag'
  | 'secret'
  | 'gatewayUrl'
  | 'sshTarget'
  | 'fingerprint'
  | 'object'
  | 'model';

export type ConfigIssue = { readonly path: ConfigPath; readonly expected: Expected };

const reference = z.strictObject({
  source: z.enum(['env', 'file', 'exec', 'store']),
  provider: z.string(),
  id: z.string(),
});

const schemas: Record<Expected, z.ZodType> = {
  mode: modeSchema,
  port: portSchema,
  bind: z.enum(['auto', 'lan', 'loopback', 'custom', 'tailnet']),
  authMode: z.enum(['none', 'token', 'password', 'trusted-proxy']),
  transport: z.enum(['ssh', 'direct']),
  hostKeyPolicy: hostKeyPolicySchema,
  text: z.string(),
  texts: z.array(z.string()),
  flag: z.boolean(),
  secret: z.union([z.string(), reference]),
  gatewayUrl: z.string().refine((text) => parseGatewayUrl(text).ok),
  sshTarget: z.string().refine((text) => parseSshTarget(text).ok),
  fingerprint: z.string().refine((text) => parseTlsFingerprint(text).ok),
  object: z.record(z.string(), z.unknown()),
  model: z.union([z.string(), z.looseObject({ primary: z.string().optional() })]),
};

/** The keys that Chela reads (source: the `openclaw` package's configuration reference); `*` is any name. */
const knownKeys: readonly (readonly [path: string, expected: Expected])[] = [
  ['gateway', 'object'],
  ['gateway.mode', 'mode'],
  ['gateway.port', 'port'],
  ['gateway.bind', 'bind'],
  ['gateway.customBindHost', 'text'],
  ['gateway.trustedProxies', 'texts'],
  ['gateway.controlUi', 'object'],
  ['gateway.controlUi.allowedOrigins', 'texts'],
  ['gateway.auth', 'object'],
  ['gateway.auth.mode', 'authMode'],
  ['gateway.auth.token', 'secret'],
  ['gateway.auth.password', 'secret'],
  ['gateway.auth.allowTailscale', 'flag'],
  ['gateway.auth.trustedProxy', 'object'],
  ['gateway.auth.trustedProxy.userHeader', 'text'],
  ['gateway.auth.trustedProxy.allowLoopback', 'flag'],
  ['gateway.remote', 'object'],
  ['gateway.remote.url', 'gatewayUrl'],
  ['gateway.remote.transport', 'transport'],
  ['gateway.remote.token', 'secret'],
  ['gateway.remote.password', 'secret'],
  ['gateway.remote.sshTarget', 'sshTarget'],
  ['gateway.remote.sshIdentity', 'text'],
  ['gateway.remote.sshHostKeyPolicy', 'hostKeyPolicy'],
  ['gateway.remote.remotePort', 'port'],
  ['gateway.remote.tlsFingerprint', 'fingerprint'],
  ['agents', 'object'],
  ['agents.defaults', 'object'],
  ['agents.defaults.model', 'model'],
  ['models', 'object'],
  ['models.providers', 'object'],
  ['models.providers.*', 'object'],
  ['models.providers.*.baseUrl', 'text'],
  ['models.providers.*.apiKey', 'secret'],
  ['models.providers.*.api', 'text'],
  ['secrets', 'object'],
  ['secrets.providers', 'object'],
];

/** Top-level keys of OpenClaw 2026.9 (source: `openclaw config schema`). */
const topLevelKeys: ReadonlySet<string> = new Set(
  (
    '$schema $include meta env wizard diagnostics logging update telemetry browser ui secrets auth accessGroups acp ' +
    'models nodeHost agents worktreeRoot worktreeAcceleration tools security bindings broadcast attachments messages ' +
    'tts commands approvals session cron transcripts hooks channels discovery talk gateway cloudWorkers desktop memory ' +
    'mcp skills plugins surfaces proxy'
  ).split(' '),
);

/** The known keys whose value has another type than expected. `${NAME}` counts as any text. */
export function checkKnownKeys(value: unknown): ConfigIssue[] {
  return knownKeys.flatMap(([pattern, expected]) =>
    matches(value, pattern.split('.'), []).flatMap(({ path, found }) =>
      isReference(found) || schemas[expected].safeParse(found).success ? [] : [{ path, expected }],
    ),
  );
}

/** Top-level keys that OpenClaw does not know, e.g. a misspelled one. */
export function unknownTopLevelKeys(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).filter((key) => !topLevelKeys.has(key));
}

/** The issues that an edit of `path` brought about, or that stand in its way. */
export function issuesAround(issues: readonly ConfigIssue[], path: ConfigPath): ConfigIssue[] {
  const edited = formatConfigPath(path.map(String));
  const isWithin = (inner: string, outer: string) =>
    inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  return issues.filter((issue) => {
    const there = formatConfigPath(issue.path.map(String));
    return isWithin(there, edited) || isWithin(edited, there);
  });
}

type Match = { path: ConfigPath; found: unknown };

function matches(value: unknown, pattern: readonly string[], path: ConfigPath): Match[] {
  const [first, ...rest] = pattern;
  if (first === undefined) return [{ path, found: value }];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const keys = first === '*' ? Object.keys(value) : Object.hasOwn(value, first) ? [first] : [];
  return keys.flatMap((key) => matches((value as Record<string, unknown>)[key], rest, [...path, key]));
}

function isReference(value: unknown): boolean {
  return typeof value === 'string' && /\$\{[A-Z_][A-Z0-9_]*\}/.test(value);
}
