import { z } from 'zod';
import { assertNever } from '../assert-never.ts';
import { modeSchema } from '../config/settings.ts';
import { appErrorSchema } from '../errors.ts';
import {
  callPathSchema,
  candidateNameSchema,
  secretKindSchema,
  secretOriginSchema,
  trailEntrySchema,
  urlSourceSchema,
} from './candidates.ts';
import type { CredentialDecision, CredentialInput } from './decide-credential.ts';

/** Which credential one call path would use, and why not the others. No value in it. */
export const callExplanationSchema = z.object({
  path: callPathSchema,
  mode: modeSchema,
  urlSource: urlSourceSchema,
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
export const serverExplanationSchema = z.object({
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

/** Drops the value: what is left may be shown, logged and sent to a screen. */
export function explainDecision(input: CredentialInput, decision: CredentialDecision): CallExplanation {
  const { path, mode, urlSource } = input;
  const trail = [...decision.trail];
  switch (decision.tag) {
    case 'use': {
      const { name, kind, origin } = decision;
      return { path, mode, urlSource, outcome: { tag: 'use', name, kind, origin }, trail };
    }
    case 'none':
      return { path, mode, urlSource, outcome: { tag: 'none' }, trail };
    case 'refused': {
      const { by, error } = decision;
      return { path, mode, urlSource, outcome: { tag: 'refused', by, error }, trail };
    }
    default:
      return assertNever(decision);
  }
}
