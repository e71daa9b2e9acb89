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
};

export const notRewriting: RewritingState = {
  rewrite: null,
  isRewinding: false,
  rewriteError: null,
  lostFiles: [],
};

export type RewritingOptions = {
  state: () => RewritingState;
  setState: (change: Partial<RewritingState>) => void;
  draft: () => string;
  setDraft: (text: string) => void;
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

  /** Without words, those of the message itself, and nothing of what waits in the field. */
  async function resend({ entryId, fileNames }: Rewrite, text: string | null): Promise<boolean> {
    const target = options.target();
    if (!target || state().isRewinding) return false;
    const mine = ++generation;
    const tell = (change: Partial<RewritingState>) => {
      if (mine === generation) setState(change);
    };
    tell({ isRewinding: true, rewriteError: null, lostFiles: [] });
    try {
      const before = await target.session.rewind(entryId);
      const words = text ?? before.text ?? '';
      const lostFiles = fileNames.slice(before.files.length);
      if (lostFiles.length > 0) {
        // Text is never sent without its files.
        target.putBack(words, before.files);
        tell({ ...notRewriting, lostFiles });
        return false;
      }
      const added = text === null ? [] : target.files();
      target.post(words, [...before.files, ...added]);
      if (text !== null) target.clearFiles();
      tell({ isRewinding: false });
      return true;
    } catch (thrown) {
      if (mine !== generation && text !== null) target.putBack(text, []);
      tell({ isRewinding: false, rewriteError: requestError(thrown, 'sessions.rewind') });
      return false;
    }
  }

  function end() {
    generation += 1;
    if (state().rewrite) options.setDraft(draftBefore);
    setState(notRewriting);
  }

  return {
    begin({ entryId, text, attachments }: UserRow) {
      if (entryId === null) return;
      if (!state().rewrite) draftBefore = options.draft();
      setState({ ...notRewriting, rewrite: { entryId, fileNames: attachments } });
      options.setDraft(text);
    },
    end,
    dismissError: () => setState({ rewriteError: null }),
    /** The draft takes the place of the message that is being written again. */
    async send(text: string) {
      const { rewrite } = state();
      if (rewrite && (await resend(rewrite, text)) && state().rewrite === rewrite) end();
    },
    again({ entryId, attachments }: UserRow) {
      if (entryId !== null) void resend({ entryId, fileNames: attachments }, null);
    },
  };
}
