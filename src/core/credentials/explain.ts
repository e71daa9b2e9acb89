import { assertNever } from '../../shared/assert-never.ts';
import type { Mode } from '../../shared/config/settings.ts';
import type { CredentialReport, ServerExplanation } from '../../shared/contract/credentials.ts';
import { callPaths, type SecretInput, type UrlSource } from '../../shared/credentials/candidates.ts';
import { explainDecision } from '../../shared/credentials/explain-decision.ts';
import type { ServerAuth } from '../../shared/credentials/server-auth.ts';
import { type ConfigSource, configSecrets, type Surroundings } from './config-secrets.ts';
import { decideWith, serverAuthWith } from './resolve-credential.ts';

export type ExplainOptions = {
  readonly mode: Mode;
  readonly urlSource?: UrlSource | undefined;
  /** The token entered in Chela for the remote Gateway. */
  readonly stored?: SecretInput | undefined;
};

/**
 * "Which credential is used?", for every call path: the winner, the others and why not, each with file and line,
 * variable or keychain; no value. What decides is looked up, so a reference that cannot be resolved shows. Never rejects.
 */
export async function explainCredentials(
  { mode, urlSource = 'config', stored }: ExplainOptions,
  config: ConfigSource,
  surroundings: Surroundings,
): Promise<CredentialReport> {
  const secrets = configSecrets(config, surroundings);
  const located = <T extends { trail: CredentialReport['server']['trail'] }>(one: T) =>
    Promise.all(one.trail.map(secrets.locate)).then((trail) => ({ ...one, trail }));
  const calls: CredentialReport['calls'] = [];
  for (const path of callPaths) {
    const question = { path, mode, urlSource, stored };
    const explained = explainDecision(question, await decideWith(question, secrets, surroundings));
    calls.push(await located(explained));
  }
  const server = await located(explainServer(await serverAuthWith(secrets, surroundings)));
  return { mode, calls, server };
}

function explainServer(auth: ServerAuth): ServerExplanation {
  const trail = [...auth.trail];
  switch (auth.tag) {
    case 'secret':
      return { outcome: { tag: 'secret', name: auth.name, kind: auth.kind }, trail };
    case 'generate':
      return { outcome: { tag: 'generate', kind: auth.kind }, trail };
    case 'refused':
      return { outcome: { tag: 'refused', error: auth.error }, trail };
    case 'none':
    case 'trusted-proxy':
      return { outcome: { tag: auth.tag }, trail };
    default:
      return assertNever(auth);
  }
}
