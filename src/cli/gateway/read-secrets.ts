import { absent, type SecretInput, type SecretKind, setSecret } from '../../shared/credentials/candidates.ts';
import { hasControl } from '../../shared/printable.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { CliContext } from '../frame/context.ts';
import type { GatewayOptions } from '../frame/options.ts';
import { inputError, readTextFile, readTextStdin } from './read-input.ts';

/** No token or password is longer. */
const SECRET_BYTES = 8192;

/** The secrets given for this very call (R13). */
export type ExplicitSecrets = Partial<Record<SecretKind, SecretInput>>;

type Source =
  | { readonly tag: 'flag'; readonly name: string; readonly value: string }
  | { readonly tag: 'file'; readonly name: string; readonly file: string }
  | { readonly tag: 'stdin'; readonly name: string };

/**
 * Reads the options that carry a secret. One that is given and holds nothing is an error, never "no secret": a script
 * whose variable is empty has to hear of it. Never rejects.
 */
export async function readSecrets(
  { stdin, signal, out, t }: CliContext,
  options: GatewayOptions,
): Promise<Result<ExplicitSecrets>> {
  const given: Record<SecretKind, Source[]> = {
    token: sources('token', options.token, options.tokenFile, options.tokenStdin),
    password: sources('password', options.password, options.passwordFile, options.passwordStdin),
  };
  const all = [...given.token, ...given.password];
  const [first, second] = all;
  if (first && second) {
    const names = `${first.name} ${second.name}`;
    return err(inputError(names, given.token.length === given.password.length ? 'both' : 'twice'));
  }
  if (!first) return ok({});

  if (first.tag === 'flag') out.note(t('calls.secretOnArgv', { name: first.name }));
  const read = await readSource(first, { stdin, signal, out, t });
  if (!read.ok) return read;
  const kind = given.token.length > 0 ? 'token' : 'password';
  return ok({ [kind]: read.value });
}

function sources(kind: SecretKind, flag?: string, file?: string, isStdin?: boolean): Source[] {
  return [
    ...(flag !== undefined ? [{ tag: 'flag' as const, name: `--${kind}`, value: flag }] : []),
    ...(file !== undefined ? [{ tag: 'file' as const, name: `--${kind}-file`, file }] : []),
    ...(isStdin ? [{ tag: 'stdin' as const, name: `--${kind}-stdin` }] : []),
  ];
}

async function readSource(
  source: Source,
  { stdin, signal, out, t }: Pick<CliContext, 'stdin' | 'signal' | 'out' | 't'>,
): Promise<Result<SecretInput>> {
  switch (source.tag) {
    case 'flag':
      return secretOf(source.value, source.name, { tag: 'flag', name: source.name });
    case 'stdin': {
      const text = await readTextStdin(stdin, source.name, SECRET_BYTES, signal);
      return text.ok ? secretOf(text.value, source.name, { tag: 'stdin' }) : text;
    }
    default: {
      const { file } = source;
      const name = `${source.name} ${file}`;
      const read = await readTextFile(file, name, SECRET_BYTES, signal);
      if (!read.ok) return read;
      if (read.value.isOpenToOthers) out.note(t('calls.secretOpen', { file }));
      return secretOf(read.value.text, name, { tag: 'file', file });
    }
  }
}

/** One line, whatever ends it. */
function secretOf(
  text: string,
  source: string,
  origin: Parameters<typeof setSecret>[1],
): Result<SecretInput> {
  const trimmed = text.trim();
  if (trimmed === '') return err(inputError(source, 'empty'));
  if (/[\r\n]/.test(trimmed)) return err(inputError(source, 'lines'));
  if (hasControl(trimmed)) return err(inputError(source, 'control'));
  const secret = setSecret(trimmed, origin);
  return secret === absent ? err(inputError(source, 'empty')) : ok(secret);
}
