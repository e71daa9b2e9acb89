import type { DoctorFix, DoctorStep } from './contract/doctor.ts';
import { describeError, type Translate } from './errors.ts';

export type DoctorStepText = {
  title: string;
  /** What was seen, in one sentence; null while it is not known. */
  evidence: string | null;
  /** Of a failed rung. */
  problem: { title: string; body: string } | null;
  fix: DoctorFixText | null;
};

export type DoctorFixText = {
  /** The one thing to do, as a sentence. */
  sentence: string;
  /** To copy and run, where that is the fix or another way to it; `where` says on which computer. */
  command: { line: string; where: 'here' | 'remote' } | null;
  /** The button that does it in the app. */
  action: Extract<DoctorFix, { kind: 'action' }>['action'] | null;
};

/** The sentences of one rung. Pure; catalogue keys `doctor.title.<id>` and `doctor.evidence.<key>`. */
export function describeStep(step: DoctorStep, t: Translate, describe = describeError): DoctorStepText {
  const text = step.error && describe(step.error, t);
  return {
    title: t(`doctor.title.${step.id}`),
    evidence: step.evidence && t(`doctor.evidence.${step.evidence.key}`, sayable(step.evidence.values, t)),
    problem: text && { title: text.title, body: text.body },
    fix: text && step.fix && { sentence: text.fix, ...describeFix(step, step.fix) },
  };
}

/** The command that approves a pairing request on the Gateway's host; null for what is no request id. */
export function approvalCommand(requestId: unknown): string | null {
  return isRequestId(requestId) ? `openclaw devices approve ${requestId}` : null;
}

/** It becomes part of a command line, and it comes from another computer. */
export function isRequestId(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(text) && !text.startsWith('-');
}

function describeFix(step: DoctorStep, fix: DoctorFix): Omit<DoctorFixText, 'sentence'> {
  if (fix.kind === 'command') return { command: { line: fix.command, where: fix.where }, action: null };
  // The button asks for consent in the app; whoever reads the rung elsewhere needs the command.
  const line = fix.action === 'approvePairing' ? approvalCommand(step.error?.details?.requestId) : null;
  return { command: line === null ? null : { line, where: 'remote' }, action: fix.action };
}

/** The kind of a body is a word of the catalogue. */
function sayable(values: Record<string, string | number>, t: Translate): Record<string, string | number> {
  return values.bodyKind === undefined
    ? values
    : { ...values, bodyKind: t(`doctor.bodyKind.${values.bodyKind}`) };
}
