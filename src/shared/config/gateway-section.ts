import { z } from 'zod';
import type { ServerAuth } from '../credentials/server-auth.ts';
import { appError } from '../errors.ts';
import { err, ok, type Result } from '../result.ts';
import { bindSchema, type GatewayAccess, rateLimitSchema, type ServerAuthConfig } from './gateway-access.ts';
import { lenient } from './lenient.ts';

/** A switch that opens a door when it is absent: a value of an unexpected shape keeps the door closed. */
const closedWhenOdd = z.boolean().optional().catch(false);
const texts = z.array(z.string().min(1));

/** The keys of `gateway` in `openclaw.json` that say who gets in (source: the `openclaw` package's docs/gateway). */
export const gatewaySectionShape = {
  bind: lenient(bindSchema),
  customBindHost: lenient(z.string().min(1)),
  trustedProxies: lenient(texts),
  allowRealIpFallback: lenient(z.boolean()),
  tailscale: lenient(z.looseObject({ mode: lenient(z.enum(['off', 'serve'])) })),
  http: lenient(
    z.looseObject({
      endpoints: lenient(
        z.looseObject({ chatCompletions: lenient(z.looseObject({ enabled: lenient(z.boolean()) })) }),
      ),
    }),
  ),
  controlUi: lenient(z.looseObject({ allowedOrigins: lenient(texts) })),
  // A list of what is denied that cannot be read denies everything.
  tools: lenient(z.looseObject({ allow: lenient(texts), deny: texts.optional().catch(['*']) })),
};

export const nodesSectionShape = {
  pairing: lenient(z.looseObject({ autoApproveLocal: closedWhenOdd })),
  commands: lenient(z.looseObject({ allow: lenient(texts), deny: lenient(texts) })),
  allowSkills: closedWhenOdd,
  pluginTools: lenient(z.looseObject({ enabled: closedWhenOdd })),
};

export const authSectionShape = {
  allowTailscale: closedWhenOdd,
  identityScopes: lenient(z.record(z.string(), texts)),
  rateLimit: lenient(rateLimitSchema.partial()),
  trustedProxy: lenient(
    z.looseObject({
      userHeader: lenient(z.string().min(1)),
      // A list that cannot be read must not become "no requirement" or "everybody".
      requiredHeaders: texts.optional(),
      allowUsers: texts.optional(),
      allowLoopback: lenient(z.boolean()),
    }),
  ),
};

const gatewaySectionSchema = z.looseObject({
  ...gatewaySectionShape,
  auth: lenient(z.looseObject(authSectionShape)),
  nodes: lenient(z.looseObject(nodesSectionShape)),
});

export type GatewaySection = z.infer<typeof gatewaySectionSchema>;

/**
 * The access rules of this computer's own Gateway: `auth` as the credential rules decided it (R16, R21, R22), the rest
 * from `openclaw.json`. Refused where those rules refuse, and where the mode is trusted-proxy without a user header.
 * `generatedToken` serves where nothing is configured. Pure.
 */
export function serverAccess(
  section: GatewaySection | null | undefined,
  auth: ServerAuth,
  generatedToken: string,
): Result<GatewayAccess> {
  const method = authMethod(section, auth, generatedToken);
  if (!method.ok) return method;
  const { bind, customBindHost, trustedProxies, allowRealIpFallback, tailscale, http, controlUi, tools } =
    section ?? {};
  const { allowTailscale, identityScopes, rateLimit } = section?.auth ?? {};
  const { pairing, commands, allowSkills, pluginTools } = section?.nodes ?? {};
  return ok({
    auth: method.value,
    ...(bind && { bind }),
    ...(customBindHost && { customBindHost }),
    ...(trustedProxies && { trustedProxies }),
    ...(allowRealIpFallback !== undefined && { allowRealIpFallback }),
    ...(identityScopes && { identityScopes }),
    ...(allowTailscale !== undefined && { allowTailscale }),
    ...(rateLimit && { rateLimit }),
    ...(tailscale?.mode && { tailscale: { mode: tailscale.mode } }),
    http: { chatCompletions: http?.endpoints?.chatCompletions?.enabled ?? false },
    ...((tools?.allow || tools?.deny) && { tools: present(tools) }),
    controlUi: { allowedOrigins: controlUi?.allowedOrigins ?? [] },
    nodes: {
      pairing: { autoApproveLocal: pairing?.autoApproveLocal ?? true },
      ...(commands && { commands: present(commands) }),
      ...(allowSkills !== undefined && { allowSkills }),
      ...(pluginTools?.enabled !== undefined && { pluginTools: pluginTools.enabled }),
    },
  });
}

/** Only the lists that are there. */
function present({ allow, deny }: { allow?: string[] | undefined; deny?: string[] | undefined }) {
  return { ...(allow && { allow }), ...(deny && { deny }) };
}

function authMethod(
  section: GatewaySection | null | undefined,
  auth: ServerAuth,
  generatedToken: string,
): Result<ServerAuthConfig> {
  switch (auth.tag) {
    case 'refused':
      return err(auth.error);
    case 'none':
      return ok({ mode: 'none' });
    case 'secret':
      return ok(
        auth.kind === 'token'
          ? { mode: 'token', token: auth.value }
          : { mode: 'password', password: auth.value },
      );
    case 'generate':
      return ok(
        auth.kind === 'token'
          ? { mode: 'token', token: generatedToken, generated: true }
          : { mode: 'password', password: generatedToken, generated: true },
      );
    case 'trusted-proxy': {
      const policy = section?.auth?.trustedProxy;
      if (policy?.userHeader === undefined) {
        return err(appError('SERVER_PROXY_INCOMPLETE', 'no gateway.auth.trustedProxy.userHeader'));
      }
      return ok({
        mode: 'trusted-proxy',
        trustedProxy: {
          userHeader: policy.userHeader,
          requiredHeaders: policy.requiredHeaders ?? [],
          allowUsers: policy.allowUsers ?? [],
          allowLoopback: policy.allowLoopback ?? false,
        },
        ...(auth.password !== null && { password: auth.password }),
      });
    }
  }
}
