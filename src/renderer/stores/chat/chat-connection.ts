import type { EventFrame } from '@openclaw/gateway-client/browser';
import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import { createAwaitedRows, holds } from './awaited-rows.ts';
import { transcriptChange } from './chat-model.ts';
import { type ChatSession, createChatSession } from './chat-session.ts';
import type { ChatStorage, Place } from './chat-storage.ts';
import { type Conversations, isOfScope } from './conversations.ts';

export type ChatConnectionOptions = {
  scope: string;
  /** To the Gateway; rejects when it refuses, or when the connection ends first. */
  request: <T>(method: string, params: unknown) => Promise<T>;
  conversations: Conversations;
  storage: ChatStorage;
  clock: Clock;
  /** See `ChatSessionOptions`. */
  makeWay: (place: Place) => Promise<AppError | null>;
  onHistoryError: (place: Place, error: AppError | null) => void;
  onRecovered: (place: Place, session: ChatSession) => void;
};

/** The sessions on one open connection to one Gateway. It is thrown away when the connection ends. */
export type ChatConnection = {
  readonly scope: string;
  /** Recovers the conversation, once, and sends what waits in it. */
  open(place: Place): ChatSession;
  /** Nobody needs it any more; opened again, it is recovered again. */
  close(place: Place): void;
  hear(frame: EventFrame): void;
  /** After a gap in the events: reads every open conversation again. */
  reload(): void;
  end(): void;
};

export function createChatConnection(options: ChatConnectionOptions): ChatConnection {
  const { scope, request, conversations, clock } = options;
  const sessions = new Map<Place, ChatSession>();
  const ofScope = () => conversations.places().filter((place) => isOfScope(place, scope));
  const awaited = createAwaitedRows({
    clock,
    async read(runId) {
      const place = ofScope().find((one) => {
        const { projection, activities } = conversations.model(one);
        return projection.runs[runId] ?? activities[runId];
      });
      await (place && sessions.get(place)?.reload());
    },
    isThere: (runId, promised) =>
      ofScope().some((place) => holds(conversations.model(place), runId, promised)),
  });
  // Older Gateways, and ours, push these events without being asked; a refusal changes nothing.
  void request('sessions.subscribe', {}).catch(() => undefined);
  for (const place of ofScope()) conversations.dispatch(place, { type: 'connected' });

  return {
    scope,
    open(place) {
      const known = sessions.get(place);
      if (known) return known;
      const session: ChatSession = createChatSession({
        request,
        model: () => conversations.model(place),
        dispatch: (event) => conversations.dispatch(place, event),
        onHistoryError: (error) => options.onHistoryError(place, error),
        onRecovered: () => options.onRecovered(place, session),
        onDisk: options.storage.settled,
        makeWay: () => options.makeWay(place),
        clock,
      });
      sessions.set(place, session);
      void session.recover();
      return session;
    },
    close(place) {
      sessions.get(place)?.end();
      sessions.delete(place);
    },
    hear(frame) {
      const canWait = isDelta(frame);
      for (const place of ofScope()) {
        const change = transcriptChange(conversations.model(place), frame);
        conversations.dispatch(place, { type: 'gatewayEvent', frame, atMs: clock.now() }, canWait);
        if (change !== null && change !== 'deleted') void sessions.get(place)?.reload();
      }
      awaited.hear(frame);
    },
    reload() {
      for (const session of sessions.values()) void session.reload();
    },
    end() {
      awaited.end();
      for (const session of sessions.values()) session.end();
      for (const place of ofScope()) conversations.dispatch(place, { type: 'disconnected' });
    },
  };
}

function isDelta(frame: EventFrame): boolean {
  const payload = frame.payload as { state?: unknown } | null | undefined;
  return frame.event === 'agent' || (frame.event === 'chat' && payload?.state === 'delta');
}
