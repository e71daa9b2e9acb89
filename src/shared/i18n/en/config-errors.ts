/** What can go wrong around `openclaw.json`. In every case the file is as it was. */
export const configErrors = {
  OPENCLAW_CONFIG_BROKEN: {
    title: 'openclaw.json cannot be read',
    body: '{{file}}, line {{line}}, column {{column}}: {{reason}}. Chela goes on with the last values that it could read.',
    fix: 'Correct the file at that place, or take back the last change with “chela config undo”.',
  },
  CONFIG_PATH_INVALID: {
    title: '“{{path}}” is not a configuration path',
    body: 'A path is made of names with dots, an index in brackets, or a quoted name in brackets.',
    fix: 'Write it like gateway.remote.url, list[0].id or models["a/b"].alias.',
  },
  CONFIG_PATH_ABSENT: {
    title: '{{path}} is not set',
    body: 'There is nothing at {{path}} in {{file}} to take away.',
    fix: 'Check the path with “chela config get”.',
  },
  CONFIG_PATH_BLOCKED: {
    title: '{{path}} cannot be added',
    body: 'In {{file}} the way to {{path}} leads through something that is neither an object nor a list of that length.',
    fix: 'Look at what stands there with “chela config get”, and set the part above it.',
  },
  CONFIG_NOT_OBJECT: {
    title: 'openclaw.json holds no object',
    body: '{{file}} has to begin with { and end with }.',
    fix: 'Correct the file, or take back the last change with “chela config undo”.',
  },
  CONFIG_VALUE_INVALID: {
    title: 'This value does not fit {{path}}',
    body: 'Expected is {{reason}}.',
    fix: 'Correct the value and try again.',
  },
  CONFIG_INCLUDED: {
    title: '{{path}} belongs to an included file',
    body: 'An $include puts {{file}} in its place. A value written beside it would pull the two apart.',
    fix: 'Change the value in {{file}}.',
  },
  CONFIG_CONFLICT: {
    title: 'openclaw.json has changed meanwhile',
    body: 'Another program wrote to {{file}} after the change had been shown. Nothing was written, and nothing is lost.',
    fix: 'Look at the change once more and save it again.',
  },
  CONFIG_BUSY: {
    title: 'openclaw.json is being written',
    body: 'Another Chela has held {{file}} for several seconds.',
    fix: 'Try again in a moment.',
  },
  CONFIG_READ_ONLY: {
    title: 'openclaw.json is managed elsewhere',
    body: '{{variable}} is set, so no program may write to {{file}}.',
    fix: 'Change the setting where the file is made, for example in your deployment.',
  },
  CONFIG_UNWRITABLE: {
    title: 'openclaw.json cannot be written',
    body: '{{file}}: {{reason}}. The file is as it was.',
    fix: 'Check the permissions and the free space there, then try again.',
  },
  CONFIG_NO_BACKUP: {
    title: 'There is nothing to take back',
    body: 'There is no backup beside {{file}}.',
    fix: 'A backup is kept from the first change on.',
  },
  CONFIG_PROFILE_INVALID: {
    title: '“{{profile}}” cannot be a profile',
    body: 'A profile’s name has up to 64 letters, digits, - and _, and begins with a letter or a digit.',
    fix: 'Choose another name after --profile.',
  },
};

/** What stands for `{{reason}}`. */
export const configCauses = {
  CONFIG_VALUE_INVALID: {
    mode: '"local" or "remote"',
    port: 'a whole number from 1 to 65535',
    bind: '"loopback", "lan", "tailnet", "custom" or "auto"',
    authMode: '"none", "token", "password" or "trusted-proxy"',
    transport: '"ssh" or "direct"',
    hostKeyPolicy: '"strict" or "openssh"',
    text: 'a text',
    texts: 'a list of texts',
    flag: 'true or false',
    secret: 'a text, or a reference with source, provider and id',
    gatewayUrl: 'a URL that begins with ws:// or wss://',
    sshTarget: 'user@host or user@host:port',
    fingerprint: 'a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons',
    object: 'an object in braces',
    model: 'a text like provider/model, or an object with primary',
    json: 'JSON (with --strict-json nothing else is taken)',
  },
};
