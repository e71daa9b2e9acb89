import type { AppError } from '../../../shared/errors.ts';
import type { ChatSession } from './chat-session.ts';
import type { OutboxAttachment } from './outbox.ts';
import { requestError } from './refusal.ts';
import type { UserRow } from './rows.ts';

/** An earlier message that is being written again. Nothing is taken back before it is sent. */
export type Rewrite = { entryId: string; fileNames: readonly string[] };

export type RewritingState = {
  rewrite: Rewrite | null;
  /** The Gateway is taking the conversation back. */
  isRewinding: boolean;
  rewriteError: AppError | null;
  /** Files that the Gateway did not give back: the message waits in the field until a person decides. */
  lostFiles: readonly string[];
  /** Asked before a message is answered again, where the answer that is there goes for good. */
  again: Rewrite | null;
  /** What the conversation was before it was taken back, by its last row; until the next message. */
  formerLeafId: string | null;
};

const nothingAsked = { rewrite: null, isRewinding: false, rewriteError: null, lostFiles: [], again: null };
export const notRewriting: RewritingState = { ...nothingAsked, formerLeafId: null };

export type RewritingOptions = {
  state: () => RewritingState;
  setState: (change: Partial<RewritingState>) => void;
  draft: () => string;
  setDraft: (text: string) => void;
  /** Whether the Gateway keeps what is taken back, and leads back to it. */
  keepsBranches: () => boolean;
  /** The conversation on the screen; null without a connection. */
  target: () => RewriteTarget | null;
};

/** Another conversation may come to the screen meanwhile; the words go where they were written. */
type RewriteTarget = {
  session: ChatSession;
  /** The files that wait beside the field. */
  files: () => readonly OutboxAttachment[];
  clearFiles: () => void;
  post: (text: string, files: readonly OutboxAttachment[]) => void;
  /** Back into its field instead, before what is there by now. */
  putBack: (text: string, files: readonly OutboxAttachment[]) => void;
};

/** Answering a message again, and sending it in other words: take the conversation back, then send. */
export function createRewriting(options: RewritingOptions) {
  const { state, setState } = options;
  /** What was in the field before. */
  let draftBefore = '';
  /** A result that comes after another conversation came to the screen is none of that one's. */
  let generation = 0;

  /** A new one; what an earlier one has to tell comes to nothing. */
  function attempt() {
    const mine = ++generation;
    const isCurrent = () => mine === generation;
    const tell = (change: Partial<RewritingState>) => {
      if (isCurrent()) setState(change);
    };
    return { isCurrent, tell };
  }

  /** Without words, those of the message itself, and nothing of what waits in the field. */
  async function resend({ entryId, fileNames }: Rewrite, text: string | null): Promise<boolean> {
    const target = options.target();
    if (!target || state().isRewinding) return false;
    const { isCurrent, tell } = attempt();
    tell({ isRewinding: true, rewriteError: null, lostFiles: [] });
    try {
      const before = await target.session.rewind(entryId, options.keepsBranches());
      const { leafEntryId: formerLeafId } = before;
      const words = text ?? before.text ?? '';
      const lostFiles = fileNames.slice(before.files.length);
      if (lostFiles.length > 0) {
        // Text is never sent without its files.
        target.putBack(words, before.files);
        tell({ ...nothingAsked, lostFiles, formerLeafId });
        return false;
      }
      const added = text === null ? [] : target.files();
      target.post(words, [...before.files, ...added]);
      if (text !== null) target.clearFiles();
      tell({ isRewinding: false, formerLeafId });
      return true;
    } catch (thrown) {
      if (!isCurrent() && text !== null) target.putBack(text, []);
      tell({ isRewinding: false, rewriteError: requestError(thrown, 'sessions.rewind') });
      return false;
    }
  }

  function end() {
    generation += 1;
    if (state().rewrite) options.setDraft(draftBefore);
    setState(nothingAsked);
  }

  const ask = (question: Rewrite) => void resend(question, null);

  return {
    begin({ entryId, text, attachments }: UserRow) {
      if (entryId === null) return;
      if (!state().rewrite) draftBefore = options.draft();
      setState({ ...nothingAsked, rewrite: { entryId, fileNames: attachments } });
      options.setDraft(text);
    },
    end,
    /** Another conversation comes to the screen. */
    leave() {
      end();
      setState({ formerLeafId: null });
    },
    async bringBack() {
      const target = options.target();
      const { formerLeafId, isRewinding } = state();
      if (!target || formerLeafId === null || isRewinding) return;
      const { tell } = attempt();
      tell({ isRewinding: true, rewriteError: null });
      try {
        await target.session.bringBack(formerLeafId);
        tell({ isRewinding: false, formerLeafId: null });
      } catch (thrown) {
        tell({ isRewinding: false, rewriteError: requestError(thrown, 'sessions.branches.switch') });
      }
    },
    dismissFormer: () => setState({ formerLeafId: null }),
    dismissError: () => setState({ rewriteError: null }),
    /** The draft takes the place of the message that is being written again. */
    async send(text: string) {
      const { rewrite } = state();
      if (rewrite && (await resend(rewrite, text)) && state().rewrite === rewrite) end();
    },
    again({ entryId, attachments }: UserRow) {
      if (entryId === null) return;
      const question = { entryId, fileNames: attachments };
      if (options.keepsBranches()) ask(question);
      else setState({ again: question });
    },
    confirmAgain() {
      const question = state().again;
      setState({ again: null });
      if (question) ask(question);
    },
    dismissAgain: () => setState({ again: null }),
  };
}
