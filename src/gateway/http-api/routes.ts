import type { ApiRoute } from '../server/http.ts';
import type { Services } from '../services.ts';
import { createTranscriptReader } from '../sessions/transcript-reader.ts';
import { actingTools } from './acting-tools.ts';
import { chatCompletionsRoute, modelsRoute } from './chat-completions.ts';
import { sessionTools } from './session-tools.ts';
import { toolsRoute } from './tools.ts';

/** What may be called over HTTP: tools always, chat completions when they are switched on. */
export function apiRoutes({
  config,
  talk,
  index,
  database,
  newId,
  clock,
  nodes,
}: Services): readonly ApiRoute[] {
  const tools = sessionTools({
    ...talk,
    index,
    reader: createTranscriptReader(database),
    version: config.version,
    now: clock.now,
  });
  const acting = actingTools({ runs: talk.runs, registry: nodes.registry, clock, newId });
  const chat = [
    modelsRoute(),
    chatCompletionsRoute({
      newId,
      now: clock.now,
      runs: talk.runs,
    }),
  ];
  return [
    toolsRoute({ ...tools, ...acting }, config.tools ?? {}),
    ...(config.http?.chatCompletions ? chat : []),
  ];
}
