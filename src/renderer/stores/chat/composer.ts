import type { HelloOk } from '@openclaw/gateway-client/browser';
import type { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../clock.ts';
import { type Attached, createAttachments, nothingAttached } from './attachments.ts';
import type { ChatSession } from './chat-session.ts';
import { activeRuns } from './chat-state.ts';
import type { ChatStorage, Place, StoredChat } from './chat-storage.ts';
import type { Conversations } from './conversations.ts';
import { joinDrafts } from './join-drafts.ts';
import type { OutboxAttachment, OutboxItem, QueueMode } from './outbox.ts';
import { createRewriting, notRewriting, type RewritingState } from './rewriting.ts';
import type { UserRow } from './rows.ts';
import { createWithdrawing, nothingDiscarded, type WithdrawingState, type Withdrawn } from './withdrawing.ts';

export type ComposerState = RewritingState &
  WithdrawingState & {
    draft: string;
    /** The files that go out with the draft. */
    attached: Attached;
    /** What the next message does to the run that is on; chosen for that run alone. */
    queueMode: QueueMode;
  };

const usualMode: QueueMode = 'steer';

export const emptyComposer: ComposerState = {
  ...notRewriting,
  ...nothingDiscarded,
  draft: '',
  attached: nothingAttached,
  queueMode: usualMode,
};

export type ComposerActions = {
  setDraft(text: string): void;
  /**
   * With what was written before the composer was there: sends what was `said`; `text` comes after the draft. While an
   * earlier message is changed, all of it waits in the draft.
   */
  goOn(said: readonly string[], text: string): void;
  attach(files: readonly File[]): void;
  detach(id: string): void;
  setQueueMode(mode: QueueMode): void;
  /** Sends these words at once and leaves the draft as it is. */
  say(text: string): void;
  /** Sends the draft, with its files once all are ready. Painted at once, whether connected or not. */
  submit(): void;
  /**
   * Takes a message that did not go out, or may not have, or that the Gateway holds for later, and its files, back into
   * the field, before what is there.
   */
  edit(idempotencyKey: string): void;
  /** The same, to nowhere; it can be had back for a while. */
  discard(idempotencyKey: string): void;
  undoDiscard(idempotencyKey: string): void;
  /** While somebody is at what can be had back, none of it goes; the answer lets go. */
  holdDiscarded(): () => void;
  /** Takes an earlier message into the field; sending it takes the conversation back to before it. */
  rewrite(row: UserRow): void;
  /** Leaves the earlier message as it is; what was in the field before comes back. */
  endRewrite(): void;
  dismissRewriteError(): void;
  /** Takes the conversation back to before this row and sends it again; asks before what is there goes for good. */
  answerAgain(question: UserRow): void;
  confirmAgain(): void;
  dismissAgain(): void;
  /** Puts what the conversation was before it was taken back in its place again. */
  bringBack(): void;
  dismissFormer(): void;
};

export type ComposerOptions = {
  state: () => ComposerState;
  setState: (change: Partial<ComposerState>) => void;
  stored: StoredChat;
  storage: ChatStorage;
  conversations: Conversations;
  clock: Clock;
  newId: () => string;
  /** The conversation on the screen. */
  place: () => Place;
  /** It, on the open connection to its Gateway; null where there is none. */
  openShown: () => ChatSession | null;
  /** Methods that the Gateway has. */
  offers: () => ReadonlySet<string>;
  /** Sends what waits there, where its Gateway is connected. */
  flush: (place: Place) => void;
  /** Before it is painted. */
  onPost: (item: OutboxItem) => void;
  /** Why a message that the Gateway holds is not taken back. */
  onKept: (place: Place, error: AppError) => void;
};

export type Composer = {
  actions: ComposerActions;
  start(): void;
  connected(hello: HelloOk): void;
  /** What was chosen there for the run that is on, else the usual one. */
  queueMode(of: Place): QueueMode;
  /** Those with a draft, or files of one. */
  places(): readonly Place[];
  /** A draft and its files go to another place, after what is there. */
  moveDraft(from: Place, to: Place): void;
  /** What another page has left, after what is there. */
  inherit(left: StoredChat): void;
  /** What was to be sent elsewhere comes back into the field, before what is there. */
  takeBack(item: OutboxItem): void;
  /** The same message as another one. */
  sendAnew(item: OutboxItem): void;
  /** Another conversation comes to the screen; `isElsewhere`: of another Gateway. */
  moveTo(next: Place, isElsewhere: boolean): void;
  /** Where the Gateway may have taken the conversation back, and its answer was lost. */
  unsettled(): readonly Place[];
  /** The conversation was read on a new connection; nothing was sent there yet. */
  recovered(of: Place, session: ChatSession): void;
  /** The conversation was deleted. */
  forget(of: Place): void;
};

/** The field: a draft and its files for each conversation, until they go out as a message. */
export function createComposer(options: ComposerOptions): Composer {
  const { state, setState, storage, conversations, clock, place } = options;
  const drafts = new Map(Object.entries(options.stored.drafts));
  const attachments = createAttachments({
    stored: options.stored,
    storage,
    onDidChange: () => setState({ attached: attachments.of(place()) }),
  });
  const chosenModes = new Map<Place, { runId: string; mode: QueueMode }>();
  let lastCreatedAtMs = 0;

  function setDraft(of: Place, draft: string) {
    drafts.set(of, draft);
    storage.saveDraft(of, draft);
    refresh(of);
  }

  /** What the field of a conversation shows: an earlier message comes before the draft. */
  function fieldOf(of: Place) {
    const rewrite = rewriting.edited(of);
    return { rewrite, isRewinding: rewriting.isAsked(of), draft: rewrite?.text ?? drafts.get(of) ?? '' };
  }

  function refresh(of: Place) {
    if (of === place()) setState(fieldOf(of));
  }

  function write(of: Place, text: string) {
    if (!rewriting.write(of, text)) setDraft(of, text);
  }

  function moveDraft(from: Place, to: Place) {
    attachments.move(from, to);
    setDraft(to, joinDrafts(drafts.get(to), drafts.get(from)));
    setDraft(from, '');
  }

  const runOf = (of: Place) => activeRuns(conversations.model(of))[0] ?? null;

  function queueMode(of: Place): QueueMode {
    const chosen = chosenModes.get(of);
    return chosen && chosen.runId === runOf(of)?.runId ? chosen.mode : usualMode;
  }

  /** Back into the field of its conversation, before what is there. */
  function putBack(to: Place, text: string, files: readonly OutboxAttachment[]) {
    // What is being sent is out of reach by now.
    const edit = rewriting.isAsked(to) ? null : rewriting.edited(to);
    const there = edit?.text ?? drafts.get(to) ?? '';
    const words = there.trim() === text.trim() ? text : joinDrafts(text, there);
    attachments.putBack(to, files);
    if (edit) rewriting.write(to, words);
    else setDraft(to, words);
  }

  function putBackWithdrawn({ place: to, item, lostFiles }: Withdrawn) {
    putBack(to, item.text, item.attachments);
    if (lostFiles.length > 0 && to === place()) setState({ lostFiles });
  }

  function post(
    to: Place,
    text: string,
    files: readonly OutboxAttachment[],
    mode: QueueMode = queueMode(to),
    idempotencyKey = options.newId(),
  ) {
    lastCreatedAtMs = Math.max(clock.now(), lastCreatedAtMs + 1);
    const item: OutboxItem = {
      idempotencyKey,
      text,
      attachments: files,
      queueMode: runOf(to) ? mode : null,
      createdAtMs: lastCreatedAtMs,
      delivery: 'waiting',
      error: null,
    };
    if (to === place()) setState({ formerLeafId: null });
    options.onPost(item);
    conversations.dispatch(to, { type: 'submitted', item });
    options.flush(to);
  }

  const withdrawing = createWithdrawing({
    state,
    setState,
    conversations,
    clock,
    place,
    openShown: options.openShown,
    onRefused: options.onKept,
    restore(withdrawn) {
      const { place: to, item, lostFiles } = withdrawn;
      // Text is never sent without its files.
      if (lostFiles.length > 0) return putBackWithdrawn(withdrawn);
      if (item.delivery === 'accepted')
        return post(to, item.text, item.attachments, item.queueMode ?? undefined);
      conversations.dispatch(to, { type: 'submitted', item });
      options.flush(to);
    },
  });

  const rewriting = createRewriting({
    state,
    setState,
    stored: options.stored,
    storage,
    conversations,
    newId: options.newId,
    place,
    openShown: options.openShown,
    keepsBranches: () => options.offers().has('sessions.branches.switch'),
    onDidChange: refresh,
    files: (of) => (attachments.of(of).isReady ? attachments.contents(of) : null),
    clearFiles: attachments.clear,
    post: (of, { text, idempotencyKey }, files) => post(of, text, files, undefined, idempotencyKey),
    putBack,
  });

  return {
    start() {
      attachments.show(place());
      refresh(place());
    },
    connected: attachments.connected,
    queueMode,
    places: () => [
      ...[...drafts].flatMap(([of, draft]) => (draft === '' ? [] : [of])),
      ...attachments.places(),
    ],
    moveDraft,
    inherit(left) {
      attachments.inherit(left);
      rewriting.inherit(left);
      for (const [of, text] of Object.entries(left.drafts)) setDraft(of, joinDrafts(drafts.get(of), text));
    },
    takeBack: ({ text, attachments: files }) => putBack(place(), text, files),
    sendAnew: ({ text, attachments: files, queueMode: mode }) =>
      post(place(), text, files, mode ?? undefined),
    moveTo(next, isElsewhere) {
      rewriting.leave();
      // A draft belongs to its session; only between Gateways, where the other has none, it goes along.
      if (isElsewhere && !drafts.get(next) && attachments.of(next).files.length === 0) {
        moveDraft(place(), next);
      }
      attachments.show(next);
      setState({ ...fieldOf(next), attached: attachments.of(next) });
    },
    unsettled: rewriting.unsettled,
    recovered: (of, session) => void rewriting.settle(of, session),
    forget: rewriting.forget,
    actions: {
      setDraft: (draft) => write(place(), draft),
      goOn(said, text) {
        const { rewrite, isRewinding } = fieldOf(place());
        const kept = rewrite || isRewinding ? said : [];
        if (kept !== said) for (const words of said) post(place(), words, []);
        setDraft(place(), joinDrafts(drafts.get(place()), ...kept, text));
      },
      attach: (files) => attachments.add(place(), files),
      detach: (id) => attachments.remove(place(), id),
      setQueueMode(mode) {
        const run = runOf(place());
        if (!run) return;
        chosenModes.set(place(), { runId: run.runId, mode });
        setState({ queueMode: mode });
      },
      say: (text) => post(place(), text, []),
      submit() {
        const { draft, attached, rewrite } = state();
        const text = draft.trim();
        if (!attached.isReady || (text === '' && attached.files.length === 0)) return;
        if (rewrite) return rewriting.send(text);
        // A message before it is no draft any more: a crash in between loses nothing.
        post(place(), text, attachments.contents(place()));
        attachments.clear(place());
        setDraft(place(), '');
        setState({ lostFiles: [] });
      },
      edit: (idempotencyKey) => withdrawing.withdraw(idempotencyKey, putBackWithdrawn),
      discard: withdrawing.discard,
      undoDiscard: withdrawing.undo,
      holdDiscarded: withdrawing.hold,
      rewrite: rewriting.begin,
      endRewrite: rewriting.end,
      dismissRewriteError: rewriting.dismissError,
      answerAgain: rewriting.again,
      confirmAgain: rewriting.confirmAgain,
      dismissAgain: rewriting.dismissAgain,
      bringBack: () => void rewriting.bringBack(),
      dismissFormer: rewriting.dismissFormer,
    },
  };
}
