import type { Client } from 'ssh2';

/**
 * Tells of every USERAUTH_FAILURE. ssh2 hands its content to the auth handler for all methods but the agent's,
 * where it keeps what it knew before: so a second factor after a key would never be seen. Touches ssh2's
 * insides (1.17.0), after `client.connect()`; throws where they are not what they were.
 */
export function watchAuthFailures(
  client: Client,
  onFailure: (methodsLeft: readonly string[], partial: boolean) => void,
): void {
  const handlers = handlersOf(client);
  const original = handlers?.USERAUTH_FAILURE;
  if (!handlers || typeof original !== 'function') throw new Error('ssh2 has no USERAUTH_FAILURE handler');
  handlers.USERAUTH_FAILURE = (protocol: unknown, methods: unknown, partial: unknown) => {
    const names = Array.isArray(methods) ? methods.filter((name) => typeof name === 'string') : [];
    onFailure(names, partial === true);
    original(protocol, methods, partial);
  };
}

function handlersOf(client: Client): Record<string, unknown> | null {
  const protocol = '_protocol' in client ? client._protocol : null;
  if (typeof protocol !== 'object' || protocol === null || !('_handlers' in protocol)) return null;
  const handlers = protocol._handlers;
  return typeof handlers === 'object' ? (handlers as Record<string, unknown> | null) : null;
}
