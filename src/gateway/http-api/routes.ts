import type { ApiRoute } from '../server/http.ts';
import type { Services } from '../services.ts';
import { createTranscriptReader } from '../sessions/transcript-reader.ts';
import { chatCompletionsRoute, modelsRoute } from './chat-completions.ts';
import { sessionTools } from './session-tools.ts';
import { toolsRoute } from './tools.ts';

/** What may be called over HTTP: tools always, chat completions when they are switched on. */
export function apiRoutes({ config, talk, index, database, newId, clock }: Services): readonly ApiRoute[] {
  const tools = sessionTools({
    ...talk,
    index,
    reader: createTranscriptReader(database),
    version: config.version,
    now: clock.now,
  });
  const chat = [
    modelsRoute(),
    chatCompletionsRoute({
      newId,
      now: clock.now,
      runs: talk.runs,
    }),
  ];
  return [toolsRoute(tools, config.tools?.deny ?? []), ...(config.http?.chatCompletions ? chat : [])];
}
