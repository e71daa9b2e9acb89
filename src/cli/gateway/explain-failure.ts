import { dataDirOf } from '../../core/data-dir.ts';
import { assertNever } from '../../shared/assert-never.ts';
import type { SecretOrigin, Why } from '../../shared/credentials/candidates.ts';
import { type AppError, appError, type ErrorCode, type Translate } from '../../shared/errors.ts';
import type { CliContext } from '../frame/context.ts';
import type { Where } from './where.ts';

export type ExplainedFailure = { readonly error: AppError; readonly fix?: string };

const STATUS_WITHIN_MS = 2000;

/** The refusals that a missing secret brings about, depending on how the caller named itself. */
const NEEDS_SECRET: ReadonlySet<ErrorCode> = new Set([
  'GATEWAY_TOKEN_MISSING',
  'GATEWAY_PASSWORD_MISMATCH',
  'GATEWAY_DEVICE_REFUSED',
  'GATEWAY_AUTH_REFUSED',
  'GATEWAY_PAIRING_REQUIRED',
]);
const SECRET_REFUSED: ReadonlySet<ErrorCode> = new Set([
  'GATEWAY_TOKEN_MISMATCH',
  'GATEWAY_PASSWORD_MISMATCH',
  'GATEWAY_AUTH_REFUSED',
]);

/** What the Chela that starts that Gateway, or tries to, knows better. */
const CHELA_KNOWS: ReadonlySet<ErrorCode> = new Set([
  'GATEWAY_UNREACHABLE',
  'GATEWAY_CLOSED',
  'NOT_A_GATEWAY',
]);

/** The rules by which a secret that is there stays here; the keys of `causes.GATEWAY_CREDENTIAL_NEEDED`. */
const WITHHELD: ReadonlySet<Why> = new Set(['urlFlag', 'urlEnv', 'otherHost', 'strictRemote']);

/**
 * Says of a failure what only the caller knows: that no secret was sent and why (R14, R15, R17, R19), which one was refused,
 * that the tunnel, and not the Gateway, is what is missing, or why the running Chela has none. Never rejects.
 */
export async function explainFailure(
  error: AppError,
  where: Where,
  context: CliContext,
): Promise<ExplainedFailure> {
  const { t } = context;
  const { decision, url, route } = where;
  const sentNothing = decision.tag === 'none' && where.generatedToken === null;
  if (sentNothing && NEEDS_SECRET.has(error.code)) {
    const kept = decision.trail.filter(({ verdict, why }) => verdict === 'ignored' && WITHHELD.has(why));
    const withheld = kept.map(({ name }) => name);
    const cause = kept[0]?.why ?? (where.urlSource === 'flag' ? 'urlFlagBare' : 'nothing');
    return {
      error: appError('GATEWAY_CREDENTIAL_NEEDED', error.message, { details: { url, cause, withheld } }),
      fix: t(`calls.needed.${cause}`),
    };
  }
  if (decision.tag === 'use' && SECRET_REFUSED.has(error.code)) {
    const from = describeOrigin(decision.origin, t);
    const isExplicit = decision.name.startsWith('explicit.');
    const values = { name: decision.name, from, key: `gateway.auth.${decision.kind}` };
    return {
      error: { ...error, details: { ...error.details, sent: decision.name } },
      fix: t(isExplicit ? 'calls.refusedExplicit' : 'calls.refusedFrom', values),
    };
  }
  if (where.generatedToken !== null && SECRET_REFUSED.has(error.code)) {
    return { error, fix: t('calls.refusedGenerated') };
  }
  if (/^unknown method/.test(String(error.details?.reason))) return { error, fix: t('calls.unknownMethod') };
  if (where.isChelas && route?.tag === 'local' && CHELA_KNOWS.has(error.code)) {
    const known = await whatChelaSays(context);
    if (known) return known;
  }
  const isRefused = error.code === 'GATEWAY_UNREACHABLE' && error.details?.reason === 'ECONNREFUSED';
  if (isRefused && route?.tag === 'tunnel') return tunnelDown(where, route, context);
  if (isRefused && route?.tag === 'local') return { error, fix: t('calls.localDown') };
  return { error };
}

/** The trouble of the running Chela with the Gateway of this computer, and what it does about it; null where it has none. */
async function whatChelaSays(context: CliContext): Promise<ExplainedFailure | null> {
  const { t } = context;
  const running = await reachChela(context);
  if (!running) return null;
  const status = await running.request('status', {}, STATUS_WITHIN_MS);
  running.close();
  if (!status.ok || status.value.mode !== 'local') return null;
  const { connection } = status.value;
  switch (connection.tag) {
    case 'failed':
      return { error: connection.error };
    case 'reconnecting': {
      const seconds = Math.max(0, Math.ceil(((connection.retryAt ?? 0) - Date.now()) / 1000));
      const fix = seconds > 0 ? t('calls.chelaRetries', { seconds }) : t('calls.chelaStarts');
      return { error: connection.error, fix };
    }
    case 'connecting':
      return { error: appError('GATEWAY_STARTING', 'Chela is starting it'), fix: t('calls.chelaStarts') };
    case 'idle':
      return {
        error: appError('GATEWAY_UNREACHABLE', 'Chela is disconnected', {
          details: { reason: t('connection.idle') },
        }),
        fix: t('calls.chelaIsIdle'),
      };
    case 'connected':
    case 'degraded':
      // It came between the two looks, or Chela has not noticed yet.
      return null;
    default:
      return assertNever(connection);
  }
}

/** Only now is it worth the time to load what speaks to the app. */
async function reachChela({ globals }: CliContext) {
  const { reachRunning } = await import('../../core/instance/control-client.ts');
  return reachRunning(dataDirOf(globals.dataDir, globals.profile)).catch(() => null);
}

async function tunnelDown(
  { url }: Where,
  { target }: { target: string | null },
  context: CliContext,
): Promise<ExplainedFailure> {
  const { t } = context;
  const running = await reachChela(context);
  running?.close();
  const cause = running ? 'appRuns' : target === null ? 'foreign' : 'noApp';
  const error = appError('TUNNEL_DOWN', 'nothing listens at the local end of the tunnel', {
    details: { url, target: target ?? '', cause },
  });
  return cause === 'foreign' ? { error, fix: t('calls.tunnelForeign') } : { error };
}

/** Beside the error in JSON: where the call went, and which secret went along. No value. */
export function factsOf({ url, urlSource, mode, decision }: Where, { t }: CliContext) {
  return {
    mode,
    url,
    urlSource,
    credential:
      decision.tag === 'use' ? { name: decision.name, from: describeOrigin(decision.origin, t) } : null,
  };
}

/** Where a secret stands, in words. */
export function describeOrigin(origin: SecretOrigin, t: Translate): string {
  switch (origin.tag) {
    case 'config':
      return origin.line === undefined
        ? t('credentials.origin.config', { file: origin.file })
        : t('credentials.origin.configLine', { file: origin.file, line: origin.line });
    default:
      return t(`credentials.origin.${origin.tag}`, { ...origin });
  }
}
