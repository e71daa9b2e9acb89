import { absent, type SecretInput, type TrailEntry } from '../../shared/credentials/candidates.ts';
import {
  type CredentialDecision,
  type CredentialInput,
  decideCredential,
} from '../../shared/credentials/decide-credential.ts';
import { type ServerAuth, serverAuth } from '../../shared/credentials/server-auth.ts';
import { type ConfigSecrets, type ConfigSource, configSecrets, type Surroundings } from './config-secrets.ts';

/** What is asked of the contract; the rest of its input is in `openclaw.json` and the environment. */
export type CredentialQuestion = Pick<CredentialInput, 'path' | 'mode' | 'urlSource'> & {
  readonly explicit?: CredentialInput['explicit'] | undefined;
  /** The token entered in Chela for this Gateway; see `token-store.ts`. */
  readonly stored?: SecretInput | undefined;
};

/**
 * The credential for one call, by the contract of `shared/credentials`. Of `openclaw.json`'s secrets only the one that
 * decides is looked up: no command is run, and no file is read, for another. Never rejects.
 */
export async function resolveCredential(
  question: CredentialQuestion,
  config: ConfigSource,
  surroundings: Surroundings,
): Promise<CredentialDecision> {
  return decideWith(question, configSecrets(config, surroundings), surroundings);
}

/** The same on secrets of which some may have been looked up before. */
export async function decideWith(
  question: CredentialQuestion,
  secrets: ConfigSecrets,
  { env }: Surroundings,
): Promise<CredentialDecision> {
  const decide = () => decideCredential(inputOf(question, secrets, env));
  let decision = decide();
  while (decision.tag === 'refused' && (await secrets.lookUp(decision.by))) decision = decide();
  return decision;
}

/** How this computer's own Gateway lets callers in, looked up in the same way (R22). Never rejects. */
export async function resolveServerAuth(
  config: ConfigSource,
  surroundings: Surroundings,
): Promise<ServerAuth> {
  return serverAuthWith(configSecrets(config, surroundings), surroundings);
}

/** The same on secrets of which some may have been looked up before. */
export async function serverAuthWith(secrets: ConfigSecrets, { env }: Surroundings): Promise<ServerAuth> {
  const decide = () => serverAuth(env, secrets.configured());
  let auth = decide();
  while (auth.tag === 'refused' && auth.by !== null && (await secrets.lookUp(auth.by))) auth = decide();
  return auth;
}

/** The line of the one that would decide, or null where nothing is set. Looks nothing up. */
export function foreseeWith(
  question: CredentialQuestion,
  secrets: ConfigSecrets,
  { env }: Surroundings,
): TrailEntry | null {
  const { trail } = decideCredential(inputOf(question, secrets, env));
  return trail.find(({ verdict }) => verdict === 'used' || verdict === 'refused') ?? null;
}

function inputOf(
  { path, mode, urlSource, explicit = {}, stored = absent }: CredentialQuestion,
  secrets: ConfigSecrets,
  env: Surroundings['env'],
): CredentialInput {
  return { path, mode, urlSource, explicit, stored, env, config: secrets.configured() };
}
