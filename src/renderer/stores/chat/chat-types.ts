import type { AppError } from '../../../shared/errors.ts';
import type { Attached } from './attachments.ts';
import type { ChatLinkState } from './chat-link.ts';
import type { Speakers } from './export.ts';
import type { QueueMode } from './outbox.ts';
import type { RewritingState } from './rewriting.ts';
import type { ChatRow, UserRow } from './rows.ts';

/** Said once to a screen reader when a run ends. */
export type Announcement = { runId: string; kind: 'finished' | 'stopped' | 'failed'; text: string };

/** A search in the conversation on the screen. */
export type FindState = {
  query: string;
  /** Keys of the rows that have the words, oldest first. */
  matches: readonly string[];
  /** Which of them is shown; null where there is none. */
  at: number | null;
  /** Older parts of the conversation are being read. */
  isReading: boolean;
};

export type ChatState = RewritingState & {
  link: ChatLinkState;
  /** Methods that the Gateway has; empty before it said so. */
  offers: ReadonlySet<string>;
  /** Of the conversation on the screen; changes at once when another is opened. */
  sessionKey: string;
  rows: readonly ChatRow[];
  /** False until the first history of this session; `rows` may come from the last time. */
  isLoaded: boolean;
  hasEarlier: boolean;
  historyError: AppError | null;
  /** The oldest run that goes on, and since when it was asked to stop; null where nothing runs. */
  run: { runId: string; stopAskedAtMs: number | null } | null;
  draft: string;
  /** The files that go out with the draft. */
  attached: Attached;
  /** What the next message does to a run that is on. */
  queueMode: QueueMode;
  announcement: Announcement | null;
  /** Null while nobody searches. */
  find: FindState | null;
};

export type ChatActions = {
  /** Opens the connection; a screen that shows no chat never calls it. */
  start(): void;
  stop(): void;
  /** Puts another session on the screen, at once, from what is known of it. */
  openSession(key: string): void;
  setDraft(text: string): void;
  attach(files: readonly File[]): void;
  detach(id: string): void;
  /** Sends these words at once and leaves the draft as it is. */
  say(text: string): void;
  /** Sends the draft, with its files once all are ready. Painted at once, whether connected or not. */
  submit(): void;
  setQueueMode(mode: QueueMode): void;
  sendAgain(idempotencyKey: string): void;
  /** Takes a message that did not go out, and its files, back into the field, before what is there. */
  edit(idempotencyKey: string): void;
  discard(idempotencyKey: string): void;
  /** Takes an earlier message into the field; sending it takes the conversation back to before it. */
  rewrite(row: UserRow): void;
  /** Leaves the earlier message as it is; what was in the field before comes back. */
  endRewrite(): void;
  dismissRewriteError(): void;
  /** Takes the conversation back to before this row and sends it again. */
  answerAgain(question: UserRow): void;
  stopRun(scope: 'current' | 'everything'): void;
  loadEarlier(): void;
  retry(): void;
  /** Closes the connection and opens it again at once, with what the Gateway grants by now. */
  reconnect(): void;
  /** Searches the whole conversation, loaded or not; null ends the search. */
  find(query: string | null): void;
  /** Goes to the next (1) or the previous (-1) row that has the words. */
  findStep(by: 1 | -1): void;
  /**
   * The whole conversation as a file's text; null where it could not be read to its beginning, which the list of
   * conversations then says.
   */
  exportAs(format: 'markdown' | 'json', speakers: Speakers): Promise<string | null>;
};
