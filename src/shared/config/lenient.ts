import { z } from 'zod';

/** A key of another program's file: a value of an unexpected shape counts as absent, never as an error. */
export const lenient = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const httpUrlSchema = z.url({ protocol: /^https?$/ });

export const isHttpUrl = (text: string) => httpUrlSchema.safeParse(text).success;
