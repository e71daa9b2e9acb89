import type { RunStore } from './run-store.ts';
import { type SessionModel, type SessionRow, sessionRow } from './session-row.ts';
import type { SessionSettingsStore } from './session-settings.ts';
import type { SessionStore } from './session-store.ts';

export type SessionView = {
  /** Also for a session that does not exist yet: a row without dates. */
  row(key: string): SessionRow;
};

/** Reads the session tables into the words of the protocol. */
export function createSessionView(deps: {
  sessions: SessionStore;
  settings: SessionSettingsStore;
  runs: RunStore;
  now: () => number;
  /** Runs of the session that have not ended, the active one first. */
  activeRunIds: (key: string) => string[];
  modelOf: (key: string) => SessionModel | null;
}): SessionView {
  return {
    row: (key) =>
      sessionRow({
        key,
        record: deps.sessions.find(key),
        settings: deps.settings.read(key),
        run: deps.runs.latest(key),
        activeRunIds: deps.activeRunIds(key),
        costUsd: deps.runs.cost(key),
        model: deps.modelOf(key),
        now: deps.now(),
      }),
  };
}
