import { z } from 'zod';
import { modeSchema } from '../config/settings.ts';
import {
  callPaths,
  candidateNames,
  reasonsWhy,
  refSources,
  type SecretOrigin,
  secretKinds,
  type TrailEntry,
  urlSources,
  verdicts,
} from '../credentials/candidates.ts';
import { appErrorSchema } from './app-error.ts';

const candidateNameSchema = z.enum(candidateNames);
const secretKindSchema = z.enum(secretKinds);
const secretRefSchema = z.object({ source: z.enum(refSources), provider: z.string(), id: z.string() });

const secretOriginSchema: z.ZodType<SecretOrigin, SecretOrigin> = z.discriminatedUnion('tag', [
  z.object({ tag: z.literal('flag'), name: z.string() }),
  z.object({ tag: z.literal('file'), file: z.string() }),
  z.object({ tag: z.literal('stdin') }),
  z.object({ tag: z.literal('form') }),
  z.object({ tag: z.literal('tool'), name: z.string() }),
  z.object({ tag: z.literal('environment'), variable: z.string() }),
  z.object({
    tag: z.literal('config'),
    file: z.string(),
    path: z.string(),
    line: z.number().int().positive().optional(),
    column: z.number().int().positive().optional(),
    ref: secretRefSchema.optional(),
  }),
  z.object({ tag: z.literal('keychain'), account: z.string() }),
  z.object({ tag: z.literal('session') }),
  z.object({ tag: z.literal('settings'), file: z.string() }),
]);

const trailEntrySchema: z.ZodType<TrailEntry, TrailEntry> = z.object({
  name: candidateNameSchema,
  kind: secretKindSchema,
  origin: secretOriginSchema.nullable(),
  verdict: z.enum(verdicts),
  why: z.enum(reasonsWhy),
});

/** Which credential one call path would use, and why not the others. No value in it. */
const callExplanationSchema = z.object({
  path: z.enum(callPaths),
  mode: modeSchema,
  urlSource: z.enum(urlSources),
  outcome: z.discriminatedUnion('tag', [
    z.object({
      tag: z.literal('use'),
      name: candidateNameSchema,
      kind: secretKindSchema,
      origin: secretOriginSchema,
    }),
    z.object({ tag: z.literal('none') }),
    z.object({ tag: z.literal('refused'), by: candidateNameSchema, error: appErrorSchema }),
  ]),
  /** In the order in which they count; those the rules exclude come last. */
  trail: z.array(trailEntrySchema),
});
export type CallExplanation = z.infer<typeof callExplanationSchema>;

/** How this computer's own Gateway lets callers in (R22). */
const serverExplanationSchema = z.object({
  outcome: z.discriminatedUnion('tag', [
    z.object({ tag: z.literal('none') }),
    z.object({ tag: z.literal('secret'), name: candidateNameSchema, kind: secretKindSchema }),
    z.object({ tag: z.literal('trusted-proxy') }),
    /** A token that Chela made itself, in `<dataDir>/gateway-token`. */
    z.object({ tag: z.literal('generate'), kind: secretKindSchema }),
    z.object({ tag: z.literal('refused'), error: appErrorSchema }),
  ]),
  trail: z.array(trailEntrySchema),
});
export type ServerExplanation = z.infer<typeof serverExplanationSchema>;

/** The answer to "which credential is used?", for every call path in the present mode. */
export const credentialReportSchema = z.object({
  mode: modeSchema,
  calls: z.array(callExplanationSchema),
  server: serverExplanationSchema,
});
export type CredentialReport = z.infer<typeof credentialReportSchema>;
