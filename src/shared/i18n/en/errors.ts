import { cliErrors } from './cli-errors.ts';

import { configErrors } from './config-errors.ts';
import { gatewayServerErrors } from './gateway-server.ts';
import { gatewayTlsErrors } from './gateway-tls.ts';
import { linkErrors } from './link.ts';
import { localGatewayErrors } from './local-gateway.ts';
import { secretErrors } from './secret-errors.ts';
import { tunnelErrors } from './tunnel-errors.ts';

/** One entry per code of `errors.ts`: what happened, why, the one thing to do. */
export const errors = {
  ...configErrors,
  ...gatewayServerErrors,
  ...localGatewayErrors,
  ...cliErrors,
  ...linkErrors,
  ...gatewayTlsErrors,
  SSH_TARGET_MISSING: {
    title: 'No SSH target yet',
    body: 'Chela does not know which computer your Gateway runs on.',
    fix: 'Open Settings and enter user@host.',
  },
  SSH_TARGET_INVALID: {
    title: 'This SSH target cannot be used',
    body: '“{{target}}” does not look like user@host or user@host:port.',
    fix: 'Correct the target in Settings. An IPv6 address stands in brackets.',
  },
  NETWORK_DOWN: {
    title: 'This computer is offline',
    body: 'No network interface has an address.',
    fix: 'Connect to a network, then try again.',
  },
  SSH_HOST_NOT_FOUND: {
    title: 'No computer called {{host}}',
    body: 'The name {{host}} could not be looked up. It may be misspelled, or this computer is offline.',
    fix: 'Check the host name in Settings.',
  },
  SSH_UNREACHABLE: {
    title: '{{host}} cannot be reached',
    body: 'There is no network route to {{host}}. It may be switched off, or on another network.',
    fix: 'Check that both computers are online, then try again.',
  },
  SSH_REFUSED: {
    title: '{{host}} does not accept SSH on port {{port}}',
    body: 'The computer answered, but nothing listens on port {{port}}.',
    fix: 'Start the SSH server there, or correct the port in Settings.',
  },
  SSH_TIMEOUT: {
    title: '{{host}} does not answer',
    body: 'No answer from {{host}} on port {{port}} within {{seconds}} seconds.',
    fix: 'Check the network and the host, then try again.',
  },
  SSH_NOT_SSH: {
    title: 'Port {{port}} on {{host}} is not an SSH server',
    body: 'Something else answered there.',
    fix: 'Correct the SSH port in Settings.',
  },
  SSH_KEX_FAILED: {
    title: '{{host}} and Chela share no encryption',
    body: 'The server offers only algorithms that Chela does not speak: {{reason}}.',
    fix: 'Allow curve25519-sha256 and ssh-ed25519 on the server.',
  },
  SSH_CLOSED: {
    title: 'The SSH connection was lost',
    body: 'The connection to {{host}} ended. {{reason}}',
    fix: 'Chela connects again by itself. You can try at once.',
  },
  SSH_BUSY: {
    title: '{{host}} turned the connection away',
    body: 'It hung up before the SSH greeting. {{reason}}',
    fix: 'Chela tries again by itself. If it stays so, look at MaxStartups in the server’s sshd_config and at its firewall.',
  },
  SSH_LOCAL_NETWORK_BLOCKED: {
    title: 'macOS may be keeping Chela off the local network',
    body: '{{host}} is on your own network, and the system says that there is no way to it. That is also what it says while Chela lacks the Local Network permission.',
    fix: 'Allow Chela in System Settings › Privacy & Security › Local Network, then try again.',
  },
  SSH_CONFIG_INVALID: {
    title: 'Your SSH configuration cannot be used for {{host}}',
    body: '{{reason}}',
    fix: 'Correct ~/.ssh/config, then try again.',
  },
  SSH_PROXY_FAILED: {
    title: 'The proxy command for {{host}} failed',
    body: 'The ProxyCommand of your SSH configuration ended before the server answered. {{reason}}',
    fix: 'Correct ProxyCommand in ~/.ssh/config, then try again.',
  },
  SSH_NEEDS_OPENSSH: {
    title: '{{host}} needs the system’s OpenSSH',
    body: 'Chela’s built-in SSH cannot do this: {{reason}}.',
    fix: 'Choose the OpenSSH engine in Settings.',
  },
  SSH_HOST_KEY_UNKNOWN: {
    title: 'The host key of {{host}} is not known',
    body: 'It shows the {{keyType}} key {{fingerprint}}. Your SSH configuration (StrictHostKeyChecking yes) allows no host that is not in known_hosts.',
    fix: 'Add the key to known_hosts, or let Chela ask: choose the strict host key policy in Settings.',
  },
  SSH_HOST_KEY_DECLINED: {
    title: 'The host key of {{host}} was not accepted',
    body: 'You chose not to trust the {{keyType}} key {{fingerprint}}.',
    fix: 'Try again when you have compared the fingerprint with the computer itself.',
  },
  SSH_HOST_KEY_CHANGED: {
    title: 'The host key of {{host}} changed',
    body: 'Someone may be in the middle, or it was reinstalled. Known: {{expected}} ({{file}}, line {{line}}). Offered now: {{fingerprint}}.',
    fix: 'Compare the fingerprints. If the change is right, remove line {{line}} of {{file}} and try again.',
  },
  SSH_HOST_KEY_REVOKED: {
    title: 'The host key of {{host}} is revoked',
    body: '{{file}}, line {{line}} marks this key as no longer trustworthy: {{fingerprint}}.',
    fix: 'Ask the person who runs the host for its new key.',
  },
  SSH_AUTH_REFUSED: {
    title: '{{host}} did not let {{user}} in',
    body: 'Offered and refused: {{offered}}.',
    fix: 'Pick the right identity file in Settings, or add your public key on the host.',
  },
  SSH_NO_KEY: {
    title: 'No SSH key to offer',
    body: 'No SSH agent holds a key, and ~/.ssh has none of id_ed25519, id_ecdsa and id_rsa. {{host}} asks {{user}} for one.',
    fix: 'Pick an identity file in Settings, or make a key with ssh-keygen.',
  },
  SSH_AUTH_CANCELLED: {
    title: 'Signing in to {{host}} was cancelled',
    body: 'The question of {{host}} for {{user}} was not answered.',
    fix: 'Try again and answer it.',
  },
  SSH_AUTH_UNSUPPORTED: {
    title: '{{host}} wants a way to sign in that Chela does not have',
    body: 'The server accepts only: {{methods}}.',
    fix: 'Allow publickey, keyboard-interactive or password for {{user}} on the server.',
  },
  SSH_AUTH_INCOMPLETE: {
    title: '{{host}} wants one more proof of {{user}}',
    body: 'It accepted {{accepted}}, and then asked for more: {{methods}}. There was nothing left to offer.',
    fix: 'Add the second key to your SSH agent or to ~/.ssh/config, then try again.',
  },
  SSH_IDENTITY_UNREADABLE: {
    title: 'The identity file cannot be used',
    body: '{{file}}: {{reason}}.',
    fix: 'Pick a private key file in Settings.',
  },
  SSH_PASSPHRASE_CANCELLED: {
    title: 'The key stayed locked',
    body: 'No passphrase was given for {{file}}.',
    fix: 'Try again and enter the passphrase.',
  },
  OPENSSH_MISSING: {
    title: 'OpenSSH is not on this computer',
    body: 'The engine chosen in Settings needs the system’s own ssh, and there is none.',
    fix: 'Choose the built-in engine in Settings, or install the OpenSSH client.',
  },
  OPENSSH_FAILED: {
    title: 'The system’s ssh gave up',
    body: 'It said: {{reason}}',
    fix: 'Correct what it names, then try again.',
  },
  KNOWN_HOSTS_UNWRITABLE: {
    title: 'The host key could not be remembered',
    body: '{{file}} cannot be written: {{reason}}.',
    fix: 'Correct the permissions of the file, then try again.',
  },
  FORWARD_NOTHING_LISTENING: {
    title: 'No Gateway on port {{port}} of {{host}}',
    body: 'SSH works, but nothing listens on port {{port}} over there.',
    fix: 'Start the Gateway on {{host}}, or correct the Gateway port in Settings.',
  },
  FORWARD_PROHIBITED: {
    title: '{{host}} does not allow forwarding',
    body: 'The SSH server refused to open a channel to port {{port}}.',
    fix: 'Set AllowTcpForwarding yes in its sshd_config.',
  },
  PORT_IN_USE: {
    title: 'Port {{port}} is taken on this computer',
    body: 'Another program listens on 127.0.0.1:{{port}}.',
    fix: 'Quit that program, or choose another port in Settings.',
  },
  PORT_IN_USE_BY: {
    title: 'Port {{port}} is taken on this computer',
    body: '{{command}} (process {{pid}}) listens on 127.0.0.1:{{port}}.',
    fix: 'Quit {{command}}, or choose port {{suggestedPort}} in Settings.',
  },
  PORT_FORBIDDEN: {
    title: 'Port {{port}} cannot be opened',
    body: 'The system does not let Chela listen on 127.0.0.1:{{port}}.',
    fix: 'Choose a port above 1023 in Settings.',
  },
  PAGE_PORT_TAKEN: {
    title: 'Chela is at another address this time',
    body: 'Port {{port}}, where it usually is, is taken by another program. Drafts and waiting messages of before are kept there.',
    fix: 'Quit that program, then start Chela again: it goes back to port {{port}} and takes along what you write here.',
  },
  PAGE_PORT_TAKEN_BY: {
    title: 'Chela is at another address this time',
    body: '{{command}} (process {{pid}}) listens on port {{port}}, where it usually is. Drafts and waiting messages of before are kept there.',
    fix: 'Quit {{command}}, then start Chela again: it goes back to port {{port}} and takes along what you write here.',
  },
  NOT_A_GATEWAY: {
    title: 'Port {{port}} is not a Gateway',
    body: 'Something answers there, but it does not speak the Gateway protocol.',
    fix: 'Correct the Gateway port in Settings.',
  },
  GATEWAY_UNREACHABLE: {
    title: 'The Gateway does not answer',
    body: '{{reason}}',
    fix: 'Check that the Gateway is running, then try again.',
  },
  GATEWAY_STARTING: {
    title: 'The Gateway is still starting',
    body: 'It answers, but is not ready yet.',
    fix: 'Chela tries again by itself.',
  },
  GATEWAY_RESTARTING: {
    title: 'The Gateway is restarting',
    body: 'It said so before it closed the connection.',
    fix: 'Chela connects again by itself as soon as it is back.',
  },
  GATEWAY_CLOSED: {
    title: 'The Gateway closed the connection',
    body: 'It said: {{reason}} ({{closeCode}}).',
    fix: 'Chela connects again by itself. You can try at once.',
  },
  GATEWAY_TOKEN_MISSING: {
    title: 'The Gateway asks for a token',
    body: 'No token is set for this Gateway.',
    fix: 'Enter the Gateway token in Settings.',
  },
  GATEWAY_TOKEN_MISMATCH: {
    title: 'The Gateway refused the token',
    body: 'The token does not match the one set on the Gateway.',
    fix: 'Enter the right token in Settings. It is gateway.auth.token on the host.',
  },
  GATEWAY_PASSWORD_MISMATCH: {
    title: 'The Gateway refused the password',
    body: 'The password is missing or does not match the one set on the Gateway.',
    fix: 'Correct gateway.remote.password in openclaw.json.',
  },
  GATEWAY_PAIRING_REQUIRED: {
    title: 'This computer must be approved first',
    body: 'The Gateway keeps a pairing request for it: {{requestId}}.',
    fix: 'On the Gateway’s host, run: openclaw devices approve {{requestId}}',
  },
  PAIRING_NOT_APPROVED: {
    title: 'The approval did not go through',
    body: 'openclaw on the Gateway’s host said: {{reason}}.',
    fix: 'Ask for a new pairing request by connecting again, then approve that one.',
  },
  OPENCLAW_MISSING_THERE: {
    title: 'openclaw was not found on the Gateway’s host',
    body: 'A login shell there does not know the command, so Chela cannot approve the request for you.',
    fix: 'On that computer, run: openclaw devices approve {{requestId}}',
  },
  GATEWAY_PROTOCOL_MISMATCH: {
    title: 'Chela and the Gateway speak different versions',
    body: 'Chela speaks protocol {{ours}}, the Gateway {{theirs}}.',
    fix: 'Update the older of the two.',
  },
  GATEWAY_ORIGIN_REFUSED: {
    title: 'The Gateway refused the page',
    body: 'It does not accept connections from {{origin}}.',
    fix: 'Add that origin to gateway.controlUi.allowedOrigins on the Gateway.',
  },
  GATEWAY_DEVICE_REFUSED: {
    title: 'The Gateway did not accept this computer’s identity',
    body: 'It said: {{reason}}. The clocks of the two computers may differ.',
    fix: 'Check the date and time on both, then try again.',
  },
  CLOCK_SKEW: {
    title: 'The clocks of the two computers differ',
    body: 'They are {{seconds}} seconds apart, and the Gateway refused a signature made at another time than its own.',
    fix: 'Let both computers set their clocks over the network, then try again.',
  },
  GATEWAY_AUTH_REFUSED: {
    title: 'The Gateway refused the sign-in',
    body: 'It said: {{reason}}.',
    fix: 'Check the credentials in Settings.',
  },
  GATEWAY_REQUEST_FAILED: {
    title: 'The Gateway could not do that',
    body: 'It answered: {{reason}}.',
    fix: 'Try again.',
  },
  GATEWAY_NOT_CONNECTED: {
    title: 'The Gateway could not be asked',
    body: 'There is no connection to it, or it ended before the answer came.',
    fix: 'Try again when Chela is connected.',
  },
  GATEWAY_SCOPE_MISSING: {
    title: 'Chela may not do this on the Gateway',
    body: 'It needs the right {{scope}}, which this computer was not given.',
    fix: 'Ask the Gateway for it; somebody may have to approve that on its host.',
  },
  TRANSCRIPT_INCOMPLETE: {
    title: 'Nothing was exported',
    body: 'The conversation could not be read to its beginning.',
    fix: 'Try again when Chela is connected.',
  },
  MESSAGE_TAKEN_UP: {
    title: 'The message is no longer waiting',
    body: 'The agent already took the message up, so it can’t be taken back.',
    fix: 'Stop the answer, or write what should be different.',
  },
  MESSAGE_ENDED: {
    title: 'The message has no answer',
    body: 'It was stopped before its turn, or failed, on the Gateway.',
    fix: 'Send it again, or discard it.',
  },
  CONVERSATION_CHANGED: {
    title: 'This conversation went on',
    body: 'Something happened in it after you asked.',
    fix: 'Look at it, and ask again if you still want to.',
  },
  CONVERSATION_DELETED: {
    title: 'This conversation was deleted',
    body: 'Another window or device deleted it on the Gateway. Messages that still stand here are what Chela remembers.',
    fix: 'Go on in another conversation. A message sent here begins this one anew.',
  },
  ARTIFACT_GONE: {
    title: 'The Gateway does not have this file any more',
    body: 'The Gateway does not have this file any more.',
    fix: 'Ask OpenClaw to make it again.',
  },
  ARTIFACT_TOO_LARGE: {
    title: 'The file is too large to fetch here',
    body: 'The file is larger than {{limit}} MB, the most that Chela fetches.',
    fix: 'Fetch it on the computer of the Gateway.',
  },
  ARTIFACT_FAILED: {
    title: 'The file could not be fetched',
    body: 'The file could not be fetched from the Gateway ({{reason}}).',
    fix: 'Try again.',
  },
  GATEWAY_REQUEST_TIMEOUT: {
    title: 'The Gateway took too long',
    body: 'No answer to {{method}} within {{seconds}} seconds.',
    fix: 'Try again.',
  },
  LOCAL_GATEWAY_CRASHED: {
    title: 'The Gateway on this computer stopped',
    body: 'It ended unexpectedly ({{reason}}).',
    fix: 'Chela starts it again by itself. You can try at once.',
  },
  LOCAL_GATEWAY_FAILED: {
    title: 'The Gateway on this computer could not start',
    body: '{{reason}}.',
    fix: 'Try again.',
  },
  SETTINGS_BROKEN: {
    title: 'The settings file was damaged',
    body: 'Chela started with defaults. Your file is kept as {{file}}.',
    fix: 'Enter your settings again, or repair that file.',
  },
  SETTINGS_UNWRITABLE: {
    title: 'The settings could not be saved',
    body: '{{file}}: {{reason}}. Nothing was changed.',
    fix: 'Correct the permissions or free some space, then save again.',
  },
  FILE_NOT_OURS: {
    title: 'Chela does not write to {{file}}',
    body: 'It is a symbolic link or belongs to somebody else.',
    fix: 'Put a plain file of your own there.',
  },
  DATABASE_DAMAGED: {
    title: 'The file with your conversations is damaged',
    body: '{{file}} can’t be read whole ({{reason}}). Nothing was changed; a copy lies in {{backup}}.',
    fix: 'Move {{file}} away to start with an empty one, or put a backup of yours in its place; then try again.',
  },
  DEVICE_FILE_BROKEN: {
    title: 'This computer’s identity file was damaged',
    body: 'Chela made a new one. The damaged file is kept as {{file}}. A Gateway may ask for approval again.',
    fix: 'Nothing to do here.',
  },
  DEVICE_FILE_UNUSABLE: {
    title: 'This computer’s identity could not be kept',
    body: '{{file}}: {{reason}}.',
    fix: 'Correct the permissions or free some space, then try again.',
  },
  BAD_REQUEST: {
    title: 'That is not a valid value',
    body: '{{reason}}.',
    fix: 'Correct it and try again.',
  },
  NOT_AVAILABLE: {
    title: 'Not available now',
    body: '{{reason}}.',
    fix: 'Wait until Chela is connected.',
  },
  BRIDGE_CLOSED: {
    title: 'Chela does not answer this page',
    body: 'The page lost its connection to Chela on this computer while it asked for this.',
    fix: 'The page connects again by itself. Try again then.',
  },
  APP_NOT_RUNNING: {
    title: 'Chela is not running',
    body: 'Nothing runs on the data directory {{dataDir}}, so there is no connection to change.',
    fix: 'Start Chela, or run chela connect.',
  },
  APP_MUTE: {
    title: 'The running Chela does not answer',
    body: 'It is there, but gave no answer in time.',
    fix: 'Try again. If it stays silent, end it and start it again.',
  },
  CONNECT_TIMEOUT: {
    title: 'Not connected after {{seconds}} s',
    body: 'The connection is still being made.',
    fix: 'Wait longer with --timeout, or run chela doctor.',
  },
  CONTROL_OTHER_VERSION: {
    title: 'The running Chela is of another version',
    body: 'It does not understand what this command asks.',
    fix: 'End it and start it again, so that both are of one version.',
  },
  STOPPED: {
    title: 'Chela has stopped',
    body: 'The app was closed while this was under way.',
    fix: 'Start Chela again.',
  },
  INTERNAL: {
    title: 'Something went wrong inside Chela',
    body: 'Chela met a fault of its own. Nothing of yours was changed.',
    fix: 'Try again. If it happens again, please report it.',
  },
  ...secretErrors,
  ...tunnelErrors,
};
