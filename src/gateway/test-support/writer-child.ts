import { randomUUID } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { noUsage } from '../agent/cost.ts';
import { createAnswerFiles } from '../agent/media/answer-files.ts';
import type { RunEvents } from '../agent/run-events.ts';
import { createRuns } from '../agent/runs.ts';
import { systemClock } from '../clock.ts';
import { silentLogger } from '../options.ts';
import { openDatabase } from '../sessions/database.ts';
import { createRunStore } from '../sessions/run-store.ts';
import { createSessionStore } from '../sessions/session-store.ts';

/**
 * A process that accepts messages as the Gateway does, as fast as it can, and tells its parent of each one that
 * was acknowledged. It loads in a fraction of the time that the whole Gateway takes.
 */
const [stateDir = '', round = ''] = process.argv.slice(2);
// A process that is killed leaves nothing behind for the next one to load faster.
flushCompileCache();

const nobody = () => {};
const events: RunEvents = {
  chat: nobody,
  chatAlone: nobody,
  agent: () => ({}),
  status: nobody,
  message: nobody,
  sessionChanged: nobody,
  sessionDeleted: nobody,
};

const database = openDatabase(stateDir);
const runs = createRuns({
  database,
  sessions: createSessionStore(database),
  runs: createRunStore(database),
  files: createAnswerFiles(stateDir),
  events,
  chooseReply: () => ({
    kind: 'builtin',
    api: 'test',
    provider: 'test',
    model: 'test',
    excluded: false,
    async run({ say }) {
      say('an answer');
      return { stopReason: 'stop', usage: noUsage };
    },
  }),
  clock: systemClock,
  questions: { answerInWords: () => undefined, giveUp: nobody },
  newId: randomUUID,
  logger: silentLogger,
  t: (key) => key,
});
runs.resume();

for (let index = 0; ; index += 1) {
  const runId = `${round}-${index}`;
  runs.accept({
    runId,
    sessionKey: `agent:main:s${index % 3}`,
    message: `message ${runId}`,
    sender: { id: 'test', mode: 'test' },
    plain: true,
    queueMode: 'followup',
  });
  // Written when this returns; what is said afterwards is an acknowledgement.
  await new Promise((resolve) => process.send?.(runId, resolve));
}
