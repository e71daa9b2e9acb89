import type { ContractEvent } from '../shared/contract/events.ts';
import type { VersionedSnapshot } from '../shared/contract/snapshot.ts';
import type { AppError } from '../shared/errors.ts';
import type { Result } from '../shared/result.ts';

/**
 * A screen's identity at the engine's door: one page, one window. It owns the relays it opened, and they
 * close with it. `answer` lets an edge answer what only it can do (windows, external links).
 */
export type Screen = {
  /** Checks the method and its parameters; failures are values (BAD_REQUEST, …). Never rejects. */
  request(method: string, params: unknown): Promise<Result<unknown>>;
  /** The snapshot comes at once, then every newer one, then this screen's relay events. */
  subscribe(listener: (event: ContractEvent) => void): () => void;
  dispose(): void;
};

/** Where an edge serves the page. */
export type PagePlace = {
  /** Why it is at another address than usual (PAGE_PORT_TAKEN, PAGE_PORT_TAKEN_BY); null where it is not. */
  readonly notice: AppError | null;
  /** Where it was when its port was taken; served beside it, because what it has stored stays with an address. */
  readonly earlierOrigins: readonly string[];
};

export type Engine = {
  /** Reads settings, starts the connection. Resolves when the first snapshot is there, not when connected. */
  start(page?: PagePlace): Promise<void>;
  /** Settles all that is pending and closes every socket and child; a second call waits for the first. */
  stop(): Promise<void>;
  snapshot(): VersionedSnapshot;
  /** The computer woke up, or the network changed: is everything still there? */
  probe(): void;
  onDidChange(listener: (current: VersionedSnapshot) => void): () => void;
  openScreen(): Screen;
};

/** What an edge can do that the engine can't. Absent members answer `handled: false`. */
export type EdgeCapabilities = {
  openWindow?: (window: 'webchat' | 'settings') => void;
  openExternal?: (url: string) => Promise<void>;
};
