import { assertNever } from '../assert-never.ts';
import type { Translate } from '../errors.ts';
import type { CandidateName, SecretOrigin } from './candidates.ts';

/**
 * Where a secret stands, in words: file and line, variable, keychain; for a reference also what it refers to.
 * `beside` is the candidate's name where that is read just before: a variable is not named twice.
 */
export function formatOrigin(origin: SecretOrigin, t: Translate, beside?: CandidateName): string {
  if (origin.tag === 'environment' && origin.variable === beside) {
    return t('credentials.origin.environmentBeside');
  }
  switch (origin.tag) {
    case 'config': {
      const { file, line, ref } = origin;
      const place =
        line === undefined
          ? t('credentials.origin.config', { file })
          : t('credentials.origin.configLine', { file, line });
      if (!ref) return place;
      const { source, provider, id } = ref;
      return `${place}, ${t('credentials.ref', { ref: `${source}:${provider}:${id}` })}`;
    }
    case 'flag':
    case 'file':
    case 'stdin':
    case 'form':
    case 'tool':
    case 'environment':
    case 'keychain':
    case 'session':
    case 'settings':
      return t(`credentials.origin.${origin.tag}`, origin);
    default:
      return assertNever(origin);
  }
}

/** A key or a variable stands for itself; what has neither is named in words. */
export function formatCandidate(name: CandidateName, t: Translate): string {
  switch (name) {
    case 'explicit.token':
      return t('credentials.name.explicitToken');
    case 'explicit.password':
      return t('credentials.name.explicitPassword');
    case 'chela.remote.token':
      return t('credentials.name.chela');
    default:
      return name;
  }
}
