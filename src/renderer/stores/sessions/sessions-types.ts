import type { AppError } from '../../../shared/errors.ts';
import type { PendingRemoval, SessionItem, SessionRow } from './session-rows.ts';
import type { SearchState } from './session-search.ts';

export type SessionChange =
  | 'rename'
  | 'pin'
  | 'unpin'
  | 'archive'
  | 'unarchive'
  | 'reset'
  | 'delete'
  | 'export';

/** Something asked of a conversation that came to nothing. */
export type SessionRefusal = { change: SessionChange; item: SessionItem; error: AppError };

export type SessionsState = {
  /** In the order of the list. */
  items: readonly SessionItem[];
  activeKey: string;
  /** What the Gateway says of the session on the screen; null before it said anything. */
  active: SessionRow | null;
  /** False until the Gateway's first list; `items` may come from the last time. */
  isLoaded: boolean;
  /** The Gateway has more of them than it was asked for. */
  hasMore: boolean;
  isConnected: boolean;
  /** Why the list could not be read. */
  error: AppError | null;
  /** Until somebody has read them, or asks for the same again. */
  refusals: readonly SessionRefusal[];
  query: string;
  search: SearchState;
  showsArchived: boolean;
  /** Those that can be taken back: what was asked of the Gateway is none of them any more. */
  removals: readonly PendingRemoval[];
};

export type SessionsActions = {
  open(key: string): void;
  /** Opens the next (1) or the previous (-1) one of the list. */
  step(by: 1 | -1): void;
  /** Opens an empty conversation; the Gateway has it from its first message on. */
  create(): void;
  /** An empty name gives it back to what was said in it. */
  rename(key: string, name: string): void;
  setPinned(key: string, isPinned: boolean): void;
  setArchived(key: string, isArchived: boolean): void;
  /** Both can be had back for a while. */
  reset(key: string): void;
  remove(key: string): void;
  undo(key: string): void;
  dismiss(refusal: SessionRefusal): void;
  /** While somebody is at them their time stands still; it begins anew when the last one lets go. */
  holdRemovals(): () => void;
  setQuery(query: string): void;
  setShowsArchived(shows: boolean): void;
  reload(): void;
  /** Asks for more of the list. */
  showMore(): void;
  /** Whether somebody can see the page: what is on a hidden one has not been read. */
  setIsVisible(isVisible: boolean): void;
};
