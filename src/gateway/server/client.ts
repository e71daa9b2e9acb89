import type { ConnectParams } from '@openclaw/gateway-protocol';
import type { Admission } from '../auth/admission.ts';
import type { EventOptions } from './frames.ts';

/** One admitted connection, as methods and broadcasts see it. */
export type Client = {
  readonly connId: string;
  readonly connect: ConnectParams;
  readonly admission: Admission;
  readonly connectedAt: number;
  /** `sessions.subscribe` was called. */
  readonly watchesSessions: boolean;
  /** Keys given to `sessions.messages.subscribe`. */
  readonly watchedKeys: Set<string>;
  watchSessions(isWatching: boolean): void;
  /**
   * A broadcast event: it takes the next `seq` of this connection. `payload` is JSON text. Never throws; a
   * full client is dropped.
   */
  sendEvent(event: string, payload: string, options?: EventOptions): void;
  /** An event for this connection alone, without a `seq` (observed: `node.invoke.request`). Never throws. */
  sendDirect(event: string, payload: unknown): void;
  close(code: number, reason: string): void;
};
