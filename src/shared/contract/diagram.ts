import { z } from 'zod';

/**
 * A diagram is drawn in a frame of its own: sandboxed, without an origin, under a policy that lets it load its own
 * scripts and nothing else. The page gives it a source and hears how large the picture is, or why there is none.
 */
export const DIAGRAM_FOLDER = '/diagram/';
export const DIAGRAM_PAGE = `${DIAGRAM_FOLDER}index.html`;

/** Longer ones could keep the processor busy for minutes. In characters. */
export const MAX_DIAGRAM_SOURCE = 50_000;

export type DiagramTask = { type: 'draw'; source: string; theme: 'light' | 'dark' };

export const diagramAnswerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** In CSS pixels. */
  z.object({ type: z.literal('drawn'), height: z.number().min(0).max(20_000) }),
  z.object({ type: z.literal('failed'), reason: z.string() }),
]);
export type DiagramAnswer = z.infer<typeof diagramAnswerSchema>;
