import type { ChatEvent } from '@openclaw/gateway-protocol';
import type { GatewayClock } from '../clock.ts';
import type { Hub } from '../server/hub.ts';
import type { HistoryRow } from '../sessions/history-row.ts';
import { AGENT_ID } from '../sessions/session-key.ts';
import type { SessionView } from '../sessions/session-view.ts';

type WithoutFrame<T> = T extends unknown ? Omit<T, 'runId' | 'sessionKey' | 'agentId' | 'seq'> : never;
type ChatStep = WithoutFrame<ChatEvent>;

/**
 * The run that an event is about, and its counter: `chat` and `agent` events of a run share one (observed).
 */
export type RunFrame = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly sessionId: string;
  seq: number;
};

/** Tells the clients what happens in a conversation. Called after it is on disk. */
export type RunEvents = {
  chat(run: RunFrame, step: ChatStep): void;
  agent(run: RunFrame, stream: 'lifecycle' | 'assistant', data: Record<string, unknown>): void;
  message(sessionKey: string, row: HistoryRow): void;
  sessionChanged(sessionKey: string, change: { reason?: string; phase?: string; runId?: string }): void;
};

/** The `message` of a chat event: the whole text so far. */
export function chatMessage(text: string, timestamp: number) {
  return { role: 'assistant', content: [{ type: 'text', text }], timestamp };
}

export function createRunEvents(deps: { hub: Hub; clock: GatewayClock; view: SessionView }): RunEvents {
  const { hub, clock, view } = deps;
  return {
    chat(run, step) {
      run.seq += 1;
      const { runId, sessionKey, seq } = run;
      hub.broadcast(
        'chat',
        { runId, sessionKey, agentId: AGENT_ID, seq, ...step },
        { scope: 'operator.read' },
      );
    },
    agent(run, stream, data) {
      run.seq += 1;
      const { runId, sessionKey, sessionId, seq } = run;
      hub.broadcast(
        'agent',
        {
          runId,
          sessionKey,
          sessionId,
          agentId: AGENT_ID,
          stream,
          data,
          seq,
          ts: clock.now(),
          isHeartbeat: false,
        },
        { scope: 'operator.read' },
      );
    },
    message(sessionKey, row) {
      const session = view.row(sessionKey);
      hub.broadcast(
        'session.message',
        {
          sessionKey,
          agentId: AGENT_ID,
          message: row,
          messageId: row.__openclaw.id,
          messageSeq: row.__openclaw.seq,
          session,
          ...session,
        },
        {
          scope: 'operator.read',
          only: (client) => client.watchesSessions || client.watchedKeys.has(sessionKey),
        },
      );
    },
    sessionChanged(sessionKey, change) {
      const session = view.row(sessionKey);
      hub.broadcast(
        'sessions.changed',
        { sessionKey, agentId: AGENT_ID, ...change, ts: clock.now(), session, ...session },
        { scope: 'operator.read', only: (client) => client.watchesSessions },
      );
    },
  };
}
