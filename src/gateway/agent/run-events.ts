import type { ChatEvent } from '@openclaw/gateway-protocol';
import type { GatewayClock } from '../clock.ts';
import type { Client } from '../server/client.ts';
import { type Hub, hearsSession } from '../server/hub.ts';
import type { HistoryRow } from '../sessions/history-row.ts';
import type { AnswerFile } from '../sessions/row-parts.ts';
import { AGENT_ID } from '../sessions/session-key.ts';
import type { SessionView } from '../sessions/session-view.ts';

type WithoutFrame<T> = T extends unknown ? Omit<T, 'runId' | 'sessionKey' | 'agentId' | 'seq'> : never;
type ChatStep = WithoutFrame<ChatEvent>;
export type StatusPhase = Extract<ChatEvent, { state: 'status' }>['phase'] | 'retrying';
/** Streams of `agent` events. `tool` goes to the run's sender alone. */
export type AgentStream =
  | 'run_status'
  | 'lifecycle'
  | 'assistant'
  | 'usage'
  | 'item'
  | 'command_output'
  | 'approval'
  | 'tool';

/**
 * The run that an event is about, and its counter. `chat` and `agent` events of a run share one, and two that
 * tell the same thing have the same number (observed).
 */
export type RunFrame = {
  readonly runId: string;
  readonly sessionKey: string;
  readonly sessionId: string;
  /** The connection that sent the message; null when it is not known any more. */
  readonly connId: string | null;
  seq: number;
};

/** Tells the clients what happens in a conversation. Called after it is on disk. */
export type RunEvents = {
  /** The `chat` side of the last `agent` event. */
  chat(run: RunFrame, step: ChatStep): void;
  /** An event of a run that has nothing else to tell: `seq` 1, no agent (observed). */
  chatAlone(run: { runId: string; sessionKey: string }, step: ChatStep): void;
  /** Returns what was sent. */
  agent(run: RunFrame, stream: AgentStream, data: Record<string, unknown>): object;
  status(run: RunFrame, phase: StatusPhase, details?: Record<string, unknown>): void;
  message(sessionKey: string, row: HistoryRow): void;
  sessionChanged(sessionKey: string, change: { reason?: string; phase?: string; runId?: string }): void;
  /** Told twice: about the session, and about the list (observed). */
  sessionDeleted(gone: { sessionKey: string; sessionId: string; agentId: string }): void;
};

/** The `message` of a chat event: the whole text so far, and at the end what the answer came with. */
export function chatMessage(text: string, timestamp: number, files: readonly AnswerFile[] = []) {
  return { role: 'assistant', content: [{ type: 'text', text }, ...files], timestamp };
}

const TOOL_EVENTS_CAP = 'tool-events';

export function createRunEvents(deps: { hub: Hub; clock: GatewayClock; view: SessionView }): RunEvents {
  const { hub, clock, view } = deps;
  const readers = { scope: 'operator.read' } as const;
  const listeners = (sessionKey: string) =>
    ({ ...readers, only: (client: Client) => hearsSession(client, sessionKey) }) as const;

  const chat = ({ runId, sessionKey, seq }: RunFrame, step: ChatStep) =>
    hub.broadcast('chat', { runId, sessionKey, agentId: AGENT_ID, seq, ...step }, listeners(sessionKey));

  const agent = (run: RunFrame, stream: AgentStream, data: Record<string, unknown>) => {
    const { runId, sessionKey, sessionId, seq } = run;
    const payload = {
      runId,
      sessionKey,
      sessionId,
      agentId: AGENT_ID,
      stream,
      data,
      seq,
      ts: clock.now(),
      isHeartbeat: false,
    };
    if (stream !== 'tool') {
      hub.broadcast('agent', payload, listeners(sessionKey));
      return payload;
    }
    const isSender = ({ connId, connect }: Client) =>
      connId === run.connId && (connect.caps ?? []).includes(TOOL_EVENTS_CAP);
    hub.broadcast('agent', payload, { ...readers, only: isSender });
    const isWatcher = (client: Client) =>
      !isSender(client) && (client.watchesSessions || client.watchedKeys.has(sessionKey));
    hub.broadcast('session.tool', payload, { ...readers, only: isWatcher });
    return payload;
  };

  return {
    chat,
    chatAlone({ runId, sessionKey }, step) {
      hub.broadcast('chat', { runId, sessionKey, seq: 1, ...step }, listeners(sessionKey));
    },
    agent(run, stream, data) {
      run.seq += 1;
      return agent(run, stream, data);
    },
    status(run, phase, details = {}) {
      run.seq += 1;
      // `retrying` is no phase of the chat event; there the model is starting again (observed).
      chat(run, { state: 'status', phase: phase === 'retrying' ? 'starting_model' : phase });
      agent(run, 'run_status', { phase, ...details });
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
          ...readers,
          only: (client) => client.watchesSessions || client.watchedKeys.has(sessionKey),
        },
      );
    },
    sessionDeleted(gone) {
      const deletion = { reason: 'delete', ts: clock.now() };
      for (const payload of [{ ...gone, ...deletion }, deletion]) {
        hub.broadcast('sessions.changed', payload, { ...readers, only: (client) => client.watchesSessions });
      }
    },
    sessionChanged(sessionKey, change) {
      const session = view.row(sessionKey);
      hub.broadcast(
        'sessions.changed',
        { sessionKey, agentId: AGENT_ID, ...change, ts: clock.now(), session, ...session },
        { ...readers, only: (client) => client.watchesSessions },
      );
    },
  };
}
