import { z } from 'zod';
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

/** `POST /tools/invoke`: one tool, by name (observed). Tools that are not for HTTP, or denied, do not exist here. */
export function toolsRoute(tools: Readonly<Record<string, HttpTool>>, deny: readonly string[]): ApiRoute {
  return {
    method: 'POST',
    path: '/tools/invoke',
    scope: 'operator.write',
    async handle(request, response) {
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
      const isDenied = deny.includes(name) || deny.includes('*');
      const tool = !isDenied && Object.hasOwn(tools, name) ? tools[name] : undefined;
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
