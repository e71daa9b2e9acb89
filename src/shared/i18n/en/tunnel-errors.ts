/** The persistent tunnel (R30-R37). */
export const tunnelErrors = {
  TUNNEL_SERVICE_UNSUPPORTED: {
    title: 'No persistent tunnel on this computer',
    body: '{{reason}}.',
    fix: 'Chela’s own tunnel works as before, as long as Chela is open.',
  },
  TUNNEL_SERVICE_ABSENT: {
    title: 'No persistent tunnel is installed',
    body: 'Chela has not set one up on this computer.',
    fix: 'Set it up first: Settings → Connection, or chela tunnel install.',
  },
  TUNNEL_SERVICE_FOREIGN: {
    title: 'Somebody else’s {{label}}',
    body: '{{file}} is there, and Chela did not write it. Nothing was changed.',
    fix: 'Look at that file. If you do not need it, move it away, then try again.',
  },
  TUNNEL_SERVICE_FAILED: {
    title: 'The system did not take the service',
    body: '{{program}}: {{reason}}.',
    fix: 'Try again. If it stays so, run the command yourself and see what it says.',
  },
  TUNNEL_SERVICE_NO_PROOF: {
    title: 'No Gateway answers through the persistent tunnel',
    body: 'The service was started, but within {{seconds}} s no Gateway answered on port {{port}}. {{reason}}.',
    fix: 'See what the log says, and whether the Gateway runs on its host, then try again.',
  },
  TUNNEL_SERVICE_BUSY: {
    title: 'The persistent tunnel is being changed already',
    body: 'Another window or command is at it.',
    fix: 'Wait until it is done, then try again.',
  },
  TUNNEL_SERVICE_INTERRUPTED: {
    title: 'An earlier change was cut off',
    body: 'It began and did not end, so it is not clear yet what holds.',
    fix: 'Resume it or roll it back first.',
  },
  TUNNEL_SERVICE_JOURNAL: {
    title: 'Chela’s record of the persistent tunnel cannot be used',
    body: '{{file}}: {{reason}}. Without it nobody knows how things were before, so nothing is changed.',
    fix: 'Look at that file. If it is damaged, move it away.',
  },
  TUNNEL_PLAN_STALE: {
    title: 'Something has changed meanwhile',
    body: 'What was shown is no longer what would be done. Nothing was changed.',
    fix: 'Look at the new plan, then agree to that.',
  },
  TUNNEL_PLAN_BLOCKED: {
    title: 'Something stands in the way',
    body: 'A step of the plan cannot be done as things are. Nothing was changed.',
    fix: 'See to the step that is marked, or leave it out.',
  },
  SSH_ALIAS_TAKEN: {
    title: 'There is a Host {{alias}} already',
    body: '{{file}}, line {{line}}, has its own entry for {{alias}}, which Chela does not touch.',
    fix: 'Take another name, such as {{suggestion}}.',
  },
  SSH_CONFIG_UNWRITABLE: {
    title: 'The SSH configuration cannot be changed',
    body: '{{file}}: {{reason}}. Nothing was changed.',
    fix: 'Correct that, or add the entry yourself and leave this step out.',
  },
  SSH_CONFIG_OVERRULED: {
    title: 'The SSH configuration says something else',
    body: 'After the change ssh still answers {{keyword}} “{{found}}” for {{alias}}, where it should be “{{wanted}}”. The file is as it was.',
    fix: 'Look for the line that says so, most likely in the system’s own configuration.',
  },
  SSH_KEY_UNUSABLE: {
    title: 'This key cannot serve the persistent tunnel',
    body: '{{file}}: {{reason}}.',
    fix: 'Pick another key, or let Chela make one.',
  },
  SSH_KEY_NOT_COPIED: {
    title: 'The public key could not be added on the host',
    body: '{{reason}}. Its authorized_keys is as it was.',
    fix: 'Add the line yourself there, then try again.',
  },
  SSH_KEY_NOT_ACCEPTED: {
    title: 'The host does not accept the key alone',
    body: '{{reason}}. A service can answer no questions, so a login with the key and nothing else has to work.',
    fix: 'See to it that the host lets this key in (AuthorizedKeysFile, its permissions, a second factor).',
  },
  HOST_TOKEN_NOT_FOUND: {
    title: 'No token was found on the host',
    body: '{{reason}}.',
    fix: 'Enter the token in Settings → Connection, or leave this step out.',
  },
};

/** What stands for `{{reason}}`. */
export const tunnelCauses = {
  TUNNEL_SERVICE_UNSUPPORTED: {
    platform: 'This system has no service manager that Chela knows',
    noManager: 'Neither systemd nor a desktop session that starts programs was found',
    noSsh: 'The system’s ssh was not found',
    transport: 'The Gateway is reached at its own address, without SSH',
  },
  TUNNEL_SERVICE_NO_PROOF: {
    silent: 'The log says nothing about it',
    log: 'The last line of its log: {{line}}',
  },
  TUNNEL_SERVICE_JOURNAL: {
    damaged: 'it is damaged',
    newer: 'another version of Chela wrote it',
    unreadable: 'it cannot be read ({{errno}})',
    unwritable: 'it cannot be written ({{errno}})',
  },
  SSH_CONFIG_UNWRITABLE: {
    link: 'it is a symbolic link',
    readOnlyFile: 'it is read-only',
    foreign: 'it belongs to another user',
    notAFile: 'it is not a plain file',
    brokenMark: 'Chela’s marks in it are damaged (a beginning without its end)',
    invalid: 'ssh does not understand it: {{line}}',
    forbidden: 'permission denied',
    readOnly: 'the disk is read-only',
    full: 'the disk is full',
    notADirectory: 'a part of the path is no directory',
  },
  SSH_KEY_UNUSABLE: {
    absent: 'there is no such file',
    notEd25519: 'it is not an ed25519 key',
    locked: 'its public half is not there, and a passphrase hides it',
    exists: 'a file of that name is there already',
  },
  SSH_KEY_NOT_COPIED: {
    said: 'The host said: {{said}}',
    noShell:
      'The account may run no commands there, and its files are within reach of Chela’s own SSH client alone',
    noFiles: 'The account may run no commands there, and its files could not be changed over SFTP: {{said}}',
  },
  SSH_KEY_NOT_ACCEPTED: {
    refused: 'It refused the key',
    narrow:
      'It refused the key with its restrictions, which not every SSH server knows. Without them the key may do anything there: choose that for the key on the host',
    noForwarding:
      'It lets the key in, and does not let it open port {{port}} (AllowTcpForwarding, PermitOpen)',
    more: 'It wants something beside the key',
    locked: 'The key has a passphrase, and no SSH agent holds it',
    failed: 'ssh said: {{line}}',
  },
  HOST_TOKEN_NOT_FOUND: {
    noFile: 'There is no openclaw.json where OpenClaw keeps it',
    noToken: 'Its openclaw.json sets no token',
    reference: 'Its openclaw.json only refers to the token, which is elsewhere',
    broken: 'Its openclaw.json cannot be read',
  },
};
