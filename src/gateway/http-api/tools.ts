import { z } from 'zod';
import { scopeGranted } from '../auth/scopes.ts';
import type { GatewayConfig } from '../options.ts';
import { sendJson } from '../server/answer.ts';
import type { ApiRoute } from '../server/http.ts';
import { readJsonBody } from '../server/read-body.ts';
import { AGENT_ID } from '../sessions/session-key.ts';

/** A tool that may be called over HTTP. Its failure is a sentence, never a throw. */
export type HttpTool = (
  args: Readonly<Record<string, unknown>>,
  sessionKey: string,
) => Promise<{ ok: true; result: unknown } | { ok: false; message: string }>;

/** Body size of a real Gateway (doc). */
const MAX_BYTES = 2 * 1024 * 1024;

/** `name` wins over `tool` (doc). Unknown keys are ignored. */
const bodySchema = z.looseObject({
  name: z.string().min(1).optional(),
  tool: z.string().min(1).optional(),
  action: z.string().optional(),
  args: z.record(z.string(), z.unknown()).optional(),
  sessionKey: z.string().min(1).optional(),
  agentId: z.string().min(1).optional(),
});

const failure = (type: string, message: string) => ({ ok: false, error: { type, message } });

/** Of the tools here, what HTTP does not have unless it is allowed (doc). */
const deniedByDefault = new Set(['sessions_send', 'nodes']);

/** Whoever has not all rights does not get these, allowed or not (doc). */
const ownerOnly = new Set(['nodes']);

/**
 * `POST /tools/invoke`: one tool, by name (observed). Tools that are not for HTTP, or denied, do not exist here: `allow`
 * takes names off the list of what HTTP may not have, `deny` puts others on it and wins (doc).
 */
export function toolsRoute(
  tools: Readonly<Record<string, HttpTool>>,
  { allow = [], deny = [] }: NonNullable<GatewayConfig['tools']>,
): ApiRoute {
  const isDenied = (name: string, scopes: readonly string[]) =>
    deny.includes(name) ||
    deny.includes('*') ||
    (deniedByDefault.has(name) && !allow.includes(name)) ||
    (ownerOnly.has(name) && !scopeGranted(scopes, 'operator.admin'));
  return {
    method: 'POST',
    path: '/tools/invoke',
    scope: 'operator.write',
    async handle(request, response, scopes) {
      const body = await readJsonBody(request, MAX_BYTES);
      if (!body.ok && body.status === 413) {
        const tooLarge = failure('invalid_request', 'the request body is too large');
        return sendJson(response, 413, tooLarge, { connection: 'close' });
      }
      const parsed = bodySchema.safeParse(body.ok ? body.value : undefined);
      const name = parsed.success ? (parsed.data.name ?? parsed.data.tool) : undefined;
      if (!parsed.success || name === undefined) {
        return sendJson(response, 400, failure('invalid_request', 'tools.invoke requires name'));
      }
      const tool = !isDenied(name, scopes) && Object.hasOwn(tools, name) ? tools[name] : undefined;
      if (tool === undefined) {
        return sendJson(response, 404, failure('not_found', `Tool not available: ${name}`));
      }
      const { action, args = {}, sessionKey = 'main', agentId = AGENT_ID } = parsed.data;
      if (agentId.toLowerCase() !== AGENT_ID) {
        return sendJson(response, 400, failure('invalid_request', `Unknown agent id "${agentId}"`));
      }
      const given = action === undefined || 'action' in args ? args : { ...args, action };
      const outcome = await tool(given, sessionKey);
      if (outcome.ok) sendJson(response, 200, { ok: true, result: outcome.result });
      else sendJson(response, 400, failure('tool_error', outcome.message));
    },
  };
}

/** A tool whose arguments a schema checks and whose result is a value: as an agent reads it and as a program does. */
export function httpTool<T>(schema: z.ZodType<T>, run: (args: T) => object | Promise<object>): HttpTool {
  return async (given) => {
    const parsed = schema.safeParse(given);
    if (!parsed.success)
      return { ok: false, message: parsed.error.issues[0]?.message ?? 'invalid arguments' };
    const details = await run(parsed.data);
    const text = JSON.stringify(details, null, 2);
    return { ok: true, result: { content: [{ type: 'text', text }], details } };
  };
}
