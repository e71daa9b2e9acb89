import { z } from 'zod';

/** What OpenClaw says its pictures have at most (openclaw 2026.9.6, docs/gateway/clients.md). */
export const MAX_PICTURE_BYTES = 12 * 1_048_576;
/** A file passes the bridge whole, as base64. */
export const MAX_FILE_BYTES = 64 * 1_048_576;

/** The two places where a Gateway keeps what `artifacts.download` gives a ticket for; nothing that leads elsewhere. */
const ticketPath = z
  .string()
  .max(4096)
  .regex(/^\/api\/(?:chat\/media\/outgoing|artifacts\/download)\/[\w\-.~%!$&'()*+,;=:@/?]+$/)
  .refine((path) => !/(?:^|\/)(?:\.|%2e){1,2}(?:\/|\?|$)/i.test(path), 'leads elsewhere');

export const artifactRequests = {
  /**
   * A file of the Gateway that the page may not fetch itself (`connect-src` lets it open WebSockets alone). `data` is
   * base64. NOT_AVAILABLE where the connection is another than `generation`.
   */
  'artifact.fetch': {
    params: z.strictObject({
      generation: z.number().int(),
      path: ticketPath,
      maxBytes: z.number().int().positive().max(MAX_FILE_BYTES),
    }),
    result: z.object({ mimeType: z.string(), data: z.string() }),
  },
} as const;
