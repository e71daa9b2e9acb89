const ours = /^(OPENCLAW|CHELA|ELECTRON)_|^(NODE_OPTIONS$|NODE_CHANNEL_)/i;

/**
 * An environment as a program that is not ours may have it: without what configures OpenClaw and Chela, tokens and
 * passwords among it, and without what steers our own Node. Any program of this user can read a child's environment.
 */
export function withoutOurVariables<Value>(env: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}

const steersTheRuntime = /^(CHELA|ELECTRON)_|^(NODE_OPTIONS$|NODE_CHANNEL_)/i;

/**
 * An environment for the installed OpenClaw: all that configures it, as its owner's shell would give it, without what steers
 * Chela or the runtime below it.
 */
export function environmentForOpenclaw<Value>(env: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !steersTheRuntime.test(name)));
}

/** Shorter values are words that other variables hold as well (`C`, `true`). */
const SHORTEST_SECRET = 8;

/**
 * An environment for a process that gets `secrets` in a message: without what {@link withoutOurVariables} leaves out, and
 * without every variable, whatever it is called, that holds one of them. What a person's own commands need stays.
 */
export function withoutSecrets(
  env: Readonly<Record<string, string | undefined>>,
  secrets: readonly string[],
): Record<string, string | undefined> {
  const known = new Set(secrets.filter((secret) => secret.length >= SHORTEST_SECRET));
  return Object.fromEntries(
    Object.entries(withoutOurVariables(env)).filter(([, value]) => value === undefined || !known.has(value)),
  );
}
