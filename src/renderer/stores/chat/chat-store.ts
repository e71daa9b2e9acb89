import type { EventFrame, HelloOk } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Snapshot } from '../../../shared/contract/snapshot.ts';
import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import type { AppStore } from '../app-store.ts';
import { type ChatLink, type ChatLinkState, createChatLink } from './chat-link.ts';
import { type ChatModelEvent, isSessionReset, reduceChat } from './chat-model.ts';
import { type ChatSession, createChatSession } from './chat-session.ts';
import { activeRuns, type ChatModel, createChatModel } from './chat-state.ts';
import type { ChatStorage } from './chat-storage.ts';
import type { OutboxAttachment, QueueMode } from './outbox.ts';
import { messageText } from './payloads.ts';
import { type ChatRow, chatRows, reuseRows } from './rows.ts';
import type { ChatTransports } from './transport.ts';

/** Said once to a screen reader when a run ends. */
type Announcement = { runId: string; kind: 'finished' | 'stopped' | 'failed'; text: string };

export type ChatState = {
  link: ChatLinkState;
  rows: readonly ChatRow[];
  /** False until the first history of this Gateway. */
  isLoaded: boolean;
  hasEarlier: boolean;
  historyError: AppError | null;
  /** The oldest run that goes on, and since when it was asked to stop; null where nothing runs. */
  run: { runId: string; stopAskedAtMs: number | null } | null;
  draft: string;
  /** What the next message does to a run that is on. */
  queueMode: QueueMode;
  /** What the Gateway takes as an attachment, in bytes before base64; null where it does not say. */
  attachmentLimits: AttachmentLimits | null;
  announcement: Announcement | null;
};

/** `hello-ok.policy.attachments`. */
export type AttachmentLimits = { maxBytes: number; maxImageBytes: number };

export type ChatActions = {
  /** Opens the connection; a screen that shows no chat never calls it. */
  start(): void;
  stop(): void;
  setDraft(text: string): void;
  /** Sends the draft, with its files. Painted at once, whether connected or not. */
  submit(attachments?: readonly OutboxAttachment[]): void;
  setQueueMode(mode: QueueMode): void;
  sendAgain(idempotencyKey: string): void;
  discard(idempotencyKey: string): void;
  stopRun(scope: 'current' | 'everything'): void;
  loadEarlier(): void;
  retry(): void;
};

export type ChatStore = { store: StoreApi<ChatState>; actions: ChatActions };

export type ChatStoreOptions = {
  app: AppStore;
  transports: ChatTransports;
  storage: ChatStorage;
  clock: Clock;
  newId: () => string;
  origin: string;
  /** Runs once, soon: streamed text is drawn no more often than the screen is. */
  nextFrame: (run: () => void) => void;
};

const attachmentLimitsSchema = z.object({ maxBytes: z.number(), maxImageBytes: z.number() });

/** A message belongs to the Gateway it was written to: it never goes out to another one. */
function scopeOf(snapshot: Pick<Snapshot, 'mode' | 'target'>): string {
  return snapshot.mode === 'local' ? 'local' : `remote:${snapshot.target}`;
}

export function createChatStore(options: ChatStoreOptions): ChatStore {
  const { app, clock } = options;
  const stored = options.storage.read();
  const models = new Map<string, ChatModel>();
  /** What the screen shows. */
  let scope = 'local';
  /** Whose endpoint the link aims at. */
  let linked: { scope: string; generation: number } | null = null;
  let session: ChatSession | null = null;
  let stopAsked: { runId: string; atMs: number } | null = null;
  let isDrawPending = false;
  let unsubscribe: (() => void) | null = null;

  const store = createStore<ChatState>(() => ({
    link: { tag: 'off' },
    rows: [],
    isLoaded: false,
    hasEarlier: false,
    historyError: null,
    run: null,
    draft: stored.draft,
    queueMode: 'steer',
    attachmentLimits: null,
    announcement: null,
  }));

  function modelOf(key: string): ChatModel {
    const known = models.get(key);
    if (known) return known;
    const created = createChatModel('main', stored.outboxes[key] ?? []);
    models.set(key, created);
    return created;
  }

  function dispatch(key: string, event: ChatModelEvent, canWait = false) {
    const before = modelOf(key);
    const after = reduceChat(before, event);
    if (after === before) return;
    models.set(key, after);
    if (after.outbox !== before.outbox) save();
    if (key !== scope) return;
    if (!canWait) draw();
    else if (!isDrawPending) {
      isDrawPending = true;
      options.nextFrame(draw);
    }
  }

  function draw() {
    isDrawPending = false;
    const model = modelOf(scope);
    const [run] = activeRuns(model);
    if (stopAsked && !model.activities[stopAsked.runId]) stopAsked = null;
    const previous = store.getState();
    store.setState({
      rows: reuseRows(previous.rows, chatRows(model)),
      isLoaded: model.isLoaded,
      hasEarlier: model.earlierOffset !== null,
      run: run
        ? { runId: run.runId, stopAskedAtMs: stopAsked?.runId === run.runId ? stopAsked.atMs : null }
        : null,
    });
  }

  function save() {
    const outboxes = { ...stored.outboxes };
    for (const [key, model] of models) outboxes[key] = model.outbox;
    options.storage.write({ draft: store.getState().draft, outboxes });
  }

  const link: ChatLink = createChatLink({
    transports: options.transports,
    request: app.request,
    clock,
    newId: options.newId,
    origin: options.origin,
    handlers: {
      onDidChange: (state) => store.setState({ link: state }),
      onOpen(hello) {
        store.setState({ attachmentLimits: readAttachmentLimits(hello) });
        const key = linked?.scope ?? scope;
        dispatch(key, { type: 'connected' });
        session = createChatSession({
          request: link.request,
          model: () => modelOf(key),
          dispatch: (event) => dispatch(key, event),
          onHistoryError: (historyError) => store.setState({ historyError }),
          clock,
        });
        void session.recover();
      },
      onClosed() {
        session?.end();
        session = null;
        dispatch(linked?.scope ?? scope, { type: 'disconnected' });
      },
      onEvent(frame) {
        const key = linked?.scope ?? scope;
        const before = modelOf(key);
        const isReset = isSessionReset(before, frame);
        dispatch(key, { type: 'gatewayEvent', frame, atMs: clock.now() }, isDelta(frame));
        announceEnd(before, modelOf(key));
        if (isReset) void session?.reload();
      },
      onGap: () => void session?.reload(),
    },
  });

  function announceEnd(before: ChatModel, after: ChatModel) {
    if (before.projection.runs === after.projection.runs) return;
    for (const [runId, run] of Object.entries(after.projection.runs)) {
      const was = before.projection.runs[runId];
      if (run.status === 'streaming' || (was && was.status !== 'streaming')) continue;
      const text = messageText(run.message);
      if (run.status === 'aborted') store.setState({ announcement: { runId, kind: 'stopped', text } });
      else if (run.status === 'error' || run.status === 'timeout') {
        store.setState({ announcement: { runId, kind: 'failed', text: run.errorMessage ?? '' } });
      } else if (text !== '') store.setState({ announcement: { runId, kind: 'finished', text } });
    }
  }

  function follow(snapshot: Snapshot) {
    const nextScope = scopeOf(snapshot);
    const model = modelOf(nextScope);
    const sessionKey = snapshot.gateway?.mainSessionKey;
    if (sessionKey !== undefined && sessionKey !== model.sessionKey) {
      const renamed = { ...model, sessionKey, canonicalKey: sessionKey };
      models.set(
        nextScope,
        model.sessionKey === 'main' ? renamed : createChatModel(sessionKey, model.outbox),
      );
    }
    if (scope !== nextScope) {
      scope = nextScope;
      store.setState({ historyError: null });
    }
    const { endpoint, connection } = snapshot;
    if (endpoint && linked?.generation !== endpoint.generation) {
      // Before `linked` moves on, so that the old connection's end reaches the old scope.
      link.aim(null, false);
      linked = { scope: nextScope, generation: endpoint.generation };
    }
    const isUp = connection.tag === 'connected' || connection.tag === 'degraded';
    link.aim(endpoint, isUp);
    draw();
  }

  const actions: ChatActions = {
    start() {
      if (unsubscribe) return;
      const { current } = app.store.getState();
      if (current) follow(current.snapshot);
      unsubscribe = app.store.subscribe((state, previous) => {
        if (state.current && state.current !== previous.current) follow(state.current.snapshot);
      });
    },
    stop() {
      unsubscribe?.();
      unsubscribe = null;
      link.stop();
    },
    setDraft(draft) {
      store.setState({ draft });
      save();
    },
    submit(attachments = []) {
      const { draft, queueMode } = store.getState();
      const text = draft.trim();
      if (text === '' && attachments.length === 0) return;
      store.setState({ draft: '' });
      dispatch(scope, {
        type: 'submitted',
        item: {
          idempotencyKey: options.newId(),
          text,
          attachments,
          queueMode: activeRuns(modelOf(scope)).length > 0 ? queueMode : null,
          createdAtMs: clock.now(),
          delivery: 'waiting',
          error: null,
        },
      });
      if (linked?.scope === scope) void session?.flush();
    },
    setQueueMode: (queueMode) => store.setState({ queueMode }),
    sendAgain(idempotencyKey) {
      dispatch(scope, { type: 'sendAgain', idempotencyKey });
      if (linked?.scope === scope) void session?.flush();
    },
    discard: (idempotencyKey) => dispatch(scope, { type: 'discarded', idempotencyKey }),
    stopRun(which) {
      const { run } = store.getState();
      if (!run) return;
      stopAsked = { runId: run.runId, atMs: clock.now() };
      draw();
      void session?.abort(which);
    },
    loadEarlier: () => void session?.loadEarlier(),
    retry() {
      link.retry();
      if (session && store.getState().historyError) void session.reload();
    },
  };
  return { store, actions };
}

function isDelta(frame: EventFrame): boolean {
  const payload = frame.payload as { state?: unknown } | null | undefined;
  return frame.event === 'agent' || (frame.event === 'chat' && payload?.state === 'delta');
}

function readAttachmentLimits(hello: HelloOk): AttachmentLimits | null {
  const policy: object | undefined = hello.policy;
  const limits = policy && 'attachments' in policy ? policy.attachments : null;
  const parsed = attachmentLimitsSchema.safeParse(limits);
  return parsed.success ? parsed.data : null;
}
