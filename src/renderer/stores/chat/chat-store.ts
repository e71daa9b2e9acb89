import type { EventFrame, HelloOk } from '@openclaw/gateway-client/browser';
import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { shallow } from 'zustand/vanilla/shallow';
import type { Snapshot } from '../../../shared/contract/snapshot.ts';
import { appError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import type { AppStore } from '../app-store.ts';
import { createSessionsStore, type SessionsStore } from '../sessions/sessions-store.ts';
import { type AgentQuestionsStore, createAgentQuestions } from './agent-questions.ts';
import { announcementOf } from './announcement.ts';
import {
  type ApprovalsStore,
  type CommandApproval,
  createCommandApprovals,
  createPluginApprovals,
  createSystemApprovals,
  type PluginApproval,
  type SystemApproval,
} from './approvals.ts';
import { type Artifacts, createArtifacts } from './artifacts.ts';
import { type ChatConnection, createChatConnection } from './chat-connection.ts';
import { type ChatLink, createChatLink } from './chat-link.ts';
import type { ChatSession } from './chat-session.ts';
import { activeRuns, type ChatModel, leavesWaiting } from './chat-state.ts';
import { type ChatStorage, nothingStored, type Place, type StoredChat } from './chat-storage.ts';
import type { Announcement, ChatActions, ChatState } from './chat-types.ts';
import { type CommandsStore, createCommandsStore } from './commands.ts';
import { type Composer, createComposer, emptyComposer } from './composer.ts';
import {
  type Conversations,
  createConversations,
  isOfScope,
  mainSession,
  placeOf,
  sessionOf,
} from './conversations.ts';
import { cutMessages, hasCutMessages } from './cut-messages.ts';
import { createElsewhere } from './elsewhere.ts';
import { exportTranscript } from './export.ts';
import { createFinder, type Finder } from './find.ts';
import { createHeldDeltas } from './held-deltas.ts';
import { createModelsStore, type ModelsStore } from './models.ts';
import { createNodesStore, type NodesStore } from './nodes.ts';
import { createRowReader } from './row-reader.ts';
import { createStopping } from './stopping.ts';
import type { ChatTransports } from './transport.ts';

export type { ChatActions, ChatState } from './chat-types.ts';

export type ChatStore = {
  store: StoreApi<ChatState>;
  actions: ChatActions;
  sessions: SessionsStore;
  approvals: ApprovalsStore<CommandApproval>;
  pluginApprovals: ApprovalsStore<PluginApproval>;
  systemApprovals: ApprovalsStore<SystemApproval>;
  agentQuestions: AgentQuestionsStore;
  commands: CommandsStore;
  models: ModelsStore;
  nodes: NodesStore;
  artifacts: Artifacts;
};

export type ChatStoreOptions = {
  app: AppStore;
  transports: ChatTransports;
  storage: ChatStorage;
  /** What {@link ChatStorage.load} gave; null where the page shows no chat yet: it is loaded at the start. */
  stored: StoredChat | null;
  clock: Clock;
  newId: () => string;
  origin: string;
  /** Runs once, soon: what streams in meanwhile is drawn together. */
  drawSoon: (run: () => void) => void;
};

/**
 * A message belongs to the Gateway it was written to: it never goes out to another one. The usual port is left out,
 * as what is stored already is under the target alone.
 */
function scopeOf({ gatewayKey, mode }: Pick<Snapshot, 'gatewayKey' | 'mode'>): string {
  return gatewayKey?.replace(/^ssh:(.*)#18789$/, 'remote:$1') ?? unknownScope(mode);
}

/** Where nobody can say yet which Gateway it will be: the first one of the same mode gets what is written there. */
const unknownScope = (mode: Snapshot['mode']) => `unknown:${mode}`;

export function createChatStore(options: ChatStoreOptions): ChatStore {
  const { app, clock, storage } = options;
  const stored = options.stored ?? nothingStored;
  /** Which session of each Gateway is on the screen. */
  const shownSessions = new Map(Object.entries(stored.shown));
  /** What the screen shows. */
  let scope = 'local';
  let place: Place = placeOf(scope, mainSession);
  /** Whose endpoint the link aims at. */
  let linked: { scope: string; generation: number } | null = null;
  let connection: ChatConnection | null = null;
  let isDrawPending = false;
  let said = 0;
  let hasShown = false;
  let isStoredKnown = options.stored !== null;
  let unsubscribe: (() => void) | null = null;
  const readRows = createRowReader();

  const store = createStore<ChatState>(() => ({
    ...emptyComposer,
    draft: stored.drafts[place] ?? '',
    isKept: stored.isKept,
    link: { tag: 'off' },
    linkFailure: null,
    offers: new Set(),
    wholes: {},
    sessionKey: mainSession,
    rows: [],
    isLoaded: false,
    hasEarlier: false,
    unansweredId: null,
    isGone: false,
    historyError: null,
    stopError: null,
    run: null,
    announcement: null,
    find: null,
    elsewhere: [],
  }));

  const conversations: Conversations = createConversations({
    stored,
    storage,
    clock,
    onDidChange(changed, before, after, canWait) {
      stopping.follow(changed, after);
      if (changed !== place) return;
      if (leavesWaiting(before, after)) void openShown()?.reload();
      const announcement = announcementOf(before, after);
      if (announcement && !isSaid(announcement))
        store.setState({ announcement: { ...announcement, nth: ++said } });
      if (canWait) drawSoon();
      else draw();
    },
  });

  const stopping = createStopping({
    clock,
    onDidChange(changed) {
      if (changed === place) draw();
    },
    onRefused(refused, stopError) {
      if (refused === place) store.setState({ stopError });
    },
  });

  /** The history and the run's own event may both tell of its end. */
  function isSaid({ kind, runId }: Announcement): boolean {
    const last = store.getState().announcement;
    return kind !== 'unsent' && kind === last?.kind && runId === last.runId;
  }

  const deltas = createHeldDeltas(hear);
  const model = () => conversations.model(place);

  function drawSoon() {
    if (isDrawPending) return;
    isDrawPending = true;
    options.drawSoon(draw);
  }

  function draw() {
    try {
      deltas.release();
    } finally {
      isDrawPending = false;
    }
    const shown = model();
    store.setState({
      sessionKey: shown.canonicalKey ?? shown.sessionKey,
      rows: readRows(shown),
      wholes: shown.wholes,
      isLoaded: shown.isLoaded,
      hasEarlier: shown.earlierOffset !== null,
      unansweredId: shown.unansweredId,
      isGone: shown.isGone,
      queueMode: composer.queueMode(place),
      run: runOf(shown),
    });
    finder.refresh();
  }

  /** The same one as before where nothing of it changed: it is asked for with every word of an answer. */
  function runOf(shown: ChatModel): ChatState['run'] {
    const [first] = activeRuns(shown);
    if (!first) return null;
    const run = { runId: first.runId, stopAskedAtMs: stopping.askedAtMs(place, first.runId) };
    const before = store.getState().run;
    return shallow(before, run) ? before : run;
  }

  const link: ChatLink = createChatLink({
    transports: options.transports,
    request: app.request,
    clock,
    newId: options.newId,
    origin: options.origin,
    handlers: {
      onDidChange: (state) => store.setState({ link: state }),
      onDidFail: (linkFailure) => store.setState({ linkFailure }),
      onOpen(hello) {
        composer.connected(hello);
        const offers = offersOf(hello);
        store.setState({ offers });
        connection = createChatConnection({
          scope: linked?.scope ?? scope,
          // What was told before an answer is heard before it.
          request: (method, params) => link.request<never>(method, params).finally(deltas.release),
          conversations,
          storage,
          clock,
          async makeWay(of) {
            const { canonicalKey, sessionKey } = conversations.model(of);
            return isOfScope(of, scope) ? sessions.settle(canonicalKey ?? sessionKey) : null;
          },
          onHistoryError(failed, historyError) {
            if (failed === place) store.setState({ historyError });
          },
          onRecovered(recovered, session) {
            stopping.recovered(recovered, session);
            composer.recovered(recovered, session);
            if (recovered === place) finder.resume();
          },
        });
        for (const list of waitingLists) void list.connected(offers);
        void commands.connected();
        void models.connected();
        openShown();
        const needed = conversations.places().filter((of) => hasOutbox(of) || stopping.isAsked(of));
        for (const waiting of [...needed, ...composer.unsettled()]) {
          if (isOfScope(waiting, connection.scope)) connection.open(waiting);
        }
        if (connection.scope === scope) sessions.connected(offers);
      },
      onClosed() {
        deltas.release();
        connection?.end();
        connection = null;
        sessions.disconnected();
        for (const list of waitingLists) list.disconnected();
      },
      onEvent(frame) {
        if (deltas.hold(frame)) drawSoon();
        else hear(frame);
      },
      onGap() {
        deltas.release();
        connection?.reload();
        sessions.actions.reload();
      },
    },
  });

  function hear(frame: EventFrame) {
    connection?.hear(frame);
    for (const list of waitingLists) list.hear(frame);
    if (connection?.scope === scope) sessions.hear(frame);
  }

  /** The session on the screen, on the open connection to its Gateway; null where there is none. */
  function openShown(): ChatSession | null {
    return connection?.scope === scope ? connection.open(place) : null;
  }

  function flush(waiting: Place) {
    if (connection && isOfScope(waiting, connection.scope)) void connection.open(waiting).flush();
  }

  const composer: Composer = createComposer({
    state: store.getState,
    setState: store.setState,
    stored,
    storage,
    conversations,
    clock,
    newId: options.newId,
    place: () => place,
    openShown,
    offers: () => store.getState().offers,
    flush,
    onPost: (item) => artifacts.remember(item),
    onKept(kept, stopError) {
      if (kept === place) store.setState({ stopError });
    },
  });
  const approvals = createCommandApprovals({ request: link.request, clock });
  const pluginApprovals = createPluginApprovals({ request: link.request, clock });
  const systemApprovals = createSystemApprovals({ request: link.request, clock });
  const agentQuestions = createAgentQuestions({ request: link.request, clock });
  /** What waits for a person. */
  const waitingLists = [approvals, pluginApprovals, systemApprovals, agentQuestions];
  const commands = createCommandsStore(link.request);
  const nodes = createNodesStore(link.request);
  const models = createModelsStore({ request: link.request, onDidChange: (row) => sessions.learn(row) });
  const artifacts = createArtifacts({
    request: link.request,
    engine: app.request,
    storage,
    where: () => ({
      place,
      sessionKey: store.getState().sessionKey,
      generation: linked?.scope === scope ? linked.generation : null,
    }),
  });

  for (const item of Object.values(stored.outboxes).flat()) artifacts.remember(item);

  const elsewhere = createElsewhere({
    conversations,
    composer,
    scope: () => scope,
    known: () => store.getState().elsewhere,
    onDidChange: (waiting) => store.setState({ elsewhere: waiting }),
  });

  const loadEarlier = async (amount: 'page' | 'most') => (await openShown()?.loadEarlier(amount)) ?? false;

  const readWhole = async (ids: readonly string[]) => (await openShown()?.readWhole(ids)) ?? false;

  const finder: Finder = createFinder({
    rows: () => store.getState().rows,
    hasMore: () => store.getState().hasEarlier || hasCutMessages(model()),
    loadMore: () => (store.getState().hasEarlier ? loadEarlier('most') : readWhole(cutMessages(model()))),
    onDidChange: (find) => store.setState({ find }),
  });

  const sessions: SessionsStore = createSessionsStore({
    request: link.request,
    storage,
    removals: stored.removals,
    clock,
    newId: options.newId,
    onOpen: (key) => actions.openSession(key),
    onDeleted: (of, key) => forget(placeOf(of, key)),
  });

  function forget(deleted: Place) {
    connection?.close(deleted);
    conversations.forget(deleted);
    composer.forget(deleted);
    // What was written there meanwhile begins it anew.
    if (conversations.model(deleted).outbox.length > 0) flush(deleted);
    if (deleted === place) draw();
  }

  function rememberShown(of: string, session: string) {
    if (shownSessions.get(of) !== session) storage.saveShown(of, session);
    shownSessions.set(of, session);
  }

  function show(nextScope: string, session: string) {
    const next = placeOf(nextScope, session);
    rememberShown(nextScope, session);
    if (next !== place) {
      const { isGone, outbox } = model();
      if (isGone && outbox.length === 0) forget(place);
      composer.moveTo(next, hasShown && nextScope !== scope);
      [scope, place] = [nextScope, next];
      finder.end();
      store.setState({ historyError: null, stopError: null });
    }
    hasShown = true;
    conversations.paintCached(place);
    draw();
    const { canonicalKey } = conversations.model(placeOf(scope, mainSession));
    sessions.show(scope, store.getState().sessionKey, canonicalKey);
    for (const list of waitingLists) list.show(scope);
    nodes.show(scope);
    elsewhere.count();
    openShown();
  }

  /** Words that were written before anybody knew where they would go; what is on the screen stays there. */
  function adopt(from: string, to: string) {
    const written = new Set([...conversations.places().filter(hasOutbox), ...composer.places()]);
    const left = [...written].filter((of) => isOfScope(of, from));
    for (const of of left) bring(of, placeOf(to, sessionOf(of)));
    if (left.length === 0) return;
    rememberShown(to, shownSessions.get(from) ?? mainSession);
    rememberShown(from, mainSession);
  }

  /** A draft, and what waits to be sent. */
  function bring(from: Place, to: Place) {
    if (hasOutbox(from)) conversations.moveOutbox(from, to);
    if (composer.places().includes(from)) composer.moveDraft(from, to);
  }

  const hasOutbox = (of: Place) => conversations.model(of).outbox.length > 0;

  function keepMainKey(nextScope: string, sessionKey: string | undefined) {
    const main = conversations.model(placeOf(nextScope, mainSession));
    if (sessionKey === undefined || sessionKey === main.canonicalKey) return;
    conversations.dispatch(placeOf(nextScope, mainSession), { type: 'named', sessionKey });
  }

  function follow(snapshot: Snapshot) {
    const nextScope = scopeOf(snapshot);
    keepMainKey(nextScope, snapshot.gateway?.mainSessionKey);
    if (snapshot.gatewayKey !== null) adopt(unknownScope(snapshot.mode), nextScope);
    const { endpoint, connection: engine } = snapshot;
    if (endpoint && linked?.generation !== endpoint.generation) {
      // Before `linked` moves on, so that the old connection's end reaches the old scope.
      link.aim(null, false);
      linked = { scope: nextScope, generation: endpoint.generation };
    }
    show(nextScope, shownSessions.get(nextScope) ?? mainSession);
    link.aim(endpoint, engine.tag === 'connected' || engine.tag === 'degraded');
  }

  function followNow() {
    const { current } = app.store.getState();
    if (current) follow(current.snapshot);
  }

  /** What a page has left that is gone: its words go on here. */
  function inherit(left: StoredChat) {
    for (const [of, outbox] of Object.entries(left.outboxes)) {
      for (const item of outbox) {
        artifacts.remember(item);
        conversations.dispatch(of, { type: 'submitted', item });
      }
      // What may have arrived is looked for before it is sent.
      if (connection && isOfScope(of, connection.scope)) void connection.open(of).reload();
    }
    composer.inherit(left);
    sessions.inherit(left.removals);
    for (const of of composer.unsettled()) {
      if (!connection || !isOfScope(of, connection.scope)) continue;
      const session = connection.open(of);
      void session.reload().then(() => composer.recovered(of, session));
    }
  }
  storage.onDidKeep((isKept) => store.setState({ isKept }));
  storage.onDidLeave((left) => {
    inherit(left);
    if (unsubscribe) followNow();
  });

  async function loadLate() {
    const left = await storage.load();
    isStoredKnown = true;
    for (const [of, session] of Object.entries(left.shown)) shownSessions.set(of, session);
    store.setState({ isKept: left.isKept });
    // What was written meanwhile was written to what comes to the screen only now.
    const before = place;
    followNow();
    if (place !== before) bring(before, place);
    inherit(left);
  }

  function begin() {
    followNow();
    composer.start();
    unsubscribe = app.store.subscribe((state, previous) => {
      if (state.current && state.current !== previous.current) follow(state.current.snapshot);
    });
  }

  const actions: ChatActions = {
    ...composer.actions,
    start() {
      if (unsubscribe) return;
      if (isStoredKnown) return begin();
      const waiting = () => undefined;
      unsubscribe = waiting;
      void loadLate().then(() => {
        if (unsubscribe === waiting) begin();
      });
    },
    stop() {
      unsubscribe?.();
      unsubscribe = null;
      link.stop();
    },
    openSession(key) {
      const main = conversations.model(placeOf(scope, mainSession));
      show(scope, key === main.canonicalKey || sessions.isMain(key) ? mainSession : key);
    },
    sendAgain(idempotencyKey) {
      const item = model().outbox.find((sent) => sent.idempotencyKey === idempotencyKey);
      if (item?.error?.code === 'MESSAGE_ENDED') {
        conversations.dispatch(place, { type: 'discarded', idempotencyKey });
        return composer.sendAnew(item);
      }
      conversations.dispatch(place, { type: 'sendAgain', idempotencyKey });
      flush(place);
    },
    takeHere: elsewhere.takeHere,
    stopRun(which) {
      const { run } = store.getState();
      if (!run) return;
      actions.dismissStopError();
      stopping.ask(place, openShown(), { runId: run.runId, scope: which });
    },
    dismissStopError: () => store.setState({ stopError: null }),
    loadEarlier: () => loadEarlier('page'),
    readWhole: (ids) => void readWhole(ids),
    retry() {
      link.retry();
      if (store.getState().historyError) void openShown()?.reload();
    },
    reconnect() {
      sessions.clearErrors();
      models.dismissError();
      actions.dismissRewriteError();
      actions.dismissStopError();
      link.reopen();
    },
    find: finder.find,
    findStep: finder.step,
    async exportAs(format, words) {
      const wanted = place;
      const session = openShown();
      if (!model().isLoaded) await session?.reload();
      const known = () => conversations.model(wanted);
      while (!isWhole(known())) {
        const ids = reachesBeginning(known()) ? cutMessages(known()) : null;
        if (await (ids ? session?.readWhole(ids) : session?.loadEarlier('most'))) continue;
        // Some of it may be what the Gateway does not give.
        if (isWhole(known())) break;
        const error = appError('TRANSCRIPT_INCOMPLETE', 'export: not read whole');
        sessions.refuse('export', known().canonicalKey ?? sessionOf(wanted), error);
        return null;
      }
      return exportTranscript(known(), format, words);
    },
  };
  return {
    store,
    actions,
    sessions,
    approvals,
    pluginApprovals,
    systemApprovals,
    agentQuestions,
    commands,
    models,
    nodes,
    artifacts,
  };
}

/** From the Gateway, or as the last page kept it. */
function reachesBeginning({ isLoaded, sessionId, earlierOffset }: ChatModel): boolean {
  return (isLoaded || sessionId !== null) && earlierOffset === null;
}

/** As whole as the Gateway gives it. */
function isWhole(model: ChatModel): boolean {
  return reachesBeginning(model) && cutMessages(model).length === 0;
}

const offersSchema = z.looseObject({ methods: z.array(z.string()).catch([]) });

function offersOf(hello: HelloOk): ReadonlySet<string> {
  const offers = offersSchema.safeParse(hello.features);
  return new Set(offers.success ? offers.data.methods : []);
}
