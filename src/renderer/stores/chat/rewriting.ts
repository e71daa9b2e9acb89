import {
  GatewayProtocolRequestError,
  GatewayProtocolRequestTimeoutError,
} from '@openclaw/gateway-client/browser';
import type { AppError } from '../../../shared/errors.ts';
import type { ChatSession, Rewound } from './chat-session.ts';
import type { ChatStorage, Place, Rewrite, StoredChat } from './chat-storage.ts';
import type { Conversations } from './conversations.ts';
import type { OutboxAttachment } from './outbox.ts';
import { requestError } from './refusal.ts';
import type { UserRow } from './rows.ts';

type Question = Pick<Rewrite, 'entryId' | 'fileNames' | 'text'>;

export type RewritingState = {
  /** The earlier message whose words are in the field. */
  rewrite: Rewrite | null;
  /** The Gateway is taking the conversation back, or may have. */
  isRewinding: boolean;
  rewriteError: AppError | null;
  /** Files that the Gateway did not give back: the message waits in the field until a person decides. */
  lostFiles: readonly string[];
  /** Asked before a message is answered again, where the answer that is there goes for good. */
  again: Question | null;
  /** What the conversation was before it was taken back, by its last row; until the next message. */
  formerLeafId: string | null;
};

const nothingSaid = { rewriteError: null, lostFiles: [], again: null };
export const notRewriting: RewritingState = {
  ...nothingSaid,
  rewrite: null,
  isRewinding: false,
  formerLeafId: null,
};

export type RewritingOptions = {
  state: () => RewritingState;
  setState: (change: Partial<RewritingState>) => void;
  stored: StoredChat;
  storage: ChatStorage;
  conversations: Conversations;
  newId: () => string;
  place: () => Place;
  /** The conversation on the screen; null without a connection. */
  openShown: () => ChatSession | null;
  /** Whether the Gateway keeps what is taken back, and leads back to it. */
  keepsBranches: () => boolean;
  /** What the field shows there may be something else now. */
  onDidChange: (of: Place) => void;
  /** The files that wait beside the field; null while one of them is not ready. */
  files: (of: Place) => readonly OutboxAttachment[] | null;
  clearFiles: (of: Place) => void;
  post: (
    of: Place,
    message: Pick<Rewrite, 'idempotencyKey' | 'text'>,
    files: readonly OutboxAttachment[],
  ) => void;
  /** Into the draft instead, before what is there by now. */
  putBack: (of: Place, text: string, files: readonly OutboxAttachment[]) => void;
};

/**
 * Answering a message again, and sending it in other words: take the conversation back, then send. What is asked of
 * the Gateway is on the disk before. Where its answer is lost, the next history tells what became of it.
 */
export function createRewriting(options: RewritingOptions) {
  const { state, setState, storage, conversations, place, post, putBack } = options;
  const rewrites = new Map(Object.entries(options.stored.rewrites));

  const tell = (of: Place, change: Partial<RewritingState>) => {
    if (of === place()) setState(change);
  };

  function set(of: Place, rewrite: Rewrite | null) {
    if (rewrite) rewrites.set(of, rewrite);
    else rewrites.delete(of);
    storage.saveRewrite(of, rewrite);
    options.onDidChange(of);
  }

  /** Whose words are in the field. */
  function edited(of: Place): Rewrite | null {
    const rewrite = rewrites.get(of);
    return rewrite?.kind === 'edit' ? rewrite : null;
  }

  /** The one that was asked for, until it is known what became of it. */
  function asked(of: Place) {
    const rewrite = rewrites.get(of);
    return rewrite && rewrite.asked !== null ? { ...rewrite, asked: rewrite.asked } : null;
  }

  const isThere = (of: Place, entryId: string) =>
    conversations.model(of).projection.entries.some(({ identity }) => identity?.id === entryId);

  /** Nothing was taken back. */
  function giveBack(of: Place) {
    const edit = edited(of);
    set(of, edit && { ...edit, asked: null, formerLeafId: null });
  }

  /** The conversation was taken back; null where the Gateway's answer was lost. */
  function finish(of: Place, answer: Rewound | null) {
    const rewrite = asked(of);
    if (!rewrite) return;
    const { idempotencyKey, kind, formerLeafId, text } = rewrite;
    const given = answer?.files ?? [];
    const lostFiles = rewrite.fileNames.slice(given.length);
    const words = (kind === 'again' && answer?.text) || rewrite.asked;
    const added = kind === 'edit' ? options.files(of) : [];
    // Text is never sent without its files.
    const isWhole = lostFiles.length === 0 && added !== null;
    // It is on the disk as a message, or as a draft, before it is none of these.
    if (isWhole) {
      post(of, { idempotencyKey, text: words }, [...given, ...added]);
      if (kind === 'edit') options.clearFiles(of);
      if (kind === 'edit' && text !== rewrite.asked) putBack(of, text, []);
    } else {
      putBack(of, kind === 'edit' ? text : words, given);
    }
    set(of, null);
    tell(of, { ...nothingSaid, lostFiles, formerLeafId });
  }

  async function ask(of: Place, session: ChatSession, rewrite: Rewrite) {
    const { entryId } = rewrite;
    set(of, { ...rewrite, asked: rewrite.text });
    tell(of, nothingSaid);
    const formerLeafId = options.keepsBranches() ? await session.activeLeaf() : null;
    const known = asked(of);
    if (!known) return;
    set(of, { ...known, formerLeafId });
    await storage.settled();
    if (!asked(of)) return;
    try {
      finish(of, await session.rewind(entryId));
    } catch (thrown) {
      if (thrown instanceof GatewayProtocolRequestError) giveBack(of);
      tell(of, { rewriteError: requestError(thrown, 'sessions.rewind') });
      // Where the connection is gone, the next one asks history; here it is asked at once.
      if (!(thrown instanceof GatewayProtocolRequestTimeoutError)) return;
      await session.reload();
      await settle(of, session);
    }
  }

  /** By a history that was read after the Gateway was asked. */
  async function settle(of: Place, session: ChatSession) {
    const rewrite = asked(of);
    if (!rewrite) return;
    const { entryId, idempotencyKey } = rewrite;
    const model = () => conversations.model(of);
    if (model().outbox.some((item) => item.idempotencyKey === idempotencyKey)) return set(of, null);
    while (!isThere(of, entryId) && model().earlierOffset !== null) {
      if (!(await session.loadEarlier('most'))) return;
    }
    if (isThere(of, entryId)) giveBack(of);
    else finish(of, null);
  }

  /** Without a connection nothing happens. */
  function start(rewrite: Rewrite) {
    const session = options.openShown();
    if (!session || state().isRewinding) return;
    const edit = edited(place());
    if (edit && rewrite.kind === 'again') {
      set(place(), null);
      putBack(place(), edit.text, []);
    }
    void ask(place(), session, rewrite);
  }

  const make = (kind: Rewrite['kind'], question: Question): Rewrite => ({
    ...question,
    kind,
    idempotencyKey: options.newId(),
    asked: null,
    formerLeafId: null,
  });

  const answerAgain = (question: Question) => start(make('again', question));

  return {
    edited,
    isAsked: (of: Place) => asked(of) !== null,
    /** Those of which it is not known yet whether the Gateway has taken them back. */
    unsettled: () => [...rewrites.keys()].filter(asked),
    settle,
    begin({ entryId, text, attachments }: UserRow) {
      if (entryId === null || asked(place())) return;
      set(place(), make('edit', { entryId, fileNames: attachments, text }));
      setState(nothingSaid);
    },
    /** Words that come into the field; false where they belong to no earlier message. */
    write(of: Place, text: string): boolean {
      const edit = edited(of);
      if (edit) set(of, { ...edit, text });
      return edit !== null;
    },
    end() {
      const edit = edited(place());
      setState(nothingSaid);
      if (!edit || edit.asked !== null) return;
      set(place(), null);
      // Somebody else took it back: these words are nowhere else.
      if (!isThere(place(), edit.entryId)) putBack(place(), edit.text, []);
    },
    inherit({ rewrites: left }: StoredChat) {
      for (const [of, rewrite] of Object.entries(left)) {
        rewrites.set(of, rewrite);
        options.onDidChange(of);
      }
    },
    forget(of: Place) {
      rewrites.delete(of);
      options.onDidChange(of);
    },
    /** Another conversation comes to the screen. */
    leave: () => setState({ ...nothingSaid, formerLeafId: null }),
    async bringBack() {
      const session = options.openShown();
      const { formerLeafId, isRewinding } = state();
      if (!session || formerLeafId === null || isRewinding) return;
      const of = place();
      setState({ isRewinding: true, rewriteError: null });
      try {
        await session.bringBack(formerLeafId);
        tell(of, { isRewinding: false, formerLeafId: null });
      } catch (thrown) {
        tell(of, { isRewinding: false, rewriteError: requestError(thrown, 'sessions.branches.switch') });
      }
    },
    dismissFormer: () => setState({ formerLeafId: null }),
    dismissError: () => setState({ rewriteError: null }),
    /** The field's words take the place of the message that is being written again. */
    send(text: string) {
      const edit = edited(place());
      if (edit) start({ ...edit, text });
    },
    again({ entryId, text, attachments }: UserRow) {
      if (entryId === null) return;
      const question = { entryId, fileNames: attachments, text };
      if (options.keepsBranches()) answerAgain(question);
      else setState({ again: question });
    },
    confirmAgain() {
      const question = state().again;
      setState({ again: null });
      if (question) answerAgain(question);
    },
    dismissAgain: () => setState({ again: null }),
  };
}
