import { type Caller, type GatewayCall, openGatewayCall } from '../../core/link/gateway-call.ts';
import { refuseForeignPort } from '../../core/port-holder/port-owner.ts';
import type { CallPath } from '../../shared/credentials/candidates.ts';
import { type AppError, AppErrorException } from '../../shared/errors.ts';
import { err, type Result } from '../../shared/result.ts';
import type { CliContext } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { explainFailure, factsOf } from './explain-failure.ts';
import { findGateway, type Where } from './where.ts';

export const DEFAULT_TIMEOUT_MS = 10_000;

export type CallNeeds = {
  /** Which row of the credential contract; `call` when absent. */
  readonly path?: CallPath;
  /** `cli` when absent. Without any credential it is `backend`, which alone a Gateway without auth lets in. */
  readonly caller?: Caller;
  readonly scopes: readonly string[];
  /** What is printed is a stream of lines, and so is a failure. */
  readonly streams?: boolean;
  /** The connection outlives Ctrl+C: the command has something to say first, and then ends by itself. */
  readonly hasLastWord?: boolean;
};

/** A connection with what it took to get there. */
export type Connected = {
  readonly call: GatewayCall;
  readonly where: Where;
  /** One request; throws an AppErrorException. */
  ask(method: string, params?: unknown, options?: AskOptions): Promise<unknown>;
  /** The same over a second connection with other scopes: nobody may hand out more than they have themselves. */
  askAs(scopes: readonly string[], method: string, params?: unknown, options?: AskOptions): Promise<unknown>;
};

type AskOptions = { readonly timeoutMs?: number; readonly expectFinal?: boolean };

/**
 * Connects to the Gateway of this command line, lets `use` work with it, closes, and returns `use`'s exit code. Every
 * failure on the way, and every AppErrorException out of `use`, is said with what was sent and what was not.
 */
export async function withGateway(
  context: CliContext,
  options: GatewayOptions,
  needs: CallNeeds,
  use: (gateway: Connected) => Promise<number>,
): Promise<number> {
  const { out, t } = context;
  const where = await findGateway(context, options, needs.path ?? 'call');
  if (!where.ok) return out.fail(where.error, {}, { asEvent: needs.streams });
  const failed = async (error: AppError) => {
    const explained = await explainFailure(error, where.value, context);
    const { fix } = explained;
    return out.fail(explained.error, factsOf(where.value, context), { fix, asEvent: needs.streams });
  };
  const opened = await out.spin(
    t('calls.connecting', { url: where.value.url }),
    openAt(where.value, context, options, needs),
  );
  if (!opened.ok) return failed(opened.error);
  const call = opened.value;
  const askOver =
    (asked: GatewayCall): Connected['ask'] =>
    async (method, params, { timeoutMs = options.timeout ?? DEFAULT_TIMEOUT_MS, ...more } = {}) => {
      const answer = await out.spin(
        t('calls.asking', { method }),
        asked.request(method, params, { timeoutMs, ...more }),
      );
      if (!answer.ok) throw new AppErrorException(answer.error);
      return answer.value;
    };
  try {
    return await use({
      call,
      where: where.value,
      ask: askOver(call),
      async askAs(scopes, ...question) {
        const second = await openAt(where.value, context, options, { ...needs, scopes });
        if (!second.ok) throw new AppErrorException(second.error);
        try {
          return await askOver(second.value)(...question);
        } finally {
          await second.value.close();
        }
      },
    });
  } catch (thrown) {
    if (thrown instanceof AppErrorException) return failed(thrown.error);
    throw thrown;
  } finally {
    await call.close();
  }
}

/**
 * Opens one connection to a Gateway that was found. On a port of this computer, for which nobody typed the whole URL, only
 * to a program of this user: LOCAL_GATEWAY_NOT_OURS.
 */
export async function openAt(
  where: Where,
  { env, signal }: Pick<CliContext, 'env' | 'signal'>,
  { timeout = DEFAULT_TIMEOUT_MS }: GatewayOptions,
  { caller = 'cli', scopes, hasLastWord = false }: CallNeeds,
): Promise<Result<GatewayCall>> {
  const { url, tlsFingerprint, credentials } = where;
  if (where.route?.tag === 'local' || where.route?.tag === 'tunnel') {
    const foreign = await refuseForeignPort(Number(new URL(url).port));
    if (foreign) return err(foreign);
  }
  const isBare = credentials.token === undefined && credentials.password === undefined;
  return openGatewayCall({
    url,
    tlsFingerprint,
    env,
    caller: isBare ? 'backend' : caller,
    scopes,
    credentials,
    version: __CHELA_VERSION__,
    timeoutMs: timeout,
    ...(!hasLastWord && { signal }),
  });
}
