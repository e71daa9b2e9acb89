import {
  isRequestMethod,
  type RequestMethod,
  type RequestResult,
  requests,
  type ValidParams,
} from '../shared/contract/requests.ts';
import { appError, toAppError } from '../shared/errors.ts';
import { err, type Result } from '../shared/result.ts';

export type Handlers<Context> = {
  readonly [M in RequestMethod]: (
    params: ValidParams<M>,
    context: Context,
  ) => Promise<Result<RequestResult<M>>> | Result<RequestResult<M>>;
};

export type Dispatch<Context> = (
  method: string,
  params: unknown,
  context: Context,
) => Promise<Result<unknown>>;

/** The one door of the contract: an unknown method or params that do not fit are BAD_REQUEST; a throw becomes INTERNAL. */
export function createDispatch<Context>(
  handlers: Handlers<Context>,
  onFault: (method: string, thrown: unknown) => void,
): Dispatch<Context> {
  return async (method, params, context) => {
    if (!isRequestMethod(method)) return badRequest(`unknown request ${JSON.stringify(method).slice(0, 80)}`);
    const parsed = requests[method].params.safeParse(params);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return badRequest(`${issue?.path.join('.') || method}: ${issue?.message ?? 'invalid'}`);
    }
    try {
      // The schema that was just applied belongs to this very method; TypeScript can't follow the pairing.
      const handler = handlers[method] as (params: unknown, context: Context) => Promise<Result<unknown>>;
      return await handler(parsed.data, context);
    } catch (thrown) {
      onFault(method, thrown);
      return err(toAppError(thrown));
    }
  };
}

function badRequest(reason: string): Result<never> {
  return err(appError('BAD_REQUEST', reason, { details: { reason } }));
}
