/** Rows that no run has written (observed). */

type Position = { readonly messageId: string; readonly seq: number; readonly at: number };

export type ResetRow = {
  role: 'system';
  content: [{ type: 'text'; text: string }];
  timestamp: number;
  __openclaw: { kind: 'reset'; id: string; seq: number; recordTimestampMs: number };
};

/** Stands in the place of the run that has written the row. */
export const RESET_RUN_ID = 'reset';

/** What is left of a conversation that was reset. */
export function resetRow({ messageId, seq, at }: Position): ResetRow {
  return {
    role: 'system',
    content: [{ type: 'text', text: 'Reset' }],
    timestamp: at,
    __openclaw: { kind: 'reset', id: messageId, seq, recordTimestampMs: at },
  };
}
