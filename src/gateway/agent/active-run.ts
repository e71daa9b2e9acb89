import type { HistoryRow, UserRow } from '../sessions/history-row.ts';
import type { TokenUsage } from '../sessions/row-parts.ts';
import type { Reply } from './reply.ts';
import type { RunFrame } from './run-events.ts';
import type { RunOutput } from './run-output.ts';

/** Why a run was ended before its time: by a client, by another message, or because the Gateway stops. */
export type AbortOrigin = 'rpc' | 'interrupt' | 'timeout' | 'shutdown';

/** The `stopReason` that clients are told (observed; a shutdown is `restart`). */
export const stopReasonOf: Record<AbortOrigin, string> = {
  rpc: 'rpc',
  interrupt: 'aborted',
  timeout: 'timeout',
  shutdown: 'shutdown',
};

export type ActiveRun = RunFrame & {
  readonly startedAt: number;
  readonly deviceId: string | null;
  readonly reply: Reply;
  readonly controller: AbortController;
  readonly output: RunOutput;
  /** The last event of each tool call, for clients that come in the middle. */
  readonly items: Map<string, object>;
  abortOrigin: AbortOrigin | null;
  /** All calls of the run together. */
  usage: TokenUsage;
  /** What the last call was given to read, in tokens; null while none was counted. */
  contextTokens: number | null;
};

/** How a run ended, for those who wait for it. */
export type RunOutcome =
  | {
      readonly status: 'ok';
      readonly text: string;
      readonly stopReason: string;
      readonly usage: TokenUsage;
      readonly provider: string;
      readonly model: string;
      readonly sessionId: string;
      readonly startedAt: number;
      readonly endedAt: number;
    }
  | {
      readonly status: 'aborted';
      readonly text: string;
      readonly stopReason: string;
      readonly endedAt: number;
    }
  | { readonly status: 'error'; readonly message: string; readonly endedAt: number };

/** How the messages of queued runs join an active one. */
export type Steering = {
  /** Whether any waits to. */
  isWanted(run: ActiveRun): boolean;
  /** Adds them. Settles those runs; writes their rows, and before them, where there are any, those of `writeFirst`. */
  take(run: ActiveRun, writeFirst?: () => HistoryRow[]): readonly UserRow[];
};
