import {
  formatValidationErrors,
  missingScopeErrorShape,
  type ValidationError,
} from '@openclaw/gateway-protocol';
import type { OperatorScope } from '../auth/scopes.ts';
import { scopeGranted } from '../auth/scopes.ts';
import type { Client } from '../server/client.ts';
import { failure, invalidRequest, type Reply } from '../server/frames.ts';

/**
 * Who may call a method (observed). Null: every admitted connection, nodes too. `node`: nodes only. A function
 * where the parameters decide; it must not trust their shape.
 */
export type MethodScope = OperatorScope | 'node' | null | ((params: unknown) => OperatorScope);

/** One method of the protocol. Its scope is the one a real Gateway asks for. */
export type Method = {
  readonly scope: MethodScope;
  /** `params` is `{}` where the frame has none. May throw: the caller gets UNAVAILABLE. */
  handle(params: unknown, client: Client): Reply | Promise<Reply>;
};

export type MethodTable = Readonly<Record<string, Method>>;

type Validator<T> = ((data: unknown) => data is T) & { errors: ValidationError[] | null };

/** A method whose parameters the published schema checks. */
export function checked<T>(
  name: string,
  scope: MethodScope,
  validate: Validator<T>,
  handle: (params: T, client: Client) => Reply | Promise<Reply>,
): Record<string, Method> {
  return {
    [name]: {
      scope,
      handle(params, client) {
        if (validate(params)) return handle(params, client);
        return invalidRequest(`invalid ${name} params: ${formatValidationErrors(validate.errors)}`);
      },
    },
  };
}

/** A method that looks at no parameters; a real Gateway does not check those of its own kind either. */
export function plain(
  name: string,
  scope: MethodScope,
  handle: (client: Client) => Reply | Promise<Reply>,
): Record<string, Method> {
  return { [name]: { scope, handle: (_params, client) => handle(client) } };
}

/** Finds the method and asks whether the client may call it (observed). */
export function authorize(
  methods: MethodTable,
  client: Client,
  name: string,
  params: unknown,
): { ok: true; method: Method } | { ok: false; reply: Reply } {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  const refuse = (reply: Reply) => ({ ok: false, reply }) as const;
  if (method === undefined) return refuse(invalidRequest(`unknown method: ${name}`));
  if (method.scope === null) return { ok: true, method };
  const { role, scopes } = client.admission;
  const isNode = method.scope === 'node';
  if (isNode !== (role === 'node')) return refuse(invalidRequest(`unauthorized role: ${role}`));
  if (isNode) return { ok: true, method };
  const scope = typeof method.scope === 'function' ? method.scope(params) : method.scope;
  return scopeGranted(scopes, scope) ? { ok: true, method } : refuse(missingScope(scope));
}

export function missingScope(scope: OperatorScope): Reply {
  return failure(missingScopeErrorShape({ missingScope: scope, requiredScopes: [scope] }));
}
