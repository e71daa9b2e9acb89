import { z } from 'zod';
import { appErrorSchema } from '../../../shared/contract/app-error.ts';

/**
 *  waiting ──► sending ──► accepted      answered: the Gateway has it
 *     ▲           │  └───► failed        answered: it refused; only a person sends it again
 *     │           ▼                      not answered: the connection ended first
 *     └────── unconfirmed ──► accepted   history shows it after all
 *
 * `unconfirmed` goes out again under the same idempotency key, and only when history does not show it, so a
 * message is neither lost nor doubled. What the transcript shows, or whose run ended, leaves the outbox.
 */
const deliverySchema = z.enum(['waiting', 'sending', 'unconfirmed', 'accepted', 'failed']);
export type Delivery = z.infer<typeof deliverySchema>;

/** What a message does to a run that is on: joins it, waits for its end, or ends it. */
const queueModes = ['steer', 'followup', 'interrupt'] as const;
export type QueueMode = (typeof queueModes)[number];

/** As `chat.send` takes it; `content` is base64. */
const attachmentSchema = z.object({
  type: z.enum(['image', 'file']),
  mimeType: z.string(),
  fileName: z.string(),
  content: z.string(),
});
export type OutboxAttachment = z.infer<typeof attachmentSchema>;

export const outboxItemSchema = z.object({
  /** Also the id of the run that answers it (protocol 4: runId equals idempotencyKey). */
  idempotencyKey: z.string().min(1),
  /** Empty only where there is an attachment. */
  text: z.string(),
  /** They go out with the text or not at all. */
  attachments: z.array(attachmentSchema).readonly().default([]),
  /** Null where no run was on when it was written. */
  queueMode: z.enum(queueModes).nullable().default(null),
  /** Later than that of every message written before, so that it tells the order. */
  createdAtMs: z.number(),
  delivery: deliverySchema,
  error: appErrorSchema.nullable(),
});
export type OutboxItem = z.infer<typeof outboxItemSchema>;
export type Outbox = readonly OutboxItem[];

export function withDelivery(
  outbox: Outbox,
  idempotencyKey: string,
  delivery: Delivery,
  error: OutboxItem['error'] = null,
): Outbox {
  return outbox.map((item) => (item.idempotencyKey === idempotencyKey ? { ...item, delivery, error } : item));
}

export function withoutItem(outbox: Outbox, idempotencyKey: string | null): Outbox {
  return outbox.some((item) => item.idempotencyKey === idempotencyKey)
    ? outbox.filter((item) => item.idempotencyKey !== idempotencyKey)
    : outbox;
}

/** The connection ended: what had no answer yet is in doubt. */
export function afterDisconnect(outbox: Outbox): Outbox {
  return outbox.map((item) => (item.delivery === 'sending' ? { ...item, delivery: 'unconfirmed' } : item));
}

/** The next message to send, oldest first. Nothing overtakes a message that is being sent. */
export function nextToSend(outbox: Outbox): OutboxItem | null {
  if (outbox.some((item) => item.delivery === 'sending')) return null;
  return outbox.find((item) => item.delivery === 'waiting' || item.delivery === 'unconfirmed') ?? null;
}

/** What a page finds of its outbox after a reload: an answer may have come to the page that is gone. */
export function afterReload(outbox: Outbox): Outbox {
  return outbox.map((item) =>
    item.delivery === 'sending' || item.delivery === 'accepted' ? { ...item, delivery: 'unconfirmed' } : item,
  );
}
