import type { AppError } from '../../../shared/errors.ts';
import type { ChatLinkState, LinkFailure } from './chat-link.ts';
import type { StopScope } from './chat-session.ts';
import type { Wholes } from './chat-state.ts';
import type { ComposerActions, ComposerState } from './composer.ts';
import type { ExportWords } from './export.ts';
import type { ChatRow } from './rows.ts';

/** Said once to a screen reader: a run ended, or a message could not be sent. */
export type Announcement =
  | { runId: string; kind: 'finished' | 'stopped' | 'failed'; text: string }
  | { runId: string; kind: 'unsent'; error: AppError | null };

/** A search in the conversation on the screen. */
export type FindState = {
  query: string;
  /** Keys of the rows that have the words, oldest first. */
  matches: readonly string[];
  /** Which of them is shown; null where there is none. */
  at: number | null;
  /** Older parts of the conversation are being read. */
  isReading: boolean;
  /** Older rows can't be read now: what was found may not be all. */
  isPartial: boolean;
};

/** Messages that wait for a Gateway that is not on the screen. */
export type WaitingElsewhere = {
  scope: string;
  /** `unconfirmed` ones may have arrived there. */
  delivery: 'waiting' | 'unconfirmed';
  count: number;
};

export type ChatState = ComposerState & {
  /** Whether drafts and messages that wait outlive the page. */
  isKept: boolean;
  link: ChatLinkState;
  /** While the connection is tried again by itself. */
  linkFailure: LinkFailure | null;
  /** Methods that the Gateway has; empty before it said so. */
  offers: ReadonlySet<string>;
  /** Of messages on the screen that came cut. */
  wholes: Wholes;
  /** Of the conversation on the screen; changes at once when another is opened. */
  sessionKey: string;
  rows: readonly ChatRow[];
  /** False until the first history of this session; `rows` may come from the last time. */
  isLoaded: boolean;
  hasEarlier: boolean;
  /** `entryId` of the last row, where it is a question that nothing answers. */
  unansweredId: string | null;
  /** Somebody else has deleted it; `rows` are what this page remembers. */
  isGone: boolean;
  historyError: AppError | null;
  /** Why the Gateway refused to stop a run, which goes on, or to give back a message. */
  stopError: AppError | null;
  /** The oldest run that goes on, and since when it was asked to stop; null where nothing runs. */
  run: { runId: string; stopAskedAtMs: number | null } | null;
  /** `nth`: two that say the same are still two. */
  announcement: (Announcement & { nth: number }) | null;
  /** Null while nobody searches. */
  find: FindState | null;
  /** Nothing of it goes out to the Gateway on the screen by itself. */
  elsewhere: readonly WaitingElsewhere[];
};

export type ChatActions = ComposerActions & {
  /** Opens the connection; a screen that shows no chat never calls it. */
  start(): void;
  stop(): void;
  /** Puts another session on the screen, at once, from what is known of it. */
  openSession(key: string): void;
  sendAgain(idempotencyKey: string): void;
  /** Takes what waits for another Gateway into the field, where a person decides. */
  takeHere(which: Pick<WaitingElsewhere, 'scope' | 'delivery'>): void;
  stopRun(scope: StopScope): void;
  dismissStopError(): void;
  /** Reads the page before the first row; false where it could not be read. */
  loadEarlier(): Promise<boolean>;
  /** Reads messages whole that came cut, by their ids. */
  readWhole(ids: readonly string[]): void;
  retry(): void;
  /** Closes the connection and opens it again at once, with what the Gateway grants by now. */
  reconnect(): void;
  /** Searches the whole conversation, loaded or not; null ends the search. */
  find(query: string | null): void;
  /** Goes to the next (1) or the previous (-1) row that has the words. */
  findStep(by: 1 | -1): void;
  /**
   * The whole conversation as a file's text; null where it could not be read whole, which the list of
   * conversations then says.
   */
  exportAs(format: 'markdown' | 'json', words: ExportWords): Promise<string | null>;
};
