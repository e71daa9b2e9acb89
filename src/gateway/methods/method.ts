import {
  formatValidationErrors,
  missingScopeErrorShape,
  type ValidationError,
} from '@openclaw/gateway-protocol';
import type { OperatorScope } from '../auth/scopes.ts';
import { scopeGranted } from '../auth/scopes.ts';
import type { Client } from '../server/client.ts';
import { failure, invalidRequest, type Reply } from '../server/frames.ts';

/** One method of the protocol. Its scope is the one a real Gateway asks for. */
export type Method = {
  /** Null: every admitted connection may call it, nodes too. */
  readonly scope: OperatorScope | null;
  /** `params` is `{}` where the frame has none. May throw: the caller gets UNAVAILABLE. */
  handle(params: unknown, client: Client): Reply | Promise<Reply>;
};

export type MethodTable = Readonly<Record<string, Method>>;

type Validator<T> = ((data: unknown) => data is T) & { errors: ValidationError[] | null };

/** A method whose parameters the published schema checks. */
export function checked<T>(
  name: string,
  scope: OperatorScope | null,
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
  scope: OperatorScope | null,
  handle: (client: Client) => Reply | Promise<Reply>,
): Record<string, Method> {
  return { [name]: { scope, handle: (_params, client) => handle(client) } };
}

/** Finds the method and asks whether the client may call it (observed). */
export function authorize(
  methods: MethodTable,
  client: Client,
  name: string,
): { ok: true; method: Method } | { ok: false; reply: Reply } {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  const refuse = (reply: Reply) => ({ ok: false, reply }) as const;
  if (method === undefined) return refuse(invalidRequest(`unknown method: ${name}`));
  if (method.scope === null) return { ok: true, method };
  const { role, scopes } = client.admission;
  if (role !== 'operator') return refuse(invalidRequest(`unauthorized role: ${role}`));
  if (scopeGranted(scopes, method.scope)) return { ok: true, method };
  return refuse(
    failure(missingScopeErrorShape({ missingScope: method.scope, requiredScopes: [method.scope] })),
  );
}
