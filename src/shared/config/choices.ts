// What may be chosen, as plain lists: for the schemas, and for whoever reads without them.

export const modes = ['local', 'remote'] as const;
export const themes = ['system', 'light', 'dark'] as const;
export const locales = ['en', 'zh-Hant'] as const;
/** `auto`: built in, and a hint where only the system's OpenSSH will do. */
export const sshEngines = ['auto', 'builtin', 'openssh'] as const;
/** `openssh`: the system's own known-hosts policy decides. Falls back to `strict` when the target changes. */
export const hostKeyPolicies = ['strict', 'openssh'] as const;
/** How a remote Gateway is reached: a tunnel, or its own `wss://` address. */
export const remoteTransports = ['ssh', 'direct'] as const;
/** Of this computer. `auto`: one that runs already, else Chela's own; `openclaw`: the installed one is preferred. */
export const localGateways = ['auto', 'embedded', 'openclaw'] as const;
/** Where a token entered in Chela is kept when the settings say so. */
export const storedTokenPlaces = ['keychain', 'file'] as const;
