/** The one agent of this Gateway. */
export const AGENT_ID = 'main';
export const MAIN_SESSION_KEY = 'agent:main:main';

export type SessionKey = { readonly key: string; readonly agentId: string };

/**
 * The canonical form of a session key (observed): lower case, `agent:<agentId>:<name>`; a bare name belongs
 * to the main agent, and `main` is its main session. Total: any text gives a key, perhaps of an agent that
 * does not exist.
 */
export function parseSessionKey(text: string): SessionKey {
  const key = text.trim().toLowerCase();
  const [prefix, agentId, ...name] = key.split(':');
  if (prefix === 'agent' && agentId && name.join(':') !== '') return { key, agentId };
  return { key: `agent:${AGENT_ID}:${key}`, agentId: AGENT_ID };
}
