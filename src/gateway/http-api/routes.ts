import type { ApiRoute } from '../server/http.ts';
import type { Services } from '../services.ts';
import { chatCompletionsRoute, modelsRoute } from './chat-completions.ts';
import { type HttpTool, toolsRoute } from './tools.ts';

/** What may be called over HTTP: tools always, chat completions when they are switched on. */
export function apiRoutes({ config, talk, newId, clock }: Services): readonly ApiRoute[] {
  const { view, sessions, runs } = talk;
  const tools: Record<string, HttpTool> = {
    sessions_list: async () => {
      const rows = sessions.list().map(({ key }) => view.row(key));
      return { ok: true, result: toolResult({ count: rows.length, sessions: rows }) };
    },
  };
  const chat = [
    modelsRoute(),
    chatCompletionsRoute({
      newId,
      now: clock.now,
      runs,
    }),
  ];
  return [toolsRoute(tools), ...(config.http?.chatCompletions ? chat : [])];
}

/** The result of a tool, as an agent reads it and as a program does (observed). */
function toolResult(details: object) {
  return { content: [{ type: 'text', text: JSON.stringify(details, null, 2) }], details };
}
