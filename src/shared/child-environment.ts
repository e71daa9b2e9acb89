const ours = /^(OPENCLAW|CHELA|ELECTRON)_|^(NODE_OPTIONS$|NODE_CHANNEL_)/i;

/**
 * An environment as a program that is not ours may have it: without what configures OpenClaw and Chela, tokens and
 * passwords among it, and without what steers our own Node. Any program of this user can read a child's environment.
 */
export function withoutOurVariables<Value>(env: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}
