import { z } from 'zod';
import type { RemoteTransport } from '../config/settings.ts';
import { appErrorSchema } from './app-error.ts';

/** The ladder, bottom rung first: over SSH without `tls`, to the Gateway's own address without SSH's four. A rung is skipped when one that it stands on failed. */
export const doctorStepIds = [
  'network',
  'dns',
  'tcp',
  'banner',
  'hostKey',
  'sshAuthentication',
  'forward',
  'tls',
  'http',
  'challenge',
  'gatewayAuthentication',
  'pairing',
  'health',
] as const;

const overSsh: ReadonlySet<DoctorStepId> = new Set(['banner', 'hostKey', 'sshAuthentication', 'forward']);

/** The rungs of a climb: over SSH (and in Local mode, where its rungs are skipped), or to the Gateway's own address. */
export const doctorRungs: Readonly<Record<RemoteTransport, readonly DoctorStepId[]>> = {
  ssh: doctorStepIds.filter((id) => id !== 'tls'),
  direct: doctorStepIds.filter((id) => !overSsh.has(id)),
};

/** The one thing to do about a failed rung. The sentence is the error's own `fix`. */
const doctorFixSchema = z.discriminatedUnion('kind', [
  /** To copy and run; `where` says on which computer. */
  z.object({ kind: z.literal('command'), command: z.string(), where: z.enum(['here', 'remote']) }),
  z.object({
    kind: z.literal('action'),
    action: z.enum(['retry', 'openSettings', 'reviewHostKey', 'approvePairing', 'useOpenssh']),
  }),
]);

export const doctorStepSchema = z.object({
  id: z.enum(doctorStepIds),
  status: z.enum(['running', 'passed', 'failed', 'skipped']),
  /** Null while it runs and when skipped. */
  ms: z.number().nullable(),
  /**
   * What was seen: `doctor.evidence.<key>` of the catalogues, with its values. Of a skipped rung, why; null while
   * nothing is known yet. `describeStep` of `shared/doctor-text.ts` makes sentences of it.
   */
  evidence: z
    .object({ key: z.string(), values: z.record(z.string(), z.union([z.string(), z.number()])) })
    .nullable(),
  error: appErrorSchema.nullable(),
  fix: doctorFixSchema.nullable(),
});

export type DoctorStepId = (typeof doctorStepIds)[number];
export type DoctorStep = z.infer<typeof doctorStepSchema>;
export type DoctorEvidence = NonNullable<DoctorStep['evidence']>;
export type DoctorFix = z.infer<typeof doctorFixSchema>;
