import { isRecord } from '../../../shared/is-record.ts';

/** `isOmitted`: nothing of it came, and its text is the Gateway's own. */
export type Cut = { id: string; isOmitted: boolean };

/**
 * How a message of the transcript came that is too long: openclaw 2026.9.6 tells events of 8 000 characters (`display-cap`)
 * and history of 128 KiB a message (`oversized`), both observed. Null of one that came whole.
 */
export function readCut(message: unknown): Cut | null {
  const { truncated, id, reason } = metadataOf(message);
  return truncated === true && typeof id === 'string' ? { id, isOmitted: reason === 'oversized' } : null;
}

/** What the Gateway writes at the end of a text that it cut. */
const cutMark = /\n\.\.\.\(truncated\)\.\.\.$/;

export function withoutCutMark(text: string): string {
  return text.replace(cutMark, '');
}

/** What the Gateway says of a row of the transcript. */
export function metadataOf(message: unknown): Record<string, unknown> {
  return isRecord(message) && isRecord(message.__openclaw) ? message.__openclaw : {};
}
