/** What to do where no window can be opened: in place of the fix of the same code. */
export const cliFixes = {
  OPENCLAW_NOT_INSTALLED: 'Install it (npm install -g openclaw), or run: chela mode local --gateway embedded',
  SSH_TARGET_MISSING: 'Run: chela mode remote --ssh-target user@host',
  SSH_TARGET_INVALID: 'Give another one: chela mode remote --ssh-target user@host[:port]',
  SSH_HOST_NOT_FOUND:
    'Check the spelling and your network, then: chela mode remote --ssh-target user@host[:port]',
  SSH_REFUSED:
    'Start the SSH server there, or give its port: chela mode remote --ssh-target user@{{host}}:PORT',
  SSH_NOT_SSH: 'Give the port of its SSH server: chela mode remote --ssh-target user@{{host}}:PORT',
  SSH_CLOSED: 'Run: chela reconnect, or chela connect where Chela is not running',
  SSH_BUSY: 'Try again. If it stays so, look at MaxStartups in the server’s sshd_config and at its firewall.',
  SSH_NEEDS_OPENSSH: 'Set remote.engine to "openssh" in Chela’s own settings.json, then try again.',
  SSH_HOST_KEY_UNKNOWN:
    'Add the key to known_hosts, or let Chela ask: chela config set gateway.remote.sshHostKeyPolicy strict',
  SSH_HOST_KEY_DECLINED:
    'Run it again in a terminal, and answer yes when you have compared the fingerprint with the computer itself.',
  SSH_AUTH_REFUSED:
    'Add your public key on the host, or name another key: chela config set gateway.remote.sshIdentity FILE',
  SSH_NO_KEY: 'Make one with ssh-keygen, or name yours: chela config set gateway.remote.sshIdentity FILE',
  SSH_IDENTITY_UNREADABLE: 'Name a private key file: chela config set gateway.remote.sshIdentity FILE',
  OPENSSH_MISSING:
    'Install the OpenSSH client, or set remote.engine to "builtin" in Chela’s own settings.json.',
  FORWARD_NOTHING_LISTENING:
    'Start the Gateway on {{host}}, or give its port: chela config set gateway.remote.remotePort PORT',
  PORT_IN_USE:
    'Quit that program, or take another port: chela config set gateway.port PORT, or gateway.remote.url ws://127.0.0.1:PORT for a tunnel',
  PORT_IN_USE_BY:
    'Quit {{command}}, or take another port: chela config set gateway.port {{suggestedPort}}, or gateway.remote.url ws://127.0.0.1:{{suggestedPort}} for a tunnel',
  PORT_FORBIDDEN:
    'Take a port above 1023: chela config set gateway.port PORT, or gateway.remote.url ws://127.0.0.1:PORT for a tunnel',
  NOT_A_GATEWAY:
    'Check the port: gateway.port here, gateway.remote.remotePort for a tunnel, or --port and --url.',
  GATEWAY_STARTING: 'Try again in a moment.',
  GATEWAY_RESTARTING: 'Try again in a moment.',
  GATEWAY_CLOSED: 'Try again; chela logs tells what the Gateway did.',
  GATEWAY_TOKEN_MISSING: 'Give it with --token-file, or: chela config set gateway.remote.token --stdin',
  GATEWAY_TOKEN_MISMATCH:
    'Compare it with gateway.auth.token on the Gateway’s computer; chela config explain says which one is sent.',
  GATEWAY_AUTH_REFUSED: 'Check the credentials; chela config explain says which one is sent.',
  GATEWAY_REQUEST_FAILED: 'Check the parameters, then try again.',
  GATEWAY_REQUEST_TIMEOUT: 'Try again, or wait longer with --timeout.',
  LOCAL_GATEWAY_CRASHED: 'Try again. If it happens again, chela doctor may say why.',
  OPENCLAW_CONFIG_BROKEN: 'Correct the file at that place, or take back the last change: chela config undo',
  CONFIG_CONFLICT: 'Run the command again; it shows the change as it would be now.',
  SETTINGS_UNWRITABLE: 'Correct the permissions or free some space, then run it again.',
  SECRET_ONLY_GATEWAY:
    'Let {{key}} refer to a variable, a file or a command, or give the token with --token-file.',
  TOKEN_STORE_ASK: 'Keep it in the file of openclaw.json: chela config set gateway.remote.token --stdin',
  TOKEN_STORE_FAILED: 'Unlock the keychain or free some space, then run it again.',
  TOKEN_STORE_UNREADABLE: 'Unlock the keychain, or give the token with --token-file.',
  NOT_AVAILABLE: 'Run: chela connect, then try again.',
  BRIDGE_CLOSED: 'Try again.',
};

/** The same for what happened: a command that ends has no last good values to go on with. */
export const cliBodies = {
  OPENCLAW_CONFIG_BROKEN: '{{file}}:{{line}}:{{column}}: {{reason}}.',
};
