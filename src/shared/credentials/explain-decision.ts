import { assertNever } from '../assert-never.ts';
import type { CallExplanation } from '../contract/credentials.ts';
import type { CredentialDecision, CredentialInput } from './decide-credential.ts';

/** Drops the value: what is left may be shown, logged and sent to a screen. */
export function explainDecision(
  input: Pick<CredentialInput, 'path' | 'mode' | 'urlSource'>,
  decision: CredentialDecision,
): CallExplanation {
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
